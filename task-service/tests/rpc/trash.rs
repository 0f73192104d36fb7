//! DeleteTask and UndeleteTask.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use tonic::Code;

use crate::kit::{Service, failure, faults, named, reason, titled, unknown_id};

on_both_databases! {
    async fn a_deleted_task_lies_in_the_trash_for_thirty_days(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        let deleted = account.delete(&task.id, &task.etag).await.unwrap();
        assert_eq!(deleted.delete_time, Some(prost_types::Timestamp { seconds: service.clock.now().timestamp(), nanos: 0 }));
        assert_eq!(deleted.purge_time.unwrap().seconds - deleted.delete_time.unwrap().seconds, 30 * 86_400);
        assert_ne!(deleted.etag, task.etag);
        assert_eq!(account.get(&task.id).await.unwrap(), deleted);
        assert_eq!(account.page(proto::ListTasksRequest::default()).await.unwrap().tasks, []);
        let all = proto::ListTasksRequest { show_deleted: true, ..proto::ListTasksRequest::default() };
        assert_eq!(account.page(all).await.unwrap().tasks, [deleted]);
    }

    async fn what_comes_back_is_as_it_was(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let list = account.create_list(named("list")).await.unwrap();
        let task = account.create(proto::Task { task_list_id: list.id, ..titled("x") }).await.unwrap();
        let before = account.complete(&task.id, "").await.unwrap();
        account.delete(&task.id, "").await.unwrap();
        let back = account.undelete(&task.id).await.unwrap();
        let expected = proto::Task { etag: back.etag.clone(), update_time: back.update_time, ..before.clone() };
        assert_eq!(back, expected);
        assert_ne!(back.etag, before.etag);
        assert_eq!(account.get(&task.id).await.unwrap(), back);
    }

    async fn what_is_deleted_can_t_be_deleted_and_what_is_not_can_t_come_back(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let id = account.add("x").await.id;
        assert_eq!(failure(account.undelete(&id).await), (Code::AlreadyExists, "NOT_DELETED".into()));
        account.delete(&id, "").await.unwrap();
        assert_eq!(reason(account.delete(&id, "").await), "NOT_FOUND");
        account.undelete(&id).await.unwrap();
        assert_eq!(reason(account.undelete(&id).await), "NOT_DELETED");
    }

    async fn only_the_version_seen_is_deleted(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        assert_eq!(reason(account.delete(&task.id, "nonsense").await), "ETAG_MISMATCH");
        assert_eq!(account.get(&task.id).await.unwrap(), task);
    }

    async fn what_is_not_there_is_not_found(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        assert_eq!(reason(account.delete(&unknown_id(), "").await), "NOT_FOUND");
        assert_eq!(reason(account.undelete(&unknown_id()).await), "NOT_FOUND");
        assert_eq!(faults(account.delete("", "").await), ["id"]);
        assert_eq!(faults(account.undelete("x").await), ["id"]);
    }
}
