//! Request headers that are not forwarded: those by which a client could claim an address or an identity, and those
//! that concern only one connection (ASVS v5.0.0-4.1.3).

use docket_rpc::{CLIENT_ADDRESS_HEADER, ClientAddress, PeerAddress, TrustedProxies};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Headers from which servers and proxies learn who the client is. Clients can send them as well.
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

/// Headers that concern one connection only (RFC 9110, 7.6.1).
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

/// Prepares the headers of a call for the service: removes what clients may not set, and adds the client's address.
pub(crate) fn prepare(call: &mut Parts, proxies: &TrustedProxies, reads_cookie: bool) {
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

/// A call has few headers, so that checking each of them costs less than looking up each unwanted name.
fn remove_where(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    let unwanted: Vec<HeaderName> = headers.keys().filter(|name| unwanted(name.as_str())).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}

/// Removes the headers that concern one connection only, including those that `connection` names.
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

    fn prepared(peer: &str, proxies: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().extension(PeerAddress(peer.parse().unwrap()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        prepare(&mut parts, &proxies.parse().unwrap(), false);
        parts
    }

    fn address(parts: &Parts) -> String {
        parts.extensions.get::<ClientAddress>().unwrap().0.to_string()
    }

    #[test]
    fn headers_that_claim_an_address_or_an_identity_are_removed() {
        let claims = CLAIMS.iter().copied().chain(["x-forwarded-for", "x-forwarded-proto", "x-user-id", "x-auth-user"]);
        let headers: Vec<_> = claims.map(|name| (name, "192.0.2.1")).chain([("x-request-id", "kept")]).collect();
        let parts = prepared("198.51.100.7:4711", "", &headers);
        let mut left: Vec<_> = parts.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["te", "x-request-id"]);
        assert_eq!(address(&parts), "198.51.100.7");
    }

    #[test]
    fn forwarded_addresses_count_where_the_proxy_is_trusted() {
        let headers = [("x-forwarded-for", "203.0.113.9, 192.0.2.1")];
        assert_eq!(address(&prepared("10.0.0.2:4711", "10.0.0.0/8", &headers)), "192.0.2.1");
        assert_eq!(address(&prepared("10.0.0.2:4711", "172.16.0.0/12", &headers)), "10.0.0.2");
    }

    #[test]
    fn headers_of_the_connection_are_removed() {
        let headers = [
            ("connection", "keep-alive, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("te", "gzip"),
            ("grpc-timeout", "5S"),
        ];
        let parts = prepared("198.51.100.7:4711", "", &headers);
        assert_eq!(parts.headers["te"], "trailers");
        assert_eq!(parts.headers["grpc-timeout"], "5S");
        assert_eq!(parts.headers.len(), 2, "{:?}", parts.headers);
    }

    #[test]
    fn cookies_are_removed_where_the_method_does_not_read_them() {
        for reads_cookie in [true, false] {
            let mut parts = Request::builder().header("cookie", "a=b").body(()).unwrap().into_parts().0;
            prepare(&mut parts, &TrustedProxies::default(), reads_cookie);
            assert_eq!(parts.headers.contains_key("cookie"), reads_cookie);
        }
    }
}
