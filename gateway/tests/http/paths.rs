//! The path of a call is exactly `/package.Service/Method`. Other paths are refused and not forwarded.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version};

use crate::recorder::Recorder;
use crate::site::{Place, ask};

const EMPTY_MESSAGE: &[u8] = &[0, 0, 0, 0, 0];

/// Paths that resemble calls of services that the gateway forwards or serves itself.
const NOT_CALLS: &[&str] = &[
    "/docket.auth.v1.AuthService/../RevocationService/WatchRevocations",
    "/docket.auth.v1.AuthService/../docket.auth.v1.RevocationService/WatchRevocations",
    "/docket.auth.v1.AuthService/..",
    "/docket.auth.v1.AuthService/./SignIn",
    "/docket.auth.v1.AuthService//SignIn",
    "/docket.auth.v1.AuthService/SignIn/",
    "/docket.auth.v1.AuthService/SignIn/more",
    "/docket.auth.v1.AuthService/SignIn?a=b",
    "/docket.auth.v1.AuthService/SignIn?",
    "/docket.auth.v1.AuthService/Sign%49n",
    "/docket.auth.v1.AuthService/..%2fdocket.auth.v1.RevocationService%2fWatchRevocations",
    "/docket.auth.v1.AuthService/Sign-In",
    "/docket.auth.v1.AuthService/1SignIn",
    "/docket.auth.v1.AuthService/Sign;In",
    "/docket.auth.v1.AuthService/Sign.In",
    "/docket.auth.v1.AuthService/",
    "/docket.auth.v1.AuthService",
    "//docket.auth.v1.AuthService/SignIn",
    "/%2fdocket.auth.v1.AuthService/SignIn",
    "/docket%2Eauth%2Ev1%2EAuthService/SignIn",
    "/../docket.auth.v1.AuthService/SignIn",
    "/docket..auth.v1.AuthService/SignIn",
    "/grpc.health.v1.Health/Check?a=b",
    "/grpc.health.v1.Health/Check/",
];

fn request(method: Method, path: &str, content_type: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path).header("content-type", content_type);
    request.body(Bytes::from_static(EMPTY_MESSAGE)).unwrap()
}

fn assert_unimplemented(answer: &Response<Bytes>, of: &str) {
    assert_eq!(answer.status(), StatusCode::OK, "{of}");
    assert_eq!(answer.headers()["grpc-status"], "12", "{of}");
    assert!(answer.headers().contains_key("grpc-status-details-bin"), "{of}");
    assert!(answer.headers().contains_key("x-request-id"), "{of}");
}

#[tokio::test]
async fn another_path_than_that_of_a_call_is_never_forwarded() {
    for place in [Place::InProcess, Place::Remote] {
        let recorder = Recorder::start(place).await;
        for path in NOT_CALLS {
            for (version, content_type) in [
                (Version::HTTP_2, "application/grpc"),
                (Version::HTTP_2, "application/grpc-web"),
                (Version::HTTP_11, "application/grpc-web-text"),
            ] {
                let answer = ask(&recorder.gateway, version, request(Method::POST, path, content_type)).await;
                assert_unimplemented(&answer, &format!("{place:?} {path} {content_type}"));
            }
        }
        assert_eq!(recorder.forwarded(), []);
        let call = request(Method::POST, "/docket.auth.v1.AuthService/SignIn", "application/grpc");
        ask(&recorder.gateway, Version::HTTP_2, call).await;
        let uris: Vec<_> = recorder.forwarded().into_iter().map(|forwarded| forwarded.uri).collect();
        assert_eq!(uris, ["/docket.auth.v1.AuthService/SignIn"], "{place:?}");
    }
}

#[tokio::test]
async fn to_plain_http_such_a_path_does_not_exist() {
    let recorder = Recorder::start(Place::InProcess).await;
    for path in NOT_CALLS {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
                let of = format!("{method} {path} {version:?}");
                let answer = ask(&recorder.gateway, version, request(method, path, "text/plain")).await;
                assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{of}");
            }
        }
    }
    assert_eq!(recorder.forwarded(), []);
}
