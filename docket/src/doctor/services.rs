//! The checks of services in other processes: whether they answer, are what they should be, and agree with the settings.

use std::path::Path;
use std::time::Duration;

use docket_identity::{Clock, ServiceCredential};
use docket_process::Fault;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::auth::v1::revocation_service_client::RevocationServiceClient;
use docket_proto::auth::v1::{ListKeysRequest, ListKeysResponse, WatchRevocationsRequest};
use docket_proto::task::v1::task_service_server;
use docket_rpc::{FollowError, Origin, ServiceUrl, time};
use task_service::program::read_credential;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::clock::compare;

/// Time limit for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Checks that the auth service at `url` issues tokens under `public_url`, goes by the same time, and knows the
/// credential in the file, where one is given.
pub(super) async fn auth(
    url: &ServiceUrl,
    credential: Option<&Path>,
    public_url: &Origin,
    clock: &Clock,
) -> Result<String, Fault> {
    let at_url = |error: Status| Fault::new(url, FollowError::from(error));
    let mut keys = KeyServiceClient::new(url.channel());
    let before = clock.now();
    let ListKeysResponse { issuer, server_time, .. } =
        in_time(keys.list_keys(ListKeysRequest {})).await.map_err(at_url)?;
    if issuer != public_url.to_string() {
        return Err(Fault::text(format!(
            "{url} issues tokens under {issuer}, and the public URL here is {public_url}: give all the same --public-url"
        )));
    }
    if let Some(theirs) = server_time.and_then(time) {
        compare("the auth service's", theirs, before, clock.now())?;
    }
    let Some(file) = credential else { return Ok(format!("{url} answers, and the clocks agree")) };
    watch(url, &read_credential(file)?, clock).await.map_err(at_url)?;
    Ok(format!("{url} answers and knows the credential, and the clocks agree"))
}

async fn watch(url: &ServiceUrl, credential: &ServiceCredential, clock: &Clock) -> Result<(), Status> {
    let mut request = Request::new(WatchRevocationsRequest::default());
    let token = format!("Bearer {}", credential.token(clock.now()));
    request.metadata_mut().insert("authorization", token.parse().expect("a token is visible ASCII"));
    in_time(RevocationServiceClient::new(url.channel()).watch_revocations(request)).await.map(drop)
}

/// Checks that the task service at `url` can do its work.
pub(super) async fn task(url: &ServiceUrl) -> Result<String, Fault> {
    let service = task_service_server::SERVICE_NAME.to_owned();
    let answer = in_time(HealthClient::new(url.channel()).check(HealthCheckRequest { service })).await;
    match answer {
        Ok(answer) if answer.status() == ServingStatus::Serving => Ok(format!("{url} answers and is ready")),
        Ok(_) => Err(Fault::text(format!("{url} answers, and is not ready: its log says why"))),
        Err(status) if matches!(status.code(), Code::NotFound | Code::Unimplemented) => {
            Err(Fault::text(format!("what answers at {url} is no task service: check --task-url")))
        }
        Err(status) => Err(Fault::new(format!("cannot reach the task service at {url}"), status)),
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<Response<T>, Status>>) -> Result<T, Status> {
    let late = |_| Status::deadline_exceeded("no answer within five seconds");
    Ok(tokio::time::timeout(TIMEOUT, answer).await.map_err(late)??.into_inner())
}
