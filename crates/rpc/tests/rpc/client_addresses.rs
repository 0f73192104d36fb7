//! Whose word about a client's address counts.

use std::net::{IpAddr, SocketAddr};

use docket_rpc::{CLIENT_ADDRESS_HEADER, ClientAddress, PeerAddress, TrustedProxies, shield};
use tokio_util::sync::CancellationToken;
use tonic::codegen::http::{HeaderMap, HeaderValue};
use tonic::service::Routes;

use crate::echo::{Echo, SAY, call, message, request, settings};

fn client(proxies: &str, peer: &str, lines: &[&str]) -> IpAddr {
    let proxies: TrustedProxies = proxies.parse().expect("a list of networks");
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", HeaderValue::from_bytes(line.as_bytes()).expect("a header"));
    }
    proxies.client(peer.parse().expect("an address"), &headers, "x-forwarded-for").0
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn nobodys_word_counts_by_default() {
    assert_eq!(client("", "127.0.0.1", &["198.51.100.7"]), address("127.0.0.1"));
    assert_eq!(client("10.0.0.1", "192.0.2.1", &["198.51.100.7"]), address("192.0.2.1"));
}

#[test]
fn a_trusted_proxys_word_counts() {
    assert_eq!(client("10.0.0.0/8", "10.1.2.3", &["198.51.100.7"]), address("198.51.100.7"));
    assert_eq!(client("fd00::/8", "fd00::1", &["2001:db8::7"]), address("2001:db8::7"));
    assert_eq!(client("10.0.0.1", "::ffff:10.0.0.1", &["::ffff:198.51.100.7"]), address("198.51.100.7"));
    assert_eq!(client("10.0.0.1", "10.0.0.1", &[]), address("10.0.0.1"));
}

#[test]
fn what_a_client_wrote_before_does_not_count() {
    let chain = "10.0.0.0/8";
    assert_eq!(client(chain, "10.0.0.1", &["203.0.113.9, 198.51.100.7"]), address("198.51.100.7"));
    assert_eq!(client(chain, "10.0.0.1", &["203.0.113.9", "198.51.100.7, 10.0.0.2"]), address("198.51.100.7"));
    assert_eq!(client(chain, "10.0.0.1", &["10.0.0.3, 198.51.100.7"]), address("198.51.100.7"));
    assert_eq!(client(chain, "10.0.0.1", &["203.0.113.9, unknown, 10.0.0.2"]), address("10.0.0.2"));
    assert_eq!(client(chain, "10.0.0.1", &["203.0.113.9, \u{fc}"]), address("10.0.0.1"));
}

#[test]
fn lists_of_proxies_are_read_strictly() {
    for text in ["10.0.0.0/33", "proxy.example", "10.0.0.1;10.0.0.2", "10.0.0.1/"] {
        assert!(text.parse::<TrustedProxies>().is_err(), "{text}");
    }
    assert_eq!("".parse::<TrustedProxies>(), Ok(TrustedProxies::default()));
}

async fn seen(proxies: &str, peer: &str, header: Option<&'static str>, in_process: Option<&str>) -> String {
    let settings = settings(&CancellationToken::new()).proxies(proxies.parse().expect("a list of networks"));
    let echo = Echo::default();
    let mut request = request(SAY, message("who calls"));
    request.extensions_mut().insert(PeerAddress(SocketAddr::new(address(peer), 4711)));
    if let Some(header) = header {
        request.headers_mut().insert(CLIENT_ADDRESS_HEADER, HeaderValue::from_static(header));
    }
    if let Some(client) = in_process {
        request.extensions_mut().insert(ClientAddress(address(client)));
    }
    let answer = call(&shield(Routes::new(echo.clone()), settings), request).await;
    let headers = echo.last_headers().expect("it was called");
    assert!(!headers.contains_key(CLIENT_ADDRESS_HEADER), "no handler sees what was claimed");
    String::from_utf8_lossy(&answer.data[7..]).into_owned()
}

#[tokio::test]
async fn a_handler_learns_the_address_that_can_be_trusted() {
    assert_eq!(seen("", "192.0.2.1", None, None).await, "Some(192.0.2.1)");
    assert_eq!(seen("", "192.0.2.1", Some("198.51.100.7"), None).await, "Some(192.0.2.1)");
    assert_eq!(seen("192.0.2.1", "192.0.2.1", Some("198.51.100.7"), None).await, "Some(198.51.100.7)");
    assert_eq!(seen("", "192.0.2.1", Some("203.0.113.9"), Some("198.51.100.7")).await, "Some(198.51.100.7)");
}
