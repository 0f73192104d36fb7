//! How large a message may be.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::transfer_service_client::TransferServiceClient;
use tonic::Code;

use crate::kit::{Bearer, Service, failure, faults, titled};

on_both_databases! {
    async fn messages_about_tasks_have_at_most_a_mebibyte(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let described = |length| proto::Task { description: "a".repeat(length), ..titled("x") };
        assert_eq!(faults(account.create(described(1024 * 1024 - 100)).await), ["task.description"]);
        let too_large = account.create(described(1024 * 1024)).await;
        assert_eq!(failure(too_large), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()));
    }

    async fn documents_may_be_larger(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let mut transfer = TransferServiceClient::with_interceptor(account.channel.clone(), Bearer::new(&account.token));
        let document = |length| proto::ImportTasksRequest { document: vec![0; length].into(), ..Default::default() };
        assert_eq!(failure(transfer.import_tasks(document(4 * 1024 * 1024)).await).1, "UNIMPLEMENTED");
        assert_eq!(failure(transfer.import_tasks(document(5 * 1024 * 1024)).await).1, "MESSAGE_TOO_LARGE");
    }
}
