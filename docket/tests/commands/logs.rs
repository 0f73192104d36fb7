//! The log of `docket serve` tells of calls, but not of their contents.

use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::auth::v1::{RefreshSessionRequest, SignInRequest};
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskRequest, Task};
use tonic::Request;

use crate::program::{EMAIL, PASSWORD, Served, sign_up, signed};

const WRONG_PASSWORD: &str = "wrong zebra lantern 8";
const TITLE: &str = "a title that is nobody else's business";

#[tokio::test]
async fn a_start_logs_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let served = Served::start_logging(folder.path(), "warn", &log);
    served.terminate();
    assert!(served.ended().await.success());
    let log = std::fs::read_to_string(log).unwrap();
    // Without a mail server, mails are files.
    assert!(log.lines().count() == 1 && log.contains("set --smtp-url"), "{log}");
}

#[tokio::test]
async fn not_even_the_most_talkative_log_holds_what_is_secret_or_personal() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let served = Served::start_logging(folder.path(), "trace", &log);
    let channel = served.channel().await;
    let tokens = sign_up(channel.clone()).await;
    let mut auth = AuthServiceClient::new(channel.clone());
    let wrong = SignInRequest { email: EMAIL.into(), password: WRONG_PASSWORD.into(), ..SignInRequest::default() };
    auth.sign_in(wrong).await.unwrap_err();
    let mut refresh = Request::new(RefreshSessionRequest::default());
    refresh.metadata_mut().insert("cookie", format!("docket_refresh={}", tokens.refresh_token).parse().unwrap());
    refresh.metadata_mut().insert("origin", served.url.parse().unwrap());
    let refreshed = auth.refresh_session(refresh).await.unwrap();
    let cookie = refreshed.metadata().get("set-cookie").unwrap().to_str().unwrap();
    let newest = cookie.split([';', '=']).nth(1).unwrap();
    let task = Some(Task { title: TITLE.into(), ..Task::default() });
    let create = CreateTaskRequest { task, ..CreateTaskRequest::default() };
    TaskServiceClient::new(channel).create_task(signed(&tokens, create)).await.unwrap();
    served.terminate();
    assert!(served.ended().await.success());

    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("docket.task.v1.TaskService/CreateTask"), "it tells of each call");
    for secret in [PASSWORD, WRONG_PASSWORD, EMAIL, TITLE, &tokens.access_token, &tokens.refresh_token, newest] {
        assert!(!log.contains(secret), "{secret}");
    }
}
