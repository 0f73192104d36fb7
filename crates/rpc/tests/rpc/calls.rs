//! What the shield lets through, and how it answers for the framework. No sockets.

use std::time::Duration;

use docket_rpc::shield;
use docket_testkit::within_ten_seconds;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::codegen::http::{HeaderValue, Method, Request, header};
use tonic::service::Routes;

use crate::echo::{
    Echo, MESSAGE_LIMIT, SAY, assert_refused, call, frame, message, request, say, settings, shielded_echo,
};

#[tokio::test]
async fn a_good_call_is_answered() {
    let answer = say(&shielded_echo(), "hello").await;
    assert_eq!(answer.data, message("hello"));
    assert_eq!(answer.status.expect("trailers").code(), Code::Ok);
}

#[tokio::test]
async fn only_post_is_a_call() {
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::OPTIONS, Method::DELETE] {
        let mut request = request(SAY, message("hello"));
        *request.method_mut() = method.clone();
        let answer = call(&shielded_echo(), request).await;
        assert_eq!(answer.http_status, 405, "{method}");
        assert_eq!(answer.headers.get(header::ALLOW).expect("it says what is allowed"), "POST");
        assert!(answer.data.is_empty() && answer.status.is_none());
    }
}

#[tokio::test]
async fn only_grpcs_content_types_are_calls() {
    let echo = Echo::default();
    let service = shield(Routes::new(echo.clone()), settings(&CancellationToken::new()));
    let with = |content_type: &'static str| {
        let mut request = request(SAY, message("hello"));
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        request
    };
    for content_type in [
        "text/plain",
        "application/json",
        "application/grpc-web+proto",
        "application/grpc+json",
        "application/grpcx",
        "",
    ] {
        assert_eq!(call(&service, with(content_type)).await.http_status, 415, "{content_type}");
    }
    let mut none = with("");
    none.headers_mut().remove(header::CONTENT_TYPE);
    assert_eq!(call(&service, none).await.http_status, 415);
    let mut two = with("application/grpc");
    two.headers_mut().append(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    assert_eq!(call(&service, two).await.http_status, 415);
    assert!(echo.last_headers().is_none(), "none of these reached the handler");

    for content_type in ["application/grpc", "application/grpc+proto", "Application/gRPC; charset=utf-8"] {
        assert_eq!(call(&service, with(content_type)).await.data, message("hello"), "{content_type}");
    }
}

