//! How answers end that take their time. No sockets.

use std::time::Duration;

use docket_rpc::shield;
use http_body_util::BodyExt as _;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::codegen::http::HeaderValue;
use tonic::service::Routes;
use tower::ServiceExt as _;

use crate::echo::{Echo, TELL, assert_refused, call, message, read, request, settings, shielded_echo};

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_the_longest_time_of_a_call() {
    let response = shielded_echo().oneshot(request(TELL, message("for ever"))).await.expect("it never fails");
    let mut body = response.into_body();
    let first = body.frame().await.expect("a frame").expect("it is good");
    assert_eq!(first.into_data().expect("data").to_vec(), message("for ever"));
    let next = tokio::time::timeout(Duration::from_secs(3600), body.frame()).await;
    assert!(next.is_err(), "after an hour it is still open: {next:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_its_clients_deadline() {
    let mut request = request(TELL, message("for ever"));
    request.headers_mut().insert("grpc-timeout", HeaderValue::from_static("20S"));
    let start = tokio::time::Instant::now();
    let answer = call(&shielded_echo(), request).await;
    assert_eq!(answer.data, message("for ever"));
    assert_refused(&answer, "DEADLINE", Code::DeadlineExceeded);
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test]
async fn a_stream_ends_with_a_word_when_the_server_stops() {
    let shutdown = CancellationToken::new();
    let service = shield(Routes::new(Echo::default()), settings(&shutdown));
    let response = service.oneshot(request(TELL, message("for ever"))).await.expect("it never fails");
    let answer = tokio::spawn(read(response));
    shutdown.cancel();
    let answer = answer.await.expect("reading does not panic");
    assert_eq!(answer.data, message("for ever"), "what was there is still given");
    let details = assert_refused(&answer, "SHUTTING_DOWN", Code::Unavailable);
    assert!(details.retry_info().is_some());
}

#[tokio::test]
async fn a_panic_in_a_stream_is_an_internal_error_without_a_word() {
    let answer = call(&shielded_echo(), request(TELL, message("panic"))).await;
    assert_refused(&answer, "INTERNAL", Code::Internal);
}

#[tokio::test]
async fn a_stream_that_fails_without_a_reason_is_an_internal_error() {
    let answer = call(&shielded_echo(), request(TELL, message("fail without a reason"))).await;
    assert_refused(&answer, "INTERNAL", Code::Internal);
}

#[tokio::test]
async fn a_stream_that_ends_well_ends_well() {
    let answer = call(&shielded_echo(), request(TELL, message("hello"))).await;
    assert_eq!(answer.data, message("hello"));
    assert_eq!(answer.status.expect("trailers").code(), Code::Ok);
}
