//! Messages that do not come, and messages that are long: they hold nobody up. On real sockets.

use std::net::Ipv4Addr;

use docket_rpc::{ClientAddress, Load, ServerSettings, ShieldSettings, Shielded, serve, shield};
use docket_testkit::{TestServer, eventually, within_ten_seconds};
use http_body_util::BodyExt as _;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::service::Routes;
use tower::ServiceExt as _;

use crate::echo::{Answer, Echo, FILL, SAY, assert_refused, call, message, read, request, settings};
use crate::wire;

const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

async fn start(settings: ShieldSettings) -> (TestServer, Shielded) {
    let shielded = shield(Routes::new(Echo::default()), settings);
    let service = shielded.clone();
    let serve = |listener, shutdown| serve(listener, service, shutdown, ServerSettings::default());
    (TestServer::start(serve).await, shielded)
}

async fn say(server: &TestServer, source: Ipv4Addr, words: &str) -> Answer {
    let call = server.channel_from(source).await.oneshot(request(SAY, message(words)));
    read(within_ten_seconds(call).await.expect("an answer")).await
}

async fn until(shielded: &Shielded, holds: impl Fn(Load) -> bool) {
    eventually(|| std::future::ready(holds(shielded.load()).then_some(()))).await;
}

#[tokio::test]
async fn messages_that_do_not_come_hold_nobody_up() {
    let (server, shielded) = start(settings(&CancellationToken::new()).max_calls(4)).await;
    let mut silent = wire::open(server.address()).await;
    for index in 0..50 {
        wire::begin_call(&mut silent, index * 2 + 1, SAY, 100, 0).await;
    }
    until(&shielded, |load| load.streams == 50).await;
    assert_eq!(shielded.load().calls, 0, "a call is in hand once its message is there");
    for source in [HERE, ELSEWHERE] {
        assert_eq!(say(&server, source, "hello").await.data, message("hello"));
    }
    drop(silent);
    until(&shielded, |load| load.streams == 0).await;
}

#[tokio::test]
async fn requests_that_wait_for_their_message_are_bounded_by_network() {
    let (server, shielded) = start(settings(&CancellationToken::new()).max_streams(8)).await;
    let mut silent = wire::open(server.address()).await;
    for index in 0..50 {
        wire::begin_call(&mut silent, index * 2 + 1, SAY, 100, 0).await;
    }
    let answered = wire::Frame::read_until(&mut silent, wire::HEADERS).await.expect("an answer");
    assert_eq!(answered.stream, 5, "the first two wait, the third is refused");
    assert_eq!(shielded.load().streams, 2);
    assert_eq!(say(&server, ELSEWHERE, "hello").await.data, message("hello"));
}

#[tokio::test]
async fn bytes_in_hand_are_bounded_by_network_and_as_a_whole() {
    let (server, shielded) = start(settings(&CancellationToken::new()).max_bytes(128 * 1024)).await;
    let mut slow = wire::open(server.address()).await;
    wire::begin_call(&mut slow, 1, FILL, 30_000, 25_000).await;
    until(&shielded, |load| load.bytes == 25_005).await;

    let long = || message(&format!("{:020000}", 3));
    let fill = async |source| {
        let call = server.channel_from(source).await.oneshot(request(FILL, long()));
        read(within_ten_seconds(call).await.expect("an answer")).await
    };
    let details = assert_refused(&fill(HERE).await, "BUSY", Code::ResourceExhausted);
    assert!(details.retry_info().is_some(), "it helps to wait");
    assert_eq!(fill(ELSEWHERE).await.data, message("xxx"));
    assert_eq!(say(&server, HERE, "hello").await.data, message("hello"), "short messages are not counted by bytes");

    let mut others = Vec::new();
    for third in 2..5 {
        let mut other = wire::open_from(Ipv4Addr::new(127, 0, third, 1), server.address(), &[]).await;
        wire::begin_call(&mut other, 1, FILL, 32_000, 30_000).await;
        others.push(other);
    }
    until(&shielded, |load| load.bytes == 25_005 + 3 * 30_005).await;
    assert_refused(&fill(ELSEWHERE).await, "BUSY", Code::ResourceExhausted);
    drop((slow, others));
    until(&shielded, |load| load.bytes == 0 && load.streams == 0).await;
    assert_eq!(fill(HERE).await.data, message("xxx"), "there is room again");
}

#[tokio::test]
async fn an_answer_counts_until_it_is_taken_and_is_never_refused() {
    let (length, network) = (100_000, "198.51.100.7".parse().expect("an address"));
    let service = shield(Routes::new(Echo::default()), settings(&CancellationToken::new()).max_bytes(64 * 1024));
    let mut long = request(FILL, message(&length.to_string()));
    long.extensions_mut().insert(ClientAddress(network));
    let mut body = service.clone().oneshot(long).await.expect("the shield never fails").into_body();
    let first = body.frame().await.expect("a frame").expect("it is good").into_data().expect("data");
    assert_eq!(first.len(), 16 * 1024, "the connection gets a piece at a time");
    assert!(service.load().bytes > length, "{:?}", service.load());

    let refused = call(&service, request(FILL, message(&"0".repeat(20_000)))).await;
    assert_refused(&refused, "BUSY", Code::ResourceExhausted);
    let rest = body.collect().await.expect("it ends well").to_bytes();
    assert!(first.len() + rest.len() > length);
    assert_eq!(service.load().bytes, 0);
}

#[tokio::test]
async fn more_than_one_message_is_no_request() {
    let (_, shielded) = start(settings(&CancellationToken::new())).await;
    let two = [message("one"), message("two")].concat();
    assert_refused(&call(&shielded, request(SAY, two)).await, "MALFORMED_MESSAGE", Code::InvalidArgument);
}
