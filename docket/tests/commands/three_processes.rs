//! `docket auth`, `docket task` and `docket gateway` on PostgreSQL.

use docket_proto::auth::v1::SignOutRequest;
use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskRequest, Task};
use docket_testkit::{Program, ThreeProcesses};

use crate::program::{sign_up, signed};

fn create() -> CreateTaskRequest {
    CreateTaskRequest { task: Some(Task { title: "Buy milk".into(), ..Task::default() }), ..Default::default() }
}

#[tokio::test]
async fn three_processes_do_what_one_does_in_whatever_order_they_start() {
    let three = ThreeProcesses::prepare(&Program::named_or(env!("CARGO_BIN_EXE_docket"))).await;
    let gateway = three.start_gateway(&[]);
    let task = three.start_task(&[]);
    let auth = three.start_auth().ready().await;
    let (_task, gateway) = (task.ready().await, gateway.ready().await);

    let channel = gateway.channel();
    let tokens = sign_up(channel.clone()).await;
    let mut tasks = TaskServiceClient::new(channel.clone());
    let created = tasks.create_task(signed(&tokens, create())).await.unwrap().into_inner().task.unwrap();
    assert_eq!(created.title, "Buy milk");
    AuthServiceClient::new(channel.clone()).sign_out(signed(&tokens, SignOutRequest::default())).await.unwrap();

    auth.kill();
    let status = AuthServiceClient::new(channel).sign_in(docket_proto::auth::v1::SignInRequest::default()).await;
    assert_eq!(status.unwrap_err().code(), tonic::Code::Unavailable);
}
