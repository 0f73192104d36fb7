//! What a connection may do. On real sockets.

use std::io::ErrorKind;
use std::time::Duration;

use docket_rpc::{ServerSettings, serve, shield};
use docket_testkit::{TestServer, within_ten_seconds};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::echo::{Echo, SAY, message, settings};
use crate::wire::{self, Frame, GOAWAY, HEADERS, SETTINGS, WINDOW_UPDATE};

async fn start(echo: &Echo, server: ServerSettings) -> TestServer {
    let shielded = shield(Routes::new(echo.clone()), settings(&CancellationToken::new()));
    TestServer::start(|listener, shutdown| serve(listener, shielded, shutdown, server)).await
}

/// What comes until the other side closes, which must be within ten seconds.
async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match within_ten_seconds(stream.read_to_end(&mut bytes)).await {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    bytes
}

#[tokio::test]
async fn the_server_says_its_limits_first() {
    let server = start(&Echo::default(), ServerSettings::default()).await;
    let mut stream = wire::open(server.address()).await;
    let frame = Frame::read(&mut stream).await.expect("a frame");
    assert_eq!(frame.kind, SETTINGS);
    let value = |id: u16| {
        let entries = frame.payload.chunks(6);
        let mut found = entries.filter(|entry| entry[..2] == id.to_be_bytes());
        found.next().map(|entry| u32::from_be_bytes(entry[2..].try_into().expect("four bytes")))
    };
    // RFC 9113, 6.5.2
    assert_eq!(value(3), Some(100), "SETTINGS_MAX_CONCURRENT_STREAMS");
    assert_eq!(value(4), Some(65_536), "SETTINGS_INITIAL_WINDOW_SIZE");
    assert_eq!(value(6), Some(16_384), "SETTINGS_MAX_HEADER_LIST_SIZE");
    let grown = Frame::read_until(&mut stream, WINDOW_UPDATE).await.expect("the connection's window");
    assert_eq!(grown.payload, (262_144u32 - 65_535).to_be_bytes());
}

#[tokio::test]
async fn connections_that_do_not_say_what_they_want_are_closed() {
    assert_eq!(ServerSettings::default().first_bytes, Duration::from_secs(5));
    for http1 in [false, true] {
        let quick = ServerSettings { first_bytes: Duration::from_millis(50), http1, ..ServerSettings::default() };
        let server = start(&Echo::default(), quick).await;
        let mut greeted = wire::open(server.address()).await;
        for said in [b"".as_slice(), b"PRI * HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
            let mut stream = TcpStream::connect(server.address()).await.expect("it accepts");
            stream.write_all(said).await.expect("it takes the bytes");
            read_to_end(&mut stream).await;
        }
        let pong = wire::ping(&mut greeted).await;
        assert!(pong.is_some(), "one that has said it stays open");
    }
}

