//! Calls of a signed-in account with the generated clients.

use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::auth::v1::{SessionTokens, SignInRequest, SignUpRequest};
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskRequest, GetTaskRequest, Task};
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

const PASSWORD: &str = "violet otter canyon 7";

fn email(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

/// Creates an account with this name and returns the tokens of its session.
pub(crate) async fn sign_up(auth: Channel, name: &str) -> SessionTokens {
    let request = SignUpRequest {
        display_name: name.to_owned(),
        email: email(name),
        password: PASSWORD.to_owned(),
        ..SignUpRequest::default()
    };
    let answer = AuthServiceClient::new(auth).sign_up(request).await.expect("the account is new");
    answer.into_inner().tokens.expect("no verification is asked for")
}

/// Opens another session of the account with this name.
pub(crate) async fn sign_in(auth: Channel, name: &str) -> SessionTokens {
    let request = SignInRequest { email: email(name), password: PASSWORD.to_owned(), ..SignInRequest::default() };
    let answer = AuthServiceClient::new(auth).sign_in(request).await.expect("the password is right");
    answer.into_inner().tokens.expect("a session was opened")
}

/// Creates a task and returns its id.
pub(crate) async fn create_task(task: Channel, access_token: &str, title: &str) -> String {
    let new = Task { title: title.to_owned(), ..Task::default() };
    let request = CreateTaskRequest { task: Some(new), ..CreateTaskRequest::default() };
    let answer = TaskServiceClient::new(task).create_task(bearing(request, access_token)).await;
    answer.expect("the task is good").into_inner().task.expect("the answer holds the task").id
}

/// Returns a task.
pub(crate) async fn get_task(task: Channel, access_token: &str, id: &str) -> Result<Task, Status> {
    let request = GetTaskRequest { id: id.to_owned() };
    let answer = TaskServiceClient::new(task).get_task(bearing(request, access_token)).await?;
    Ok(answer.into_inner().task.expect("the answer holds the task"))
}

/// A request with an access token.
pub(crate) fn bearing<T>(message: T, access_token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {access_token}").parse().expect("a token is ASCII");
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// The `reason` of the status's `ErrorInfo`; empty where it has none.
pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}
