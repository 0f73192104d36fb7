//! What `grpc.health.v1` and reflection tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use docket_rpc::{Health, reflection, shield};
use docket_testkit::{TestServer, eventually};
use futures_util::stream;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::service::Routes;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus::{self, NotServing, ServiceUnknown, Serving};
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::echo::{info, settings};

const TASKS: &str = "docket.task.v1.TaskService";
const LISTS: &str = "docket.task.v1.TaskListService";

fn asking(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.into() }
}

/// The status, or the reason of the error.
async fn check(health: &Health, shutdown: &CancellationToken, service: &str) -> Result<ServingStatus, String> {
    let mut client = HealthClient::new(shield(Routes::new(health.service()), settings(shutdown)));
    client.check(asking(service)).await.map(|answer| answer.into_inner().status()).map_err(|status| info(&status))
}

#[tokio::test]
async fn a_service_is_as_it_was_last_said_to_be() {
    let shutdown = CancellationToken::new();
    let health = Health::new(shutdown.clone());
    assert_eq!(check(&health, &shutdown, "").await, Ok(NotServing), "nothing is ready yet");
    assert_eq!(check(&health, &shutdown, TASKS).await, Err("NOT_FOUND".into()));

    health.set(TASKS, true);
    assert_eq!(check(&health, &shutdown, TASKS).await, Ok(Serving));
    assert_eq!(check(&health, &shutdown, "").await, Ok(Serving));
    health.set(LISTS, false);
    assert_eq!(check(&health, &shutdown, TASKS).await, Ok(Serving));
    assert_eq!(check(&health, &shutdown, "").await, Ok(NotServing), "the whole serves where each part does");
}

#[tokio::test]
async fn what_a_service_finds_of_itself_is_told_as_it_changes() {
    let health = Health::new(CancellationToken::new());
    let ready = Arc::new(AtomicBool::new(false));
    let follower = tokio::spawn({
        let (health, ready) = (health.clone(), Arc::clone(&ready));
        async move { health.follow(&[TASKS, LISTS], || async { ready.load(Ordering::Relaxed) }).await }
    });
    for expected in [false, true, false] {
        ready.store(expected, Ordering::Relaxed);
        eventually(|| std::future::ready((health.is_serving() == expected).then_some(()))).await;
    }
    follower.abort();
}

#[tokio::test(start_paused = true)]
async fn a_service_that_can_not_find_out_does_not_serve() {
    let health = Health::new(CancellationToken::new());
    health.set(TASKS, true);
    let follow = health.follow(&[TASKS], std::future::pending::<bool>);
    tokio::select! {
        () = follow => unreachable!("it follows for ever"),
        () = tokio::time::sleep(Duration::from_secs(3)) => {}
    }
    assert!(!health.is_serving());
}

#[tokio::test]
async fn a_server_that_drains_does_not_serve_whatever_its_services_say() {
    let shutdown = CancellationToken::new();
    let health = Health::new(shutdown.clone());
    health.set(TASKS, true);
    shutdown.cancel();
    health.set(TASKS, true);
    assert_eq!(check(&health, &shutdown, TASKS).await, Ok(NotServing));
    assert!(!health.is_serving());
}

#[tokio::test]
async fn a_watcher_learns_of_each_change_and_of_the_end() {
    let shutdown = CancellationToken::new();
    let health = Health::new(shutdown.clone());
    let mut client = HealthClient::new(shield(Routes::new(health.service()), settings(&shutdown)));
    let mut statuses = client.watch(asking(TASKS)).await.expect("anybody may watch").into_inner();
    let mut next = async || statuses.next().await.expect("not the end").map(|answer| answer.status());

    assert_eq!(next().await.expect("a status"), ServiceUnknown);
    health.set(TASKS, true);
    assert_eq!(next().await.expect("a status"), Serving);
    health.set(LISTS, true);
    health.set(TASKS, false);
    assert_eq!(next().await.expect("a status"), NotServing, "what happens to others is no news");
    health.set(TASKS, true);
    assert_eq!(next().await.expect("a status"), Serving);
    shutdown.cancel();
    assert_eq!(next().await.expect("a status"), NotServing, "before the stream ends");
    assert_eq!(info(&next().await.expect_err("the end")), "SHUTTING_DOWN");
}

async fn reflect(server: &TestServer, question: MessageRequest) -> Result<MessageResponse, tonic::Status> {
    let mut client = ServerReflectionClient::new(server.channel().await);
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut answers = client.server_reflection_info(stream::iter([request])).await?.into_inner();
    let ServerReflectionResponse { message_response, .. } = answers.message().await?.expect("an answer");
    Ok(message_response.expect("it says something"))
}

#[tokio::test]
async fn reflection_lists_the_services_that_it_is_given_and_describes_them() {
    let shutdown = CancellationToken::new();
    let shielded = shield(reflection(Routes::default(), &[TASKS, LISTS]), settings(&shutdown));
    let server = TestServer::start(|listener, shutdown| {
        docket_rpc::serve(listener, shielded, shutdown, docket_rpc::ServerSettings::default())
    })
    .await;

    let MessageResponse::ListServicesResponse(list) =
        reflect(&server, MessageRequest::ListServices(String::new())).await.expect("a list")
    else {
        panic!("another answer than a list");
    };
    let names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    assert_eq!(names, [TASKS, LISTS, "grpc.health.v1.Health"]);

    for symbol in [TASKS, "docket.task.v1.Task", "google.protobuf.Timestamp", "grpc.health.v1.Health"] {
        let answer = reflect(&server, MessageRequest::FileContainingSymbol(symbol.into())).await;
        assert!(matches!(answer, Ok(MessageResponse::FileDescriptorResponse(_))), "{symbol}: {answer:?}");
    }
    let unknown = reflect(&server, MessageRequest::FileContainingSymbol("nobody.Nothing".into())).await;
    let unknown = unknown.expect_err("there is no such thing");
    assert_eq!((unknown.code(), info(&unknown).as_str()), (Code::NotFound, "NOT_FOUND"));
    server.stop().await;
}