#[tokio::test]
async fn http1_is_spoken_only_where_it_is_wanted() {
    let request =
        format!("POST {SAY} HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n");
    for (http1, expected) in [(false, ""), (true, "HTTP/1.1 415 ")] {
        let server = start(&Echo::default(), ServerSettings { http1, ..ServerSettings::default() }).await;
        let mut stream = TcpStream::connect(server.address()).await.expect("it accepts");
        stream.write_all(request.as_bytes()).await.expect("it takes the bytes");
        let answer = String::from_utf8_lossy(&read_to_end(&mut stream).await).into_owned();
        assert!(answer.starts_with(expected) && answer.contains("HTTP/1.1") == http1, "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body_on_either_version() {
    let server = start(&Echo::default(), ServerSettings { http1: true, ..ServerSettings::default() }).await;
    let mut stream = TcpStream::connect(server.address()).await.expect("it accepts");
    let request = format!("HEAD {SAY} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it takes the bytes");
    let answer = String::from_utf8_lossy(&read_to_end(&mut stream).await).into_owned();
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.ends_with("\r\n\r\n"), "{answer:?}");

    let mut stream = wire::open(server.address()).await;
    stream.write_all(&wire::head(1, SAY).encode()).await.expect("it takes the bytes");
    let answer = Frame::read_until(&mut stream, HEADERS).await.expect("an answer");
    assert_eq!(answer.flags & wire::END_STREAM, wire::END_STREAM, "nothing follows the headers (RFC 9113, 8.1)");
}

#[tokio::test]
async fn a_connection_past_its_age_takes_no_more_calls_and_finishes_those_in_flight() {
    let echo = Echo::default();
    let young = ServerSettings { connection_age: Duration::from_millis(50), ..ServerSettings::default() };
    let server = start(&echo, young).await;
    let mut stream = wire::open(server.address()).await;
    wire::call(&mut stream, 1, SAY, &message("wait for release")).await;
    within_ten_seconds(echo.waiting.notified()).await;
    Frame::read_until(&mut stream, GOAWAY).await.expect("it is told to go");
    echo.release.notify_one();
    let headers = Frame::read_until(&mut stream, HEADERS).await.expect("the call is answered");
    assert_eq!(headers.stream, 1);
    read_to_end(&mut stream).await;
}

#[tokio::test]
async fn a_handler_learns_who_is_at_the_other_end() {
    let server = start(&Echo::default(), ServerSettings::default()).await;
    let channel = server.channel().await;
    let request = crate::echo::request(SAY, message("who calls"));
    let response = within_ten_seconds(tower::ServiceExt::oneshot(channel, request)).await.expect("an answer");
    let data = response.into_body().collect().await.expect("it ends well").to_bytes();
    assert!(data.ends_with(b"Some(127.0.0.1)"), "{data:?}");
}

#[tokio::test]
async fn headers_above_the_limit_are_refused_and_the_connection_goes_on() {
    let server = start(&Echo::default(), ServerSettings::default()).await;
    let mut request = crate::echo::request(SAY, message("hello"));
    request.headers_mut().insert("x-long", "x".repeat(20_000).parse().expect("a header"));
    let channel = server.channel().await;
    let refused = within_ten_seconds(tower::ServiceExt::oneshot(channel.clone(), request)).await;
    assert!(refused.map_or(true, |response| response.status() == 431));
    let good = crate::echo::request(SAY, message("hello"));
    let response = within_ten_seconds(tower::ServiceExt::oneshot(channel, good)).await.expect("an answer");
    assert_eq!(response.status(), 200);
}

/// Reads until the server says good-bye with ENHANCE_YOUR_CALM (RFC 9113, 7).
async fn assert_calmed(stream: &mut TcpStream) {
    let goaway = Frame::read_until(stream, GOAWAY).await.expect("the connection is ended with a word");
    assert_eq!(goaway.payload[4..8], 0x0b_u32.to_be_bytes());
    read_to_end(stream).await;
}

#[tokio::test]
async fn a_client_that_makes_the_server_reset_streams_is_sent_away() {
    let server = start(&Echo::default(), ServerSettings::default()).await;
    let mut stream = wire::open(server.address()).await;
    let mut flood = Vec::new();
    for index in 0..600 {
        // `:method: POST` alone is no request: each is answered by a reset.
        flood.extend(Frame::new(HEADERS, wire::END_HEADERS | wire::END_STREAM, index * 2 + 1, &[0x83]).encode());
    }
    stream.write_all(&flood).await.expect("it takes the bytes");
    assert_calmed(&mut stream).await;
}

#[tokio::test]
async fn a_client_that_opens_streams_only_to_reset_them_is_sent_away() {
    let server = start(&Echo::default(), ServerSettings::default()).await;
    let mut stream = wire::open(server.address()).await;
    let mut flood = Vec::new();
    for index in 0..600 {
        let id = index * 2 + 1;
        flood.extend(wire::headers(id, SAY).encode());
        flood.extend(Frame::new(wire::RST_STREAM, 0, id, &8u32.to_be_bytes()).encode());
    }
    stream.write_all(&flood).await.expect("it takes the bytes");
    assert_calmed(&mut stream).await;
}
