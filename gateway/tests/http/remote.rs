//! Services in other processes, and their failures.

use bytes::Bytes;
use docket_proto::auth::v1::ListKeysRequest;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::task::v1::transfer_service_client::TransferServiceClient;
use docket_proto::task::v1::{ExportTasksRequest, ExportTasksResponse, ImportTasksRequest};
use docket_testkit::{TestServer, within_ten_seconds};
use gateway::{Upstream, Upstreams};
use http::{Request, Version};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::site::{IMPORT, Place, Site, ask};

fn assert_upstream_unavailable(status: &Status) {
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "UPSTREAM_UNAVAILABLE");
    assert!(details.retry_info().unwrap().retry_delay.is_some());
}

/// A gateway with remote services at these addresses.
async fn gateway(auth: &str, task: &str) -> TestServer {
    let upstream = |url: &str| Upstream::Remote(url.parse().unwrap());
    let upstreams = Upstreams { auth: upstream(auth), task: upstream(task) };
    Site::serve(upstreams, &[], CancellationToken::new()).await
}

/// An address that accepts connections and never answers.
async fn nowhere() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn a_service_that_is_gone_takes_no_other_along_and_may_come_back() {
    let mut site = Site::start_with(Place::Remote, &[]).await;
    let channel = site.server.channel().await;
    let mut keys = KeyServiceClient::new(channel.clone());
    let mut transfer = TransferServiceClient::new(channel);
    keys.list_keys(ListKeysRequest {}).await.unwrap();
    transfer.import_tasks(ImportTasksRequest::default()).await.unwrap();

    let auth = site.remote.remove(0);
    let address = auth.address();
    auth.stop().await;
    assert_upstream_unavailable(&keys.list_keys(ListKeysRequest {}).await.unwrap_err());
    transfer.import_tasks(ImportTasksRequest::default()).await.unwrap();

    let listener = TcpListener::bind(address).await.unwrap();
    let routes = site.stubs.auth();
    let _auth = tokio::spawn(async move {
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tonic::transport::Server::builder().add_routes(routes).serve_with_incoming(incoming).await
    });
    within_ten_seconds(keys.list_keys(ListKeysRequest {})).await.unwrap();
}

#[tokio::test]
async fn browsers_are_told_of_a_service_that_is_gone() {
    let (listener, url) = nowhere().await;
    drop(listener);
    let server = gateway(&url, &url).await;
    let request = Request::post(IMPORT).header("content-type", "application/grpc-web");
    let request = request.body(Bytes::from_static(&[0, 0, 0, 0, 0])).unwrap();
    let answer = ask(&server, Version::HTTP_11, request).await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["grpc-status"]), (200, &"14".parse().unwrap()));
}

#[tokio::test]
async fn a_service_that_takes_connections_and_never_answers_is_unavailable() {
    let (_listener, url) = nowhere().await;
    let server = gateway(&url, &url).await;
    let mut client = TransferServiceClient::new(server.channel().await);
    let status = within_ten_seconds(client.import_tasks(ImportTasksRequest::default())).await.unwrap_err();
    assert_upstream_unavailable(&status);
}

#[tokio::test]
async fn a_deadline_of_the_clients_is_told_as_such() {
    let (_listener, url) = nowhere().await;
    let server = gateway(&url, &url).await;
    // Without tonic's client, which ends the call at the deadline by itself.
    let request = Request::post(IMPORT).header("content-type", "application/grpc").header("grpc-timeout", "100m");
    let request = request.body(Bytes::from_static(&[0, 0, 0, 0, 0])).unwrap();
    let answer = ask(&server, Version::HTTP_2, request).await;
    assert_eq!(answer.headers()["grpc-status"], "4");
}

#[tokio::test]
async fn an_answer_that_is_no_grpc_is_no_answer() {
    let (listener, url) = nowhere().await;
    let stranger = axum::Router::new().fallback(|| async { (http::StatusCode::BAD_GATEWAY, "secret of the inside") });
    let routes = tonic::service::Routes::from(stranger);
    let _stranger = tokio::spawn(async move {
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        tonic::transport::Server::builder().add_routes(routes).serve_with_incoming(incoming).await
    });
    let server = gateway(&url, &url).await;
    let mut client = TransferServiceClient::new(server.channel().await);
    let status = client.import_tasks(ImportTasksRequest::default()).await.unwrap_err();
    assert_upstream_unavailable(&status);
    assert!(!format!("{status:?}").contains("secret"));
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_a_status() {
    let site = Site::start_with(Place::Remote, &[]).await;
    // The gateway connects to the task service through a proxy that can be stopped.
    let (wire, url) = nowhere().await;
    let task = site.remote[1].address();
    let cut = CancellationToken::new();
    let _wire = tokio::spawn(cut.clone().run_until_cancelled_owned(async move {
        let (mut near, _) = wire.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(task).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
        drop(near.shutdown().await);
    }));
    let server = gateway(&site.remote[0].url(), &url).await;

    let feed = site.stubs.transfer.feed();
    let mut client = TransferServiceClient::new(server.channel().await);
    let mut answers = client.export_tasks(ExportTasksRequest::default()).await.unwrap().into_inner();
    feed.send(Ok(ExportTasksResponse::default())).unwrap();
    within_ten_seconds(answers.message()).await.unwrap().unwrap();
    cut.cancel();
    assert_upstream_unavailable(&within_ten_seconds(answers.message()).await.unwrap_err());
}

#[tokio::test]
async fn more_streams_than_a_connection_takes_shut_nobody_out() {
    let site = Site::start_with(Place::Remote, &[]).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        // The gateway, too, accepts only 100 streams on one connection.
        let mut client = TransferServiceClient::new(site.server.channel().await);
        for _ in 0..80 {
            let feed = site.stubs.transfer.feed();
            let answers = within_ten_seconds(client.export_tasks(ExportTasksRequest::default())).await.unwrap();
            open.push((feed, answers));
        }
        within_ten_seconds(client.import_tasks(ImportTasksRequest::default())).await.unwrap();
    }
    assert_eq!(open.len(), 240);
}
