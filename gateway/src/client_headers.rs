//! What a client may not say about itself, and what only this connection is about (ASVS v5.0.0-4.1.3).

use docket_rpc::{CLIENT_ADDRESS_HEADER, ClientAddress, PeerAddress, TrustedProxies};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Headers by which some server or proxy or other takes somebody's word for who calls.
const CLAIMS: &[&str] = &[
    "cf-connecting-ip",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-forwarded-for",
    "x-real-ip",
    CLIENT_ADDRESS_HEADER,
];
const CLAIM_PREFIXES: &[&str] = &["x-forwarded-", "x-user-", "x-auth-", "x-remote-"];

/// Headers of this connection, which mean nothing on the next (RFC 9110, 7.6.1).
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Readies a call's headers for the service: takes away what clients claim, and says where the call was made.
pub(crate) fn settle(call: &mut Parts, proxies: &TrustedProxies, reads_cookie: bool) {
    let peer = call.extensions.get::<PeerAddress>().copied();
    let client = peer.map(|PeerAddress(peer)| proxies.client(peer.ip(), &call.headers, FORWARDED_FOR));
    strip(&mut call.headers);
    if !reads_cookie {
        // The refresh token is for the methods that read it.
        call.headers.remove(header::COOKIE);
    }
    call.headers.insert(header::TE, HeaderValue::from_static("trailers")); // gRPC over HTTP/2, Requests
    if let Some(client) = client {
        call.extensions.insert::<ClientAddress>(client);
    }
}

fn strip(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
    remove_where(headers, |name| {
        CLAIMS.contains(&name) || CLAIM_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
}

/// A call has few headers: looking at each costs less than looking for each that it might have.
fn remove_where(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    let unwanted: Vec<HeaderName> = headers.keys().filter(|name| unwanted(name.as_str())).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

/// Removes what is about one connection only, with what `connection` names besides.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<HeaderName> =
        named.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    for name in named {
        headers.remove(name);
    }
    remove_where(headers, |name| HOP_BY_HOP.contains(&name));
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn settled(peer: &str, proxies: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().extension(PeerAddress(peer.parse().unwrap()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        settle(&mut parts, &proxies.parse().unwrap(), false);
        parts
    }

    fn address(parts: &Parts) -> String {
        parts.extensions.get::<ClientAddress>().unwrap().0.to_string()
    }

    #[test]
    fn nothing_that_a_client_claims_goes_through() {
        let claims = CLAIMS.iter().copied().chain(["x-forwarded-for", "x-forwarded-proto", "x-user-id", "x-auth-user"]);
        let headers: Vec<_> = claims.map(|name| (name, "192.0.2.1")).chain([("x-request-id", "kept")]).collect();
        let parts = settled("198.51.100.7:4711", "", &headers);
        let mut left: Vec<_> = parts.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["te", "x-request-id"]);
        assert_eq!(address(&parts), "198.51.100.7");
    }

    #[test]
    fn the_word_of_a_proxy_counts_where_it_is_trusted() {
        let headers = [("x-forwarded-for", "203.0.113.9, 192.0.2.1")];
        assert_eq!(address(&settled("10.0.0.2:4711", "10.0.0.0/8", &headers)), "192.0.2.1");
        assert_eq!(address(&settled("10.0.0.2:4711", "172.16.0.0/12", &headers)), "10.0.0.2");
    }

    #[test]
    fn what_is_about_the_connection_stays_behind() {
        let headers = [
            ("connection", "keep-alive, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("te", "gzip"),
            ("grpc-timeout", "5S"),
        ];
        let parts = settled("198.51.100.7:4711", "", &headers);
        assert_eq!(parts.headers["te"], "trailers");
        assert_eq!(parts.headers["grpc-timeout"], "5S");
        assert_eq!(parts.headers.len(), 2, "{:?}", parts.headers);
    }

    #[test]
    fn cookies_go_only_to_those_who_take_them() {
        for takes_cookies in [true, false] {
            let mut parts = Request::builder().header("cookie", "a=b").body(()).unwrap().into_parts().0;
            settle(&mut parts, &TrustedProxies::default(), takes_cookies);
            assert_eq!(parts.headers.contains_key("cookie"), takes_cookies);
        }
    }
}
