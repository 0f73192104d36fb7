//! No response to HEAD has a body (RFC 9110, 9.3.2).

use bytes::Bytes;
use docket_testkit::within_ten_seconds;
use http::{Method, Request, Response, StatusCode, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::site::{IMPORT, Site};

const KEYS: &str = "/.well-known/jwks.json";
const PATHS: &[&str] = &["/", "/sign-in", "/missing.js", KEYS, IMPORT, "/grpc.health.v1.Health/Check", "/a.B/c/d"];

fn request(method: Method, path: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(path).body(Bytes::new()).unwrap()
}

/// Over HTTP/2, a body is a protocol error to the client, and fails here.
async fn head(site: &Site, path: &str) -> Response<Bytes> {
    site.ask(Version::HTTP_2, request(Method::HEAD, path)).await
}

/// The whole response over HTTP/1.1, read from the socket: a client library would ignore a body.
async fn head_over_http1(site: &Site, path: &str) -> String {
    let mut stream = TcpStream::connect(site.server.address()).await.unwrap();
    let request = format!("HEAD {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within_ten_seconds(stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    for keys_are_available in [true, false] {
        let site = Site::start().await;
        if !keys_are_available {
            site.stubs.keys.fail();
        }
        for path in PATHS {
            assert!(head(&site, path).await.body().is_empty(), "{path}");
            let answer = head_over_http1(&site, path).await;
            assert!(answer.starts_with("HTTP/1.1 ") && answer.ends_with("\r\n\r\n"), "{path}: {answer}");
            assert_eq!(answer.matches("\r\n\r\n").count(), 1, "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn an_answer_to_head_has_the_status_and_the_headers_of_get() {
    let site = Site::start().await;
    for path in PATHS {
        let (get, head) = (site.ask(Version::HTTP_2, request(Method::GET, path)).await, head(&site, path).await);
        assert_eq!(get.status(), head.status(), "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control", "allow"] {
            assert_eq!(get.headers().get(name), head.headers().get(name), "{path} {name}");
        }
        assert_eq!(head.headers()["content-length"], get.body().len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn a_call_is_not_read() {
    let site = Site::start().await;
    let answer = head(&site, IMPORT).await;
    assert_eq!(
        (answer.status(), &answer.headers()["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap())
    );
    assert!(site.stubs.transfer.seen().is_empty());
}
