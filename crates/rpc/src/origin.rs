//! Web origins (RFC 6454), written as browsers write them.
//!
//! The address that users see is one, and so is the issuer of tokens: both are compared byte for byte, by programs that
//! read it each from its own configuration.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use http::HeaderValue;
use url::Url;

/// `scheme://host` or `scheme://host:port`, with `http` or `https`: what a browser sends as `Origin`. The address that
/// users see is one too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Url);

/// The text is no origin, or not in the form that browsers send.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseOriginError {
    /// Not an address at all, or not one of the web.
    #[error("not an origin: expected https://host or https://host:port")]
    NotAnOrigin,
    /// It means an origin, and no browser would send it so: comparing bytes would never match.
    #[error("write the origin as browsers do: {0}")]
    NotCanonical(String),
}

impl Origin {
    /// Whether connections to it are encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The name or address of the host.
    pub fn host(&self) -> &str {
        self.0.host_str().expect("an origin of the web has a host")
    }

    /// Where Docket listens if nobody says otherwise.
    pub fn local() -> Self {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)).into()
    }

    /// As the value of a header.
    pub fn header_value(&self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("an origin is ASCII without control characters")
    }
}

impl From<SocketAddr> for Origin {
    /// Plain http at this address.
    fn from(address: SocketAddr) -> Self {
        // The zone of an IPv6 address means something on this machine only, and has no place in a URL.
        let address = SocketAddr::new(address.ip(), address.port());
        Self(Url::parse(&format!("http://{address}")).expect("an address and a port are the host of a URL"))
    }
}

impl FromStr for Origin {
    type Err = ParseOriginError;

    /// Reads the one form that browsers send: lower case, punycode, without the scheme's own port and without anything
    /// behind the port.
    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let url = Url::parse(text).map_err(|_| ParseOriginError::NotAnOrigin)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(ParseOriginError::NotAnOrigin);
        }
        match url.origin().ascii_serialization() {
            canonical if canonical == text => Ok(Self(url)),
            canonical => Err(ParseOriginError::NotCanonical(canonical)),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_back_as_it_was_read() {
        for text in
            ["http://127.0.0.1:8080", "https://docket.example.org", "http://[::1]:8080", "https://xn--mnchen-3ya.de"]
        {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_address_is_written_as_browsers_write_it() {
        for (address, text) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1:80", "http://127.0.0.1"),
            ("[fe80::1%2]:8080", "http://[fe80::1]:8080"),
        ] {
            let origin = Origin::from(address.parse::<SocketAddr>().unwrap());
            assert_eq!(origin.to_string(), text);
            assert_eq!(text.parse(), Ok(origin));
        }
    }

    #[test]
    fn what_no_browser_would_send_is_refused_with_the_right_form() {
        for (text, canonical) in [
            ("https://docket.example.org/", "https://docket.example.org"),
            ("https://docket.example.org:443", "https://docket.example.org"),
            ("http://Docket.example.org", "http://docket.example.org"),
            ("https://docket.example.org/path", "https://docket.example.org"),
            ("https://user@docket.example.org", "https://docket.example.org"),
            ("https://docket.example.org/?q", "https://docket.example.org"),
            ("https://münchen.de", "https://xn--mnchen-3ya.de"),
        ] {
            let expected = ParseOriginError::NotCanonical(canonical.to_owned());
            assert_eq!(text.parse::<Origin>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_of_the_web_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "docket.example.org",
            "file:///page",
            "ftp://docket.example.org",
            "https://",
            "https://docket.example.org:port",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(ParseOriginError::NotAnOrigin), "{text}");
        }
    }
}
