//! Health and reflection, which the gateway answers itself.

use docket_testkit::{eventually, within_ten_seconds};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::site::{Place, Site};

const TRANSFER: &str = "docket.task.v1.TransferService";
const KEYS: &str = "docket.auth.v1.KeyService";

async fn wait_for(site: &Site, service: &str, expected: ServingStatus) {
    let client = HealthClient::new(site.server.channel().await);
    let look = || async {
        let request = HealthCheckRequest { service: service.into() };
        let answer = client.clone().check(request).await.unwrap().into_inner();
        (answer.status() == expected).then_some(())
    };
    eventually(look).await;
}

#[tokio::test]
async fn a_service_is_as_healthy_as_it_says() {
    for place in [Place::InProcess, Place::Remote] {
        let site = Site::start_with(place, &[]).await;
        wait_for(&site, TRANSFER, ServingStatus::Serving).await;
        wait_for(&site, KEYS, ServingStatus::Serving).await;
        site.stubs.health.set(TRANSFER, false);
        wait_for(&site, TRANSFER, ServingStatus::NotServing).await;
        wait_for(&site, KEYS, ServingStatus::Serving).await;
        site.stubs.health.set(TRANSFER, true);
        wait_for(&site, TRANSFER, ServingStatus::Serving).await;
    }
}

#[tokio::test]
async fn a_service_that_is_gone_is_not_healthy() {
    let mut site = Site::start_with(Place::Remote, &[]).await;
    wait_for(&site, TRANSFER, ServingStatus::Serving).await;
    wait_for(&site, KEYS, ServingStatus::Serving).await;
    site.remote.remove(0).stop().await;
    wait_for(&site, KEYS, ServingStatus::NotServing).await;
    wait_for(&site, TRANSFER, ServingStatus::Serving).await;
}

#[tokio::test]
async fn an_internal_service_has_no_health_here() {
    let site = Site::start().await;
    let request = HealthCheckRequest { service: "docket.auth.v1.RevocationService".into() };
    let status = HealthClient::new(site.server.channel().await).check(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::NotFound);
}

async fn reflect(site: &Site) -> Result<ServerReflectionResponse, tonic::Status> {
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(site.server.channel().await);
    let mut answers = client.server_reflection_info(tokio_stream::once(ask)).await?.into_inner();
    Ok(within_ten_seconds(answers.message()).await?.expect("one answer to one question"))
}

#[tokio::test]
async fn reflection_lists_what_clients_may_call() {
    let site = Site::start().await;
    let Some(MessageResponse::ListServicesResponse(list)) = reflect(&site).await.unwrap().message_response else {
        panic!("no list")
    };
    let mut names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "docket.auth.v1.AccountService",
            "docket.auth.v1.AuthService",
            "docket.auth.v1.KeyService",
            "docket.task.v1.TaskListService",
            "docket.task.v1.TaskService",
            "docket.task.v1.TransferService",
            "grpc.health.v1.Health",
        ]
    );
}

#[tokio::test]
async fn reflection_can_be_switched_off() {
    let site = Site::start_with(Place::InProcess, &["--reflection", "false"]).await;
    assert_eq!(reflect(&site).await.unwrap_err().code(), tonic::Code::Unimplemented);
}
