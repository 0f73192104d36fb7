//! Connections that are of no use any more make room. On real sockets.

use std::net::Ipv4Addr;
use std::time::Duration;

use docket_rpc::{ServerSettings, serve, shield};
use docket_testkit::{TestServer, eventually, within_ten_seconds};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::echo::{Echo, SAY, TELL, message, settings};
use crate::wire::{self, ACK, Frame, GOAWAY, HEADERS, PING};

const SHORT: Duration = Duration::from_millis(50);

async fn start(echo: &Echo, server: ServerSettings) -> TestServer {
    let shielded = shield(Routes::new(echo.clone()), settings(&CancellationToken::new()));
    TestServer::start(|listener, shutdown| serve(listener, shielded, shutdown, server)).await
}

/// Reads to the end of the connection, answering pings; the kinds of the frames that came.
async fn acknowledge_pings(stream: &mut TcpStream) -> Vec<u8> {
    let mut kinds = Vec::new();
    while let Some(frame) = Frame::read(stream).await {
        if frame.kind == PING && frame.flags & ACK == 0 {
            drop(stream.write_all(&Frame::new(PING, ACK, 0, &frame.payload).encode()).await);
        }
        kinds.push(frame.kind);
    }
    kinds
}

#[tokio::test]
async fn a_connection_that_only_acknowledges_pings_is_ended() {
    assert_eq!(ServerSettings::default().connection_idle, Duration::from_secs(60));
    let server = start(&Echo::default(), ServerSettings { connection_idle: SHORT, ..ServerSettings::default() }).await;
    let mut idle = wire::open(server.address()).await;
    assert!(acknowledge_pings(&mut idle).await.contains(&GOAWAY), "with a word, so that clients connect again");
}

#[tokio::test]
async fn a_connection_with_a_call_is_not_idle() {
    let echo = Echo::default();
    let server = start(&echo, ServerSettings { connection_idle: SHORT, ..ServerSettings::default() }).await;
    let mut waiting = wire::open(server.address()).await;
    wire::call(&mut waiting, 1, SAY, &message("wait for release")).await;
    within_ten_seconds(echo.waiting.notified()).await;
    let mut idle = wire::open(server.address()).await;
    acknowledge_pings(&mut idle).await;
    echo.release.notify_one();
    let answer = Frame::read_until(&mut waiting, HEADERS).await;
    assert!(answer.is_some(), "it outlived one that came later");
    acknowledge_pings(&mut waiting).await;
}

#[tokio::test]
async fn a_client_of_http1_that_reads_no_answers_is_closed() {
    assert_eq!(ServerSettings::default().stall, Duration::from_secs(30));
    let quick = ServerSettings { stall: SHORT, http1: true, ..ServerSettings::default() };
    let connections = quick.connections.clone();
    let server = start(&Echo::default(), quick).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut deaf = socket.connect(server.address()).await.expect("it accepts");
    let requests = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1000);
    let refused = async { while deaf.write_all(requests.as_bytes()).await.is_ok() {} };
    within_ten_seconds(refused).await;
    eventually(|| std::future::ready((connections.get() == 0).then_some(()))).await;
}

#[tokio::test]
async fn a_client_of_http2_that_takes_no_answers_is_closed() {
    let quick = ServerSettings { stall: SHORT, ..ServerSettings::default() };
    let server = start(&Echo::default(), quick).await;
    // SETTINGS_INITIAL_WINDOW_SIZE: there is room for no byte of an answer.
    let mut deaf = wire::open_from(Ipv4Addr::LOCALHOST, server.address(), &[0, 4, 0, 0, 0, 0]).await;
    wire::call(&mut deaf, 1, SAY, &message("hello")).await;
    let kinds = acknowledge_pings(&mut deaf).await;
    assert!(kinds.contains(&HEADERS), "the answer has begun: {kinds:?}");
}

#[tokio::test]
async fn a_stream_that_has_nothing_to_say_is_not_stalled() {
    let quick = ServerSettings { stall: SHORT, ..ServerSettings::default() };
    let server = start(&Echo::default(), quick).await;
    let mut patient = wire::open(server.address()).await;
    wire::call(&mut patient, 1, TELL, &message("for ever")).await;
    let mut deaf = wire::open_from(Ipv4Addr::LOCALHOST, server.address(), &[0, 4, 0, 0, 0, 0]).await;
    wire::call(&mut deaf, 1, SAY, &message("hello")).await;
    acknowledge_pings(&mut deaf).await;
    assert!(wire::ping(&mut patient).await.is_some(), "it outlived one that came later");
}

/// Any number of connections from one network.
fn full_at(max_connections: usize) -> ServerSettings {
    let proxies = "127.0.0.0/8".parse().expect("a network");
    ServerSettings { max_connections, proxies, ..ServerSettings::default() }
}

#[tokio::test]
async fn where_all_are_taken_the_connection_that_was_idle_for_longest_is_closed() {
    let echo = Echo::default();
    let server = start(&echo, full_at(3)).await;
    let mut busy = wire::open(server.address()).await;
    wire::call(&mut busy, 1, SAY, &message("wait for release")).await;
    within_ten_seconds(echo.waiting.notified()).await;
    let mut older = wire::open(server.address()).await;
    assert!(wire::ping(&mut older).await.is_some());
    let mut newer = wire::open(server.address()).await;
    assert!(wire::ping(&mut newer).await.is_some());

    let mut newest = wire::open(server.address()).await;
    assert!(wire::ping(&mut newest).await.is_some(), "the newest is let in");
    assert!(acknowledge_pings(&mut older).await.contains(&GOAWAY), "the longest idle is ended with a word");
    assert!(wire::ping(&mut newer).await.is_some() && wire::ping(&mut busy).await.is_some());
}

#[tokio::test]
async fn where_no_connection_is_idle_further_ones_are_closed_until_there_is_room() {
    let echo = Echo::default();
    let server = start(&echo, full_at(1)).await;
    let mut busy = wire::open(server.address()).await;
    wire::call(&mut busy, 1, SAY, &message("wait for release")).await;
    within_ten_seconds(echo.waiting.notified()).await;
    let mut refused = wire::open(server.address()).await;
    assert!(Frame::read(&mut refused).await.is_none());
    assert!(wire::ping(&mut busy).await.is_some(), "those before are not disturbed");

    drop(busy);
    eventually(async || {
        let mut next = wire::open(server.address()).await;
        wire::ping(&mut next).await
    })
    .await;
}
