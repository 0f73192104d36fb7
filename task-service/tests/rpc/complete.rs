//! CompleteTask and ReopenTask.

use chrono::TimeDelta;
use docket_proto::task::v1::task::State;
use docket_testkit::on_both_databases;

use crate::kit::{Service, faults, reason, unknown_id};

on_both_databases! {
    async fn a_task_is_completed_once_and_reopened_once(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let open = account.add("x").await;
        service.clock.advance(TimeDelta::seconds(1));
        let completed = account.complete(&open.id, "").await.unwrap();
        assert_eq!((completed.state(), completed.complete_time), (State::Completed, completed.update_time));
        assert_ne!(completed.etag, open.etag);

        service.clock.advance(TimeDelta::seconds(1));
        assert_eq!(account.complete(&open.id, "").await.unwrap(), completed, "again");
        assert_eq!(account.get(&open.id).await.unwrap(), completed);

        let reopened = account.reopen(&open.id, "").await.unwrap();
        assert_eq!((reopened.state(), reopened.complete_time), (State::Open, None));
        service.clock.advance(TimeDelta::seconds(1));
        assert_eq!(account.reopen(&open.id, "").await.unwrap(), reopened, "again");
    }

    async fn only_the_version_seen_is_completed_and_reopened(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let seen = account.add("x").await;
        assert_eq!(reason(account.complete(&seen.id, "nonsense").await), "ETAG_MISMATCH");
        let completed = account.complete(&seen.id, &seen.etag).await.unwrap();
        assert_eq!(reason(account.reopen(&seen.id, &seen.etag).await), "ETAG_MISMATCH");
        account.reopen(&seen.id, &completed.etag).await.unwrap();
    }

    async fn what_is_not_there_or_in_the_trash_is_not_found(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let deleted = account.add("x").await.id;
        account.delete(&deleted, "").await.unwrap();
        for id in [deleted, unknown_id()] {
            assert_eq!(reason(account.complete(&id, "").await), "NOT_FOUND");
            assert_eq!(reason(account.reopen(&id, "").await), "NOT_FOUND");
        }
        assert_eq!(faults(account.complete("x", "").await), ["id"]);
        assert_eq!(faults(account.reopen("", "").await), ["id"]);
    }
}
