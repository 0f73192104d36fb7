//! Calls as gRPC clients make them.

use bytes::Bytes;
use docket_proto::auth::v1::WatchRevocationsRequest;
use docket_proto::auth::v1::revocation_service_client::RevocationServiceClient;
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::transfer_service_client::TransferServiceClient;
use docket_proto::task::v1::{ExportTasksRequest, ExportTasksResponse, GetTaskRequest, ImportTasksRequest};
use docket_rpc::Reason;
use docket_testkit::within_ten_seconds;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::site::{Place, Site};

const PLACES: [Place; 2] = [Place::InProcess, Place::Remote];

fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

#[tokio::test]
async fn a_call_and_its_error_go_through() {
    for place in PLACES {
        let site = Site::start_with(place, &[]).await;
        let mut client = TransferServiceClient::new(site.server.channel().await);
        // More than one HTTP/2 frame.
        let document = Bytes::from(vec![7; 100_000]);
        let answer = client.import_tasks(ImportTasksRequest { document, ..Default::default() }).await.unwrap();
        assert!(answer.metadata().contains_key("x-request-id"), "{place:?}");
        assert_eq!(answer.into_inner().created_tasks, 100_000, "{place:?}");

        let refused = ImportTasksRequest { validate_only: true, ..Default::default() };
        let status = client.import_tasks(refused).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::ResourceExhausted, "STORAGE_FULL".into()), "{place:?}");
    }
}

#[tokio::test]
async fn a_stream_comes_through_message_by_message() {
    for place in PLACES {
        let site = Site::start_with(place, &[]).await;
        let feed = site.stubs.transfer.feed();
        let mut client = TransferServiceClient::new(site.server.channel().await);
        let mut answers = client.export_tasks(ExportTasksRequest::default()).await.unwrap().into_inner();
        for chunk in ["one", "two", "three"] {
            // Each message is received before the next is sent: the gateway buffers none.
            feed.send(Ok(ExportTasksResponse { chunk: chunk.into() })).unwrap();
            let answer = within_ten_seconds(answers.message()).await.unwrap().unwrap();
            assert_eq!(answer.chunk, chunk, "{place:?}");
        }
        feed.send(Err(Reason::DatabaseUnavailable.status())).unwrap();
        let status = within_ten_seconds(answers.message()).await.unwrap_err();
        assert_eq!(reason(&status), "DATABASE_UNAVAILABLE", "{place:?}");
    }
}

#[tokio::test]
async fn an_open_stream_ends_with_a_status_when_the_gateway_stops() {
    for place in PLACES {
        let site = Site::start_with(place, &[]).await;
        let feed = site.stubs.transfer.feed();
        let mut client = TransferServiceClient::new(site.server.channel().await);
        let mut answers = client.export_tasks(ExportTasksRequest::default()).await.unwrap().into_inner();
        feed.send(Ok(ExportTasksResponse::default())).unwrap();
        within_ten_seconds(answers.message()).await.unwrap().unwrap();
        site.shutdown.cancel();
        let status = within_ten_seconds(answers.message()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::Unavailable, "SHUTTING_DOWN".into()), "{place:?}");
        drop((answers, client));
        site.server.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_stream_ends_it_at_the_service() {
    for place in PLACES {
        let site = Site::start_with(place, &[]).await;
        let feed = site.stubs.transfer.feed();
        let mut client = TransferServiceClient::new(site.server.channel().await);
        let answers = client.export_tasks(ExportTasksRequest::default()).await.unwrap();
        drop((answers, client));
        within_ten_seconds(feed.closed()).await;
    }
}

#[tokio::test]
async fn an_internal_service_answers_as_one_that_does_not_exist() {
    for place in PLACES {
        let site = Site::start_with(place, &[]).await;
        let mut client = RevocationServiceClient::new(site.server.channel().await);
        let status = client.watch_revocations(WatchRevocationsRequest::default()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::Unimplemented, "UNIMPLEMENTED".into()), "{place:?}");
        assert_eq!(site.stubs.revocations.calls(), 0, "{place:?}");
    }
}

#[tokio::test]
async fn a_public_service_that_is_not_there_is_unimplemented() {
    for place in PLACES {
        let site = Site::start_with(place, &[]).await;
        let mut client = TaskServiceClient::new(site.server.channel().await);
        let status = client.get_task(GetTaskRequest::default()).await.unwrap_err();
        assert_eq!((status.code(), reason(&status)), (Code::Unimplemented, "UNIMPLEMENTED".into()), "{place:?}");
    }
}
