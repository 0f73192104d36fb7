//! What comes later says so.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::transfer_service_client::TransferServiceClient;
use tonic::Code;

use crate::kit::{Bearer, Service, failure};

on_both_databases! {
    async fn calls_of_later_releases_are_unimplemented(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let (mut tasks, mut lists) = (account.tasks.clone(), account.lists.clone());
        let mut transfer = TransferServiceClient::with_interceptor(account.channel.clone(), Bearer::new(&account.token));
        for failed in [
            failure(tasks.move_task(proto::MoveTaskRequest::default()).await),
            failure(tasks.list_task_changes(proto::ListTaskChangesRequest::default()).await),
            failure(tasks.watch_task_changes(proto::WatchTaskChangesRequest::default()).await),
            failure(tasks.apply_task_commands(proto::ApplyTaskCommandsRequest::default()).await),
            failure(lists.get_task_list(proto::GetTaskListRequest::default()).await),
            failure(lists.update_task_list(proto::UpdateTaskListRequest::default()).await),
            failure(lists.delete_task_list(proto::DeleteTaskListRequest::default()).await),
            failure(lists.undelete_task_list(proto::UndeleteTaskListRequest::default()).await),
            failure(lists.move_task_list(proto::MoveTaskListRequest::default()).await),
            failure(transfer.export_tasks(proto::ExportTasksRequest::default()).await),
            failure(transfer.import_tasks(proto::ImportTasksRequest::default()).await),
        ] {
            assert_eq!(failed, (Code::Unimplemented, "UNIMPLEMENTED".to_owned()));
        }
    }
}
