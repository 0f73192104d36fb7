//! Only the exact path of a call reaches a handler.

use docket_rpc::shield;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::service::Routes;

use crate::echo::{Echo, SAY, assert_refused, call, message, request, settings};

#[tokio::test]
async fn a_path_that_only_resembles_a_call_is_unimplemented() {
    let echo = Echo::default();
    let service = shield(Routes::new(echo.clone()), settings(&CancellationToken::new()));
    for path in [
        "/test.Echo/Say?",
        "/test.Echo/Say?a=b",
        "/test.Echo/Say/",
        "/test.Echo/./Say",
        "/test.Echo/../test.Echo/Say",
        "/test.Echo//Say",
        "//test.Echo/Say",
        "/test.Echo/Sa%79",
        "/test%2eEcho/Say",
        "/test.Echo",
        "/",
    ] {
        let answer = call(&service, request(path, message("hello"))).await;
        assert!(answer.data.is_empty(), "{path}");
        assert_refused(&answer, "UNIMPLEMENTED", Code::Unimplemented);
    }
    assert!(echo.last_headers().is_none(), "none of these reached the handler");
    assert_eq!(call(&service, request(SAY, message("hello"))).await.data, message("hello"));
}
