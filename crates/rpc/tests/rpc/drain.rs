//! How a server stops. On real sockets.

use std::time::{Duration, Instant};

use docket_rpc::{ServerSettings, serve, shield};
use docket_testkit::{TestServer, within_ten_seconds};
use http_body_util::BodyExt as _;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::service::Routes;
use tower::ServiceExt as _;

use crate::echo::{Echo, SAY, TELL, assert_refused, message, read, request, settings};
use crate::wire;

async fn start(echo: &Echo, server: ServerSettings) -> (TestServer, CancellationToken) {
    let shutdown = CancellationToken::new();
    let shielded = shield(Routes::new(echo.clone()), settings(&shutdown));
    let serve = |listener, shutdown| serve(listener, shielded, shutdown, server);
    (TestServer::start_with(shutdown.clone(), serve).await, shutdown)
}

#[tokio::test]
async fn a_drained_server_stops_within_ten_seconds_with_open_streams() {
    assert!(ServerSettings::default().drain < Duration::from_secs(10));
    let (server, shutdown) = start(&Echo::default(), ServerSettings::default()).await;
    let silent = TcpStream::connect(server.address()).await.expect("it accepts");
    let idle = server.channel().await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        let call = server.channel().await.oneshot(request(TELL, message("for ever")));
        let mut response = within_ten_seconds(call).await.expect("an answer");
        response.body_mut().frame().await.expect("a frame").expect("it is good");
        streams.push(response);
    }

    let start = Instant::now();
    shutdown.cancel();
    for response in streams {
        let answer = within_ten_seconds(read(response)).await;
        assert_refused(&answer, "SHUTTING_DOWN", Code::Unavailable);
    }
    let address = server.address();
    server.stop().await;
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    drop((silent, idle));
}

#[tokio::test]
async fn a_call_in_flight_is_answered_before_the_server_stops() {
    let echo = Echo::default();
    let (server, shutdown) = start(&echo, ServerSettings::default()).await;
    let channel = server.channel().await;
    let call = tokio::spawn(channel.oneshot(request(SAY, message("wait for release"))));
    within_ten_seconds(echo.waiting.notified()).await;
    shutdown.cancel();
    let refused = async { while TcpStream::connect(server.address()).await.is_ok() {} };
    within_ten_seconds(refused).await;
    echo.release.notify_one();
    let response = within_ten_seconds(call).await.expect("no panic").expect("an answer");
    assert_eq!(read(response).await.data, message("wait for release"));
    server.stop().await;
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_when_the_time_is_up() {
    let echo = Echo::default();
    let impatient = ServerSettings { drain: Duration::from_millis(50), ..ServerSettings::default() };
    let (server, _) = start(&echo, impatient).await;
    let channel = server.channel().await;
    let call = tokio::spawn(channel.oneshot(request(SAY, message("wait for release"))));
    within_ten_seconds(echo.waiting.notified()).await;
    server.stop().await;
    within_ten_seconds(call).await.expect("no panic").expect_err("the connection is cut");
}

#[tokio::test]
async fn a_client_that_answers_nothing_does_not_hold_the_server_up() {
    let impatient = ServerSettings { drain: Duration::from_millis(50), ..ServerSettings::default() };
    let (server, _) = start(&Echo::default(), impatient).await;
    let mut deaf = wire::open(server.address()).await;
    assert!(wire::ping(&mut deaf).await.is_some());
    server.stop().await;
    assert!(wire::ping(&mut deaf).await.is_none());
}
