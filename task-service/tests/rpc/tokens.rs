//! Every call needs a good token, before anything else is looked at.

use docket_proto::task::v1 as proto;
use docket_proto::task::v1::task_list_service_client::TaskListServiceClient;
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::transfer_service_client::TransferServiceClient;
use docket_testkit::on_both_databases;
use prost_reflect::DescriptorPool;
use tonic::client::Grpc;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::kit::{Bearer, Service, failure, reason, titled};

/// Every method of the services, as a path.
pub(crate) fn methods() -> Vec<String> {
    let pool = DescriptorPool::decode(docket_proto::FILE_DESCRIPTOR_SET).unwrap();
    let services = pool.services().filter(|service| service.package_name() == "docket.task.v1");
    services
        .flat_map(|service| {
            let paths = service.methods().map(|method| format!("/{}/{}", service.full_name(), method.name()));
            paths.collect::<Vec<_>>()
        })
        .collect()
}

on_both_databases! {
    async fn without_a_token_no_call_is_answered(database: TestDatabase) {
        let service = Service::start(database).await;
        let channel = service.server.channel().await;
        let methods = methods();
        assert!(methods.len() >= 21);
        for method in methods {
            let mut client = Grpc::new(channel.clone());
            client.ready().await.unwrap();
            // An empty message is a request of every method, and a bad one of most.
            let codec = ProstCodec::<(), ()>::default();
            let answer = client.unary(Request::new(()), method.parse().unwrap(), codec).await;
            assert_eq!(failure(answer), (Code::Unauthenticated, "TOKEN_MISSING".to_owned()), "{method}");
        }
    }

    async fn a_bad_token_is_told_before_a_bad_request(database: TestDatabase) {
        let service = Service::start(database).await;
        let channel = service.server.channel().await;
        let bad = Bearer::new("not.a.token");
        let task = TaskServiceClient::with_interceptor(channel.clone(), bad.clone());
        assert_eq!(reason(task.clone().get_task(proto::GetTaskRequest::default()).await), "TOKEN_INVALID");
        let mut lists = TaskListServiceClient::with_interceptor(channel.clone(), bad.clone());
        assert_eq!(reason(lists.get_task_list(proto::GetTaskListRequest::default()).await), "TOKEN_INVALID");
        let mut transfer = TransferServiceClient::with_interceptor(channel, bad);
        assert_eq!(reason(transfer.import_tasks(proto::ImportTasksRequest::default()).await), "TOKEN_INVALID");
    }
}

on_both_databases! {
    async fn an_account_that_was_just_deleted_writes_nothing(database: TestDatabase) {
        let service = Service::start(database).await;
        let nobody = service.account_of(uuid::Uuid::from_u128(9).into()).await;
        assert_eq!(failure(nobody.create(titled("x")).await), (Code::Unauthenticated, "TOKEN_REVOKED".into()));
        let page = nobody.page(proto::ListTasksRequest::default()).await.unwrap();
        assert_eq!(page.tasks, []);
        assert_eq!(reason(nobody.list_page(proto::ListTaskListsRequest::default()).await), "TOKEN_REVOKED");
    }
}
