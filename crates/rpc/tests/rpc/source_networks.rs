//! One source network has a share of what there is, and no more. On real sockets.

use std::net::Ipv4Addr;

use docket_rpc::{CLIENT_ADDRESS_HEADER, ServerSettings, ShieldSettings, TrustedProxies, serve, shield};
use docket_testkit::{TestServer, within_ten_seconds};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::service::Routes;
use tower::ServiceExt as _;

use crate::echo::{Answer, Echo, SAY, assert_refused, message, read, request, settings};
use crate::wire::{self, Frame};

const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const NEXT_DOOR: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 254);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);
const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 2, 1);

async fn start(echo: &Echo, shield_settings: ShieldSettings, server: ServerSettings) -> TestServer {
    let shielded = shield(Routes::new(echo.clone()), shield_settings);
    TestServer::start(|listener, shutdown| serve(listener, shielded, shutdown, server)).await
}

fn proxies() -> TrustedProxies {
    PROXY.to_string().parse().expect("an address")
}

/// Says `words` from `source`, on behalf of `client` where one is given.
async fn say(server: &TestServer, source: Ipv4Addr, client: Option<&str>, words: &str) -> Answer {
    let mut request = request(SAY, message(words));
    if let Some(client) = client {
        request.headers_mut().insert(CLIENT_ADDRESS_HEADER, client.parse().expect("a header"));
    }
    let call = server.channel_from(source).await.oneshot(request);
    read(within_ten_seconds(call).await.expect("an answer")).await
}

/// A call that is in hand until the echo releases it.
async fn hold(echo: &Echo, server: &TestServer, source: Ipv4Addr, client: Option<&'static str>) -> JoinHandle<Answer> {
    let channel = server.channel_from(source).await;
    let mut request = request(SAY, message("wait for release"));
    if let Some(client) = client {
        request.headers_mut().insert(CLIENT_ADDRESS_HEADER, client.parse().expect("a header"));
    }
    let call = tokio::spawn(async move { read(channel.oneshot(request).await.expect("an answer")).await });
    within_ten_seconds(echo.waiting.notified()).await;
    call
}

#[tokio::test]
async fn a_network_with_its_share_of_calls_in_hand_waits_and_others_do_not() {
    let echo = Echo::default();
    let server = start(&echo, settings(&CancellationToken::new()).max_calls(8), ServerSettings::default()).await;
    let held = [hold(&echo, &server, HERE, None).await, hold(&echo, &server, NEXT_DOOR, None).await];
    let details = assert_refused(&say(&server, HERE, None, "hello").await, "BUSY", Code::ResourceExhausted);
    assert!(details.retry_info().is_some(), "it helps to wait");
    assert_eq!(say(&server, ELSEWHERE, None, "hello").await.data, message("hello"));

    for call in held {
        echo.release.notify_one();
        within_ten_seconds(call).await.expect("no panic");
    }
    assert_eq!(say(&server, HERE, None, "hello").await.data, message("hello"), "there is room again");
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_clients_that_it_tells_of_are_counted_and_not_itself() {
    let echo = Echo::default();
    let bounds = settings(&CancellationToken::new()).max_calls(8).proxies(proxies());
    let server = start(&echo, bounds, ServerSettings::default()).await;
    let (one, other) = (Some("198.51.100.7"), Some("203.0.113.9"));
    let mut held = vec![hold(&echo, &server, PROXY, one).await, hold(&echo, &server, PROXY, one).await];
    assert_refused(&say(&server, PROXY, one, "hello").await, "BUSY", Code::ResourceExhausted);
    assert_eq!(say(&server, PROXY, other, "hello").await.data, message("hello"));
    for _ in 0..4 {
        held.push(hold(&echo, &server, PROXY, None).await);
    }
    assert_eq!(say(&server, PROXY, None, "hello").await.data, message("hello"), "its own calls have no share");

    for call in held {
        echo.release.notify_one();
        within_ten_seconds(call).await.expect("no panic");
    }
    // Of others the word does not count.
    let held = [hold(&echo, &server, HERE, one).await, hold(&echo, &server, HERE, other).await];
    let refused = say(&server, HERE, Some("192.0.2.1"), "hello").await;
    assert_refused(&refused, "BUSY", Code::ResourceExhausted);
    drop(held);
}

#[tokio::test]
async fn a_network_with_its_share_of_connections_gets_no_more_and_others_do() {
    let bounds = ServerSettings { max_connections: 8, proxies: proxies(), ..ServerSettings::default() };
    let server = start(&Echo::default(), settings(&CancellationToken::new()), bounds).await;
    let mut open = Vec::new();
    let mut connect = async |source, admitted: bool| {
        let mut stream = wire::open_from(source, server.address(), &[]).await;
        let answered = wire::ping(&mut stream).await;
        assert_eq!(answered.is_some(), admitted, "{source}");
        open.push(stream);
    };
    connect(HERE, true).await;
    connect(NEXT_DOOR, true).await;
    connect(HERE, false).await;
    connect(ELSEWHERE, true).await;
    for _ in 0..4 {
        connect(PROXY, true).await;
    }
    for stream in &mut open[..2] {
        assert!(wire::ping(stream).await.is_some(), "those before are not disturbed");
    }
    drop(open.remove(0));
    let server = &server;
    docket_testkit::eventually(async || {
        let mut stream = wire::open_from(HERE, server.address(), &[]).await;
        Frame::read(&mut stream).await
    })
    .await;
}
