//! The refresh token in a cookie (RFC 6265), for browsers: no script can read it, and no other site can send it.

use chrono::{DateTime, Utc};
use docket_rpc::{Origin, Reason};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};

/// How the refresh token reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// In the response message.
    Body,
    /// In a cookie.
    Cookie,
}

/// Name and attributes of the cookie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefreshCookie {
    secure: bool,
}

impl RefreshCookie {
    /// The cookie of a deployment at `url`.
    pub(crate) fn at(url: &Origin) -> Self {
        Self { secure: url.is_https() }
    }

    /// With the prefix, browsers take the cookie over https from this very host only (RFC 6265bis, 4.1.3.2). Over plain
    /// http they would not take it at all.
    fn name(self) -> &'static str {
        if self.secure { "__Host-docket_refresh" } else { "docket_refresh" }
    }

    /// A `set-cookie` that keeps `token` until `expire_time`.
    pub(crate) fn set(self, token: &str, expire_time: DateTime<Utc>, now: DateTime<Utc>) -> AsciiMetadataValue {
        self.header(token, (expire_time - now).num_seconds().max(0))
    }

    /// A `set-cookie` that makes the browser forget.
    pub(crate) fn clear(self) -> AsciiMetadataValue {
        self.header("", 0)
    }

    fn header(self, value: &str, max_age: i64) -> AsciiMetadataValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly{secure}; SameSite=Strict", self.name());
        text.parse().expect("base64url and attributes are visible ASCII")
    }

    /// The token that the request's cookie carries. Cookies beside it may hold any bytes, and there may be several
    /// headers (RFC 9113, 8.2.3).
    ///
    /// # Errors
    /// REFRESH_INVALID where there are several of this name, since one of them may have been planted, or where it is no
    /// text.
    pub(crate) fn read(self, metadata: &MetadataMap) -> Result<Option<&str>, Reason> {
        let headers = metadata.get_all("cookie").into_iter().map(AsciiMetadataValue::as_encoded_bytes);
        let pairs = headers.flat_map(|header| header.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
        let mut tokens = pairs.filter_map(|pair| pair.strip_prefix(self.name().as_bytes())?.strip_prefix(b"="));
        let token = tokens.next();
        if tokens.next().is_some() {
            return Err(Reason::RefreshInvalid);
        }
        token.map(str::from_utf8).transpose().map_err(|_| Reason::RefreshInvalid)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use docket_testkit::FakeClock;

    use super::*;

    fn cookie(url: &str) -> RefreshCookie {
        RefreshCookie::at(&url.parse().unwrap())
    }

    fn metadata(lines: &[&str]) -> MetadataMap {
        bytes(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>())
    }

    fn bytes(headers: &[&[u8]]) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        for header in headers {
            metadata.append("cookie", AsciiMetadataValue::try_from(*header).unwrap());
        }
        metadata
    }

    #[test]
    fn over_https_it_is_bound_to_the_host_and_to_https() {
        let now = FakeClock::default().now();
        let header = cookie("https://docket.example").set("abc", now + TimeDelta::days(90), now);
        let expected = "__Host-docket_refresh=abc; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Strict";
        assert_eq!(header.to_str().unwrap(), expected);
    }

    #[test]
    fn over_http_prefix_and_secure_go() {
        let now = FakeClock::default().now();
        let header = cookie("http://127.0.0.1:8080").set("abc", now + TimeDelta::seconds(60), now);
        let expected = "docket_refresh=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Strict";
        assert_eq!(header.to_str().unwrap(), expected);
    }

    #[test]
    fn clearing_keeps_the_attributes_that_name_the_cookie() {
        let header = cookie("https://docket.example").clear();
        let expected = "__Host-docket_refresh=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict";
        assert_eq!(header.to_str().unwrap(), expected);
    }

    #[test]
    fn it_is_found_among_others() {
        let cookie = cookie("http://127.0.0.1:8080");
        assert_eq!(cookie.read(&metadata(&["a=b; docket_refresh=abc; c=d"])), Ok(Some("abc")));
        assert_eq!(cookie.read(&metadata(&["a=b", "docket_refresh=abc"])), Ok(Some("abc")));
        for absent in
            [&[][..], &["a=b"], &["xdocket_refresh=abc"], &["Docket_refresh=abc"], &["__Host-docket_refresh=abc"]]
        {
            assert_eq!(cookie.read(&metadata(absent)), Ok(None), "{absent:?}");
        }
    }

    #[test]
    fn it_is_found_beside_cookies_that_are_no_ascii() {
        let cookie = cookie("http://127.0.0.1:8080");
        for headers in [
            &[&b"theme=d\xfcnkel; docket_refresh=abc"[..]][..],
            &["name=Jörg; docket_refresh=abc; place=Køge".as_bytes()],
            &[b"\xff\xfe", b"docket_refresh=abc", b"theme=d\xfcnkel"],
        ] {
            assert_eq!(cookie.read(&bytes(headers)), Ok(Some("abc")), "{headers:?}");
        }
        assert_eq!(cookie.read(&bytes(&[b"theme=d\xfcnkel"])), Ok(None));
        assert_eq!(cookie.read(&bytes(&[b"docket_refresh=\xfc"])), Err(Reason::RefreshInvalid));
    }

    #[test]
    fn two_of_them_are_refused() {
        let cookie = cookie("http://127.0.0.1:8080");
        for lines in [&["docket_refresh=abc; docket_refresh=abc"][..], &["docket_refresh=abc", "docket_refresh=def"]] {
            assert_eq!(cookie.read(&metadata(lines)), Err(Reason::RefreshInvalid));
        }
    }
}
