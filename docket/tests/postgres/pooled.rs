//! Calls through the pooler.

use std::time::Duration;

use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::auth::v1::{SessionTokens, SignInRequest, SignOutRequest, SignUpRequest};
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CompleteTaskRequest, CreateTaskRequest, ListTasksRequest, Task};
use docket_testkit::{ThreeProcesses, eventually, free_address};
use tokio::time::Instant;
use tonic::{Code, Request};

const PASSWORD: &str = "violet otter canyon 7";
/// Within this a sign-out counts in every process.
const PROMISED: Duration = Duration::from_secs(1);

fn signed<T>(tokens: &SessionTokens, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {}", tokens.access_token).parse().unwrap());
    request
}

#[tokio::test]
async fn calls_work_through_a_pooler_and_a_sign_out_counts_everywhere_within_a_second() {
    let (cluster, urls) = crate::cluster().await;
    let (_pooler, urls) = crate::through_pooler(&cluster, &urls).await;
    // The task service follows one auth service, and people sign out at the other: it hears of that by looking, since
    // there is no LISTEN.
    let three = ThreeProcesses::prepare_at(&crate::program(), urls);
    let auth = three.start_auth().ready().await;
    let replica = three.start_auth_at(free_address()).ready().await;
    let task = three.start_task(&[]).ready().await;

    let sign_up = SignUpRequest {
        display_name: "Ada".into(),
        email: "ada@example.org".into(),
        password: PASSWORD.into(),
        ..SignUpRequest::default()
    };
    let mut accounts = AuthServiceClient::new(auth.channel());
    accounts.sign_up(sign_up).await.unwrap();
    let mut tasks = TaskServiceClient::new(task.channel());
    for round in 0..3 {
        let sign_in =
            SignInRequest { email: "ada@example.org".into(), password: PASSWORD.into(), ..SignInRequest::default() };
        let mut replica = AuthServiceClient::new(replica.channel());
        let tokens = replica.sign_in(sign_in).await.unwrap().into_inner().tokens.unwrap();
        for number in 0..10 {
            let new = Task { title: format!("task {number}"), ..Task::default() };
            let create = CreateTaskRequest { task: Some(new), ..CreateTaskRequest::default() };
            let made = tasks.create_task(signed(&tokens, create)).await.unwrap().into_inner().task.unwrap();
            let complete = CompleteTaskRequest { id: made.id, ..CompleteTaskRequest::default() };
            tasks.complete_task(signed(&tokens, complete)).await.unwrap();
        }
        let list = || ListTasksRequest { page_size: 200, ..ListTasksRequest::default() };
        let listed = tasks.list_tasks(signed(&tokens, list())).await.unwrap().into_inner().tasks;
        assert_eq!(listed.len(), 10 * (round + 1));

        replica.sign_out(signed(&tokens, SignOutRequest::default())).await.unwrap();
        let signed_out = Instant::now();
        let refused = eventually(async || tasks.clone().list_tasks(signed(&tokens, list())).await.err()).await;
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert!(signed_out.elapsed() < PROMISED, "{:?}", signed_out.elapsed());
    }
}