#[tokio::test]
async fn a_message_cut_anywhere_is_malformed() {
    let service = shielded_echo();
    let whole = message("hello");
    for end in 0..whole.len() {
        let answer = call(&service, request(SAY, whole[..end].to_vec())).await;
        assert_refused(&answer, "MALFORMED_MESSAGE", Code::InvalidArgument);
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_malformed() {
    let service = shielded_echo();
    let compressed = [&[1], &message("hello")[1..]].concat();
    let unknown_flag = [&[7], &message("hello")[1..]].concat();
    let not_utf8 = frame(&[0x0a, 0x02, 0xff, 0xfe]);
    let wrong_wire_type = frame(&[0x08, 0x01]);
    let field_zero = frame(&[0x02, 0x01, 0x61]);
    let longer_inside = frame(&[0x0a, 0x7f, 0x61]);
    for body in [compressed, unknown_flag, not_utf8, wrong_wire_type, field_zero, longer_inside, vec![0xff; 64]] {
        let answer = call(&service, request(SAY, body.clone())).await;
        let expected = if body == [0xff; 64] { "flag 255" } else { "a fault" };
        assert!(answer.data.is_empty(), "{expected}");
        assert_refused(&answer, "MALFORMED_MESSAGE", Code::InvalidArgument);
    }
}

#[tokio::test]
async fn a_compressed_message_is_not_implemented() {
    let mut request = request(SAY, message("hello"));
    request.headers_mut().insert("grpc-encoding", HeaderValue::from_static("gzip"));
    let answer = call(&shielded_echo(), request).await;
    assert_refused(&answer, "UNIMPLEMENTED", Code::Unimplemented);
    assert!(answer.headers.contains_key("grpc-accept-encoding"), "the client learns what is understood");
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused_by_its_length_alone() {
    let declared = [&[0], u32::MAX.to_be_bytes().as_slice()].concat();
    let sent = message(&"x".repeat(MESSAGE_LIMIT));
    for body in [declared, sent] {
        let answer = call(&shielded_echo(), request(SAY, body)).await;
        assert_refused(&answer, "MESSAGE_TOO_LARGE", Code::ResourceExhausted);
    }
}

#[tokio::test]
async fn an_answer_above_the_limit_is_an_error_too() {
    let answer = say(&shielded_echo(), "answer at length").await;
    assert_refused(&answer, "MESSAGE_TOO_LARGE", Code::ResourceExhausted);
    assert!(answer.data.is_empty());
}

#[tokio::test]
async fn unknown_methods_and_services_are_not_implemented() {
    for path in ["/test.Echo/Nothing", "/test.Nobody/Say", "/", "/test.Echo/", "//", "/test.Echo/Say/more"] {
        let answer = call(&shielded_echo(), request(path, message("hello"))).await;
        assert_refused(&answer, "UNIMPLEMENTED", Code::Unimplemented);
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_a_word_and_the_next_call_works() {
    let service = shielded_echo();
    assert_refused(&say(&service, "panic").await, "INTERNAL", Code::Internal);
    assert_eq!(say(&service, "hello").await.data, message("hello"));
}

#[tokio::test]
async fn a_status_of_no_reason_is_an_internal_error() {
    let answer = say(&shielded_echo(), "fail without a reason").await;
    assert_refused(&answer, "INTERNAL", Code::Internal);
}

fn with_timeout(words: &str, timeout: &'static str) -> Request<tonic::body::Body> {
    let mut request = request(SAY, message(words));
    request.headers_mut().insert("grpc-timeout", HeaderValue::from_static(timeout));
    request
}

#[tokio::test(start_paused = true)]
async fn the_earlier_of_the_clients_deadline_and_ours_ends_a_call() {
    let cases = [("50m", 50), ("2S", 2_000), ("1H", 10_000), ("99999999H", 10_000), ("7000000u", 7_000), ("0n", 0)];
    for (timeout, milliseconds) in cases {
        let start = tokio::time::Instant::now();
        let answer = call(&shielded_echo(), with_timeout("wait for ever", timeout)).await;
        assert_refused(&answer, "DEADLINE", Code::DeadlineExceeded);
        let took = start.elapsed();
        let expected = Duration::from_millis(milliseconds);
        assert!((expected..=expected + Duration::from_millis(1)).contains(&took), "{timeout}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_deadline_ends_after_ours() {
    let start = tokio::time::Instant::now();
    assert_refused(&say(&shielded_echo(), "wait for ever").await, "DEADLINE", Code::DeadlineExceeded);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_deadline_that_nobody_can_read_is_refused() {
    for timeout in ["", "S", "5", "5s", "-5S", "+5S", "123456789S", "5 S", "1.5S", "0x5S"] {
        let answer = call(&shielded_echo(), with_timeout("hello", timeout)).await;
        assert_refused(&answer, "MALFORMED_MESSAGE", Code::InvalidArgument);
    }
    let answer = call(&shielded_echo(), with_timeout("hello", "00000060S")).await;
    assert_eq!(answer.data, message("hello"));
}

#[tokio::test]
async fn a_request_id_is_made_given_on_and_echoed() {
    let echo = Echo::default();
    let service = shield(Routes::new(echo.clone()), settings(&CancellationToken::new()));
    let first = say(&service, "hello").await.headers["x-request-id"].clone();
    assert_eq!(echo.last_headers().expect("it was called")["x-request-id"], first);
    assert_eq!(first.to_str().expect("text").len(), 36, "a UUID: {first:?}");
    let second = say(&service, "hello").await.headers["x-request-id"].clone();
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_clients_request_id_is_kept_where_it_is_fit_for_a_log() {
    let with = |id: &str| {
        let mut request = request(SAY, message("panic"));
        request.headers_mut().insert("x-request-id", HeaderValue::from_bytes(id.as_bytes()).expect("a header"));
        request
    };
    let service = shielded_echo();
    let answer = call(&service, with("client-7f:1/2")).await;
    assert_eq!(answer.headers["x-request-id"], "client-7f:1/2", "on errors, too");
    for id in ["", "two words", "tab\t", "ümlaut", &"x".repeat(129)] {
        let answer = call(&service, with(id)).await;
        assert_eq!(answer.headers["x-request-id"].len(), 36, "{id:?}");
    }
    let mut get = with("mine");
    *get.method_mut() = Method::GET;
    assert_eq!(call(&service, get).await.headers["x-request-id"], "mine", "on refusals, too");
}

#[tokio::test]
async fn calls_beyond_the_limit_are_shed_and_health_is_still_told() {
    let echo = Echo::default();
    let shutdown = CancellationToken::new();
    let health = docket_rpc::Health::new(shutdown.clone());
    let routes = Routes::new(echo.clone()).add_service(health.service());
    let service = shield(routes, settings(&shutdown).max_calls(1));

    let first = tokio::spawn({
        let service = service.clone();
        async move { say(&service, "wait for release").await }
    });
    within_ten_seconds(echo.waiting.notified()).await;
    let details = assert_refused(&say(&service, "hello").await, "BUSY", Code::ResourceExhausted);
    assert!(details.retry_info().is_some(), "it helps to wait");
    let check = call(&service, request("/grpc.health.v1.Health/Check", frame(&[]))).await;
    assert_eq!(check.status.expect("a status").code(), Code::Ok);

    echo.release.notify_one();
    let first = within_ten_seconds(first).await.expect("the call does not panic");
    assert_eq!(first.data, message("wait for release"));
    assert_eq!(say(&service, "hello").await.data, message("hello"), "there is room again");
}
