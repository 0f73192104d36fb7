//! `docket serve`.

use std::os::unix::fs::PermissionsExt as _;

use docket_proto::auth::v1::ListKeysRequest;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskRequest, GetTaskRequest, Task};
use docket_testkit::{eventually, within_ten_seconds};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::program::{Served, docket, run, sign_in, sign_up, signed};

#[tokio::test]
async fn it_says_where_the_page_is_and_two_commands_that_work() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let address = served.url.strip_prefix("http://").unwrap();
    let commands: Vec<&str> = served.greeting.lines().filter(|line| line.starts_with("  ")).map(str::trim).collect();
    let grpcurl = format!("grpcurl -plaintext {address} docket.auth.v1.KeyService/ListKeys");
    assert_eq!(commands, [grpcurl, format!("curl {}/.well-known/jwks.json", served.url)]);

    let keys = KeyServiceClient::new(served.channel().await).list_keys(ListKeysRequest {}).await.unwrap();
    assert_eq!(keys.into_inner().keys.len(), 1);
}

#[tokio::test]
async fn it_takes_calls_as_soon_as_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let channel = served.channel().await;
    let health = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(health.into_inner().status(), ServingStatus::Serving);
    let tokens = sign_up(channel.clone()).await;
    let request = CreateTaskRequest { task: Some(task()), ..CreateTaskRequest::default() };
    TaskServiceClient::new(channel).create_task(signed(&tokens, request)).await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let channel = served.channel().await;
    let tokens = sign_up(channel.clone()).await;
    let request = CreateTaskRequest { task: Some(task()), ..CreateTaskRequest::default() };
    let created = TaskServiceClient::new(channel).create_task(signed(&tokens, request)).await.unwrap();
    let created = created.into_inner().task.unwrap();
    served.terminate();
    assert!(served.ended().await.success());

    let served = Served::start(folder.path());
    let channel = served.channel().await;
    let tokens = sign_in(channel.clone()).await;
    let request = GetTaskRequest { id: created.id.clone() };
    let found = TaskServiceClient::new(channel).get_task(signed(&tokens, request)).await.unwrap();
    assert_eq!(found.into_inner().task, Some(created));
}

#[tokio::test]
async fn nobody_else_can_read_what_it_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let _served = Served::start(&data);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for name in ["docket.db", "master.key"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn it_stops_in_time_and_ends_open_streams_with_a_status() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let mut health = HealthClient::new(served.channel().await);
    let mut stream = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    within_ten_seconds(stream.message()).await.unwrap().unwrap();
    served.terminate();
    let end = loop {
        match within_ten_seconds(stream.message()).await {
            Ok(Some(last)) => assert_eq!(last.status(), ServingStatus::NotServing),
            Ok(None) => panic!("the stream ends as if all had been said"),
            Err(status) => break status,
        }
    };
    assert_eq!(end.get_details_error_info().unwrap().reason, "SHUTTING_DOWN");
    assert!(served.ended().await.success());
}

#[test]
fn several_that_start_at_once_on_a_fresh_folder_all_serve() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new");
    std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| Served::start(&data))).collect();
        for started in starting {
            assert!(started.join().unwrap().greeting.starts_with("Docket is ready"));
        }
    });
}

#[test]
fn several_migrations_at_once_of_a_fresh_folder_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new");
    std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..4).map(|_| scope.spawn(|| run(docket(["migrate", "--data-dir"]).arg(&data)))).collect();
        for done in running {
            let done = done.join().unwrap();
            assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        }
    });
}

#[tokio::test]
async fn it_serves_no_longer_once_its_database_file_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let channel = served.channel().await;
    let tokens = sign_up(channel.clone()).await;
    std::fs::remove_file(folder.path().join("docket.db")).unwrap();
    let health = HealthClient::new(channel.clone());
    let not_serving = || async {
        let health = health.clone().check(HealthCheckRequest::default()).await.unwrap().into_inner();
        (health.status() == ServingStatus::NotServing).then_some(())
    };
    eventually(not_serving).await;
    let request = CreateTaskRequest { task: Some(task()), ..CreateTaskRequest::default() };
    let refused = TaskServiceClient::new(channel).create_task(signed(&tokens, request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable, "what would be lost is not acknowledged: {refused:?}");
}

#[tokio::test]
async fn a_public_url_is_told_apart_from_where_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start_command(
        docket(["serve", "--listen", "127.0.0.1:0", "--public-url", "https://docket.example.org"])
            .arg("--data-dir")
            .arg(folder.path()),
    );
    assert!(served.greeting.starts_with("Docket is ready: https://docket.example.org"), "{}", served.greeting);
    // The printed commands use an address of this machine.
    assert!(served.url.starts_with("http://127.0.0.1:"), "{}", served.greeting);
}

fn task() -> Task {
    Task { title: "Buy milk".into(), ..Task::default() }
}
