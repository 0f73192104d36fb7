//! Streams are counted while they are open. On real sockets.

use std::net::Ipv4Addr;
use std::time::Duration;

use docket_rpc::{Health, ServerSettings, serve, shield};
use docket_testkit::{TestServer, eventually, within_ten_seconds};
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::echo::{info, settings};

/// A watch of the health of the whole, whose first answer has come.
async fn watch(server: &TestServer, source: Ipv4Addr) -> Streaming<HealthCheckResponse> {
    let mut client = HealthClient::new(server.channel_from(source).await);
    let watching = client.watch(HealthCheckRequest::default());
    let mut statuses = within_ten_seconds(watching).await.expect("it begins").into_inner();
    within_ten_seconds(statuses.next()).await.expect("a status").expect("it is good");
    statuses
}

async fn end(mut statuses: Streaming<HealthCheckResponse>) -> Status {
    within_ten_seconds(statuses.next()).await.expect("a status of the call").expect_err("no more to come")
}

#[tokio::test]
async fn open_streams_are_bounded_by_network_and_as_a_whole() {
    let health = Health::new(CancellationToken::new());
    let settings = settings(&CancellationToken::new()).max_streams(8);
    let shielded = shield(Routes::new(health.service()), settings);
    let service = shielded.clone();
    let server =
        TestServer::start(|listener, shutdown| serve(listener, service, shutdown, ServerSettings::default())).await;

    let mut open = Vec::new();
    for third in 0..4 {
        let source = Ipv4Addr::new(127, 0, third, 1);
        open.extend([watch(&server, source).await, watch(&server, source).await]);
        let beyond = end(watch(&server, source).await).await;
        assert_eq!((beyond.code(), info(&beyond).as_str()), (Code::ResourceExhausted, "BUSY"));
    }
    assert_eq!(shielded.load().streams, 8);
    let beyond = end(watch(&server, Ipv4Addr::new(127, 0, 4, 1)).await).await;
    assert_eq!(info(&beyond), "BUSY", "all are open");

    drop(open);
    eventually(|| std::future::ready((shielded.load().streams == 0).then_some(()))).await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_of_health_ends_after_half_an_hour_so_that_it_is_opened_anew() {
    let shutdown = CancellationToken::new();
    let health = Health::new(shutdown.clone());
    let shielded = shield(Routes::new(health.service()), settings(&shutdown));
    let mut client = HealthClient::new(shielded.clone());
    let start = tokio::time::Instant::now();
    let mut statuses = client.watch(HealthCheckRequest::default()).await.expect("anybody may watch").into_inner();
    statuses.next().await.expect("a status").expect("it is good");
    let end = statuses.next().await.expect("a status of the call").expect_err("the end");
    assert_eq!((end.code(), info(&end).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    assert_eq!(start.elapsed(), Duration::from_secs(30 * 60));
    assert!(statuses.next().await.is_none());
    drop(statuses);
    assert_eq!(shielded.load().streams, 0);
}
