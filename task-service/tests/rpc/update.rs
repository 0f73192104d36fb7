//! UpdateTask.

use chrono::TimeDelta;
use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::task::{Priority, State};
use tonic::Code;

use crate::kit::{Account, Service, failure, faults, reason, titled, unknown_id};

fn full(title: &str) -> proto::Task {
    proto::Task {
        description: "text".into(),
        priority: Priority::High.into(),
        due: Some(proto::Due { local: "2026-12-24".into(), ..proto::Due::default() }),
        ..titled(title)
    }
}

async fn update_unmasked(account: &Account, task: proto::Task) -> Result<proto::Task, tonic::Status> {
    let request = proto::UpdateTaskRequest { task: Some(task), ..proto::UpdateTaskRequest::default() };
    Ok(account.tasks.clone().update_task(request).await?.into_inner().task.unwrap())
}

on_both_databases! {
    async fn a_mask_changes_what_it_names(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let before = account.create(full("before")).await.unwrap();
        service.clock.advance(TimeDelta::seconds(1));
        let change = proto::Task { id: before.id.clone(), ..full(" after ") };
        let after = account.update(change, &["title"]).await.unwrap();
        let expected = proto::Task {
            title: "after".into(),
            etag: after.etag.clone(),
            update_time: after.update_time,
            ..before.clone()
        };
        assert_eq!(after, expected);
        assert_ne!(after.etag, before.etag);
        assert!(after.update_time.unwrap().seconds > before.update_time.unwrap().seconds);
        assert_eq!(account.get(&before.id).await.unwrap(), after);
    }

    async fn a_mask_clears_what_is_empty(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.create(full("x")).await.unwrap();
        let empty = proto::Task { id: task.id.clone(), ..proto::Task::default() };
        let cleared = account.update(empty.clone(), &["description", "due", "priority"]).await.unwrap();
        assert_eq!((cleared.description.as_str(), cleared.due, cleared.priority), ("", None, 0));
        assert_eq!(cleared.title, "x");
        assert_eq!(faults(account.update(empty.clone(), &["title"]).await), ["task.title"]);
        assert_eq!(faults(account.update(empty, &["*"]).await), ["task.title"]);
    }

    async fn a_star_stands_for_all_that_can_be_written(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.create(full("x")).await.unwrap();
        let all = account.update(proto::Task { id: task.id, ..titled("y") }, &["*"]).await.unwrap();
        assert_eq!((all.title.as_str(), all.description.as_str(), all.due, all.priority), ("y", "", None, 0));
    }

    async fn without_a_mask_what_is_populated_changes(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.create(full("x")).await.unwrap();
        let changed = update_unmasked(&account, proto::Task { id: task.id.clone(), ..titled("y") }).await.unwrap();
        assert_eq!((changed.title.as_str(), changed.description.as_str()), ("y", "text"));

        // A client sends back what it read, with one field changed.
        account.complete(&task.id, "").await.unwrap();
        let read = account.get(&task.id).await.unwrap();
        let changed = update_unmasked(&account, proto::Task { title: "z".into(), ..read.clone() }).await.unwrap();
        assert_eq!((changed.title.as_str(), changed.state()), ("z", State::Completed));
        let changed = update_unmasked(&account, proto::Task { id: task.id, state: 1, ..proto::Task::default() }).await;
        assert_eq!(changed.unwrap().state(), State::Completed, "state has calls of its own");
    }

    async fn what_changes_nothing_leaves_everything(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.create(full("x")).await.unwrap();
        service.clock.advance(TimeDelta::seconds(1));
        assert_eq!(account.update(task.clone(), &["*"]).await.unwrap(), task);
    }

    async fn a_mask_that_names_anything_else_is_refused(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.create(full("x")).await.unwrap();
        for path in [
            "state", "id", "etag", "task_list_id", "parent_id", "position", "create_time", "update_time",
            "complete_time", "delete_time", "purge_time", "series_id", "labels", "recurrence", "nonsense", "due.local",
            "task.title", "Title", "", " title",
        ] {
            assert_eq!(faults(account.update(task.clone(), &[path]).await), ["update_mask"], "{path:?}");
            assert_eq!(faults(account.update(task.clone(), &["title", path]).await), ["update_mask"], "{path:?}");
        }
        assert_eq!(faults(account.update(task.clone(), &["*", "title"]).await), ["update_mask"]);
        assert_eq!(account.get(&task.id).await.unwrap(), task);
    }

    async fn what_comes_later_is_refused_where_all_or_what_is_populated_is_written(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        let with = |change: fn(&mut proto::Task)| {
            let mut task = task.clone();
            change(&mut task);
            task
        };
        for (later, field) in [
            (with(|task| task.labels = vec!["a".into()]), "task.labels"),
            (with(|task| task.recurrence = Some(proto::Recurrence::default())), "task.recurrence"),
            (with(|task| task.parent_id = unknown_id()), "task.parent_id"),
            (with(|task| task.position = "a0".into()), "task.position"),
            (with(|task| task.series_id = unknown_id()), "task.series_id"),
        ] {
            assert_eq!(faults(update_unmasked(&account, later.clone()).await), [field]);
            assert_eq!(faults(account.update(later.clone(), &["*"]).await), [field]);
            account.update(later, &["title"]).await.expect("it leaves that alone");
        }
    }

    async fn the_time_of_the_last_change_never_goes_back(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        service.clock.advance(TimeDelta::seconds(-3));
        let changed = account.update(proto::Task { title: "y".into(), ..task.clone() }, &["title"]).await.unwrap();
        assert_eq!(changed.update_time, task.update_time, "clients tell by it which of two versions is the later");
        assert_ne!(changed.etag, task.etag);
    }

    async fn a_fault_that_is_repeated_is_told_once(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        let paths = vec!["x"; 100_000];
        assert_eq!(faults(account.update(task, &paths).await), ["update_mask"], "no header holds as many");
    }

    async fn every_fault_is_told_at_once(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let request = proto::UpdateTaskRequest {
            task: Some(proto::Task { id: "x".into(), priority: 9, ..proto::Task::default() }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["title".into(), "priority".into(), "x".into()] }),
            request_id: "x".into(),
        };
        let mut told = faults(account.tasks.clone().update_task(request).await);
        told.sort();
        assert_eq!(told, ["request_id", "task.id", "task.priority", "task.title", "update_mask"]);
        let nothing = account.tasks.clone().update_task(proto::UpdateTaskRequest::default()).await;
        assert_eq!(faults(nothing), ["task"]);
    }

    async fn only_the_version_seen_is_written_over(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let seen = account.add("x").await;
        let current = account.update(proto::Task { title: "y".into(), ..seen.clone() }, &["title"]).await.unwrap();
        for etag in [seen.etag.as_str(), "nonsense", "*"] {
            let stale = proto::Task { title: "z".into(), etag: etag.into(), ..seen.clone() };
            assert_eq!(failure(account.update(stale, &["title"]).await), (Code::Aborted, "ETAG_MISMATCH".into()));
        }
        assert_eq!(account.get(&seen.id).await.unwrap(), current);
    }

    async fn of_two_writers_with_one_etag_one_is_told(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for round in 0..10 {
            let seen = account.add("x").await;
            let write = async |title: &str| {
                account.update(proto::Task { title: format!("{title}{round}"), ..seen.clone() }, &["title"]).await
            };
            let (first, second) = tokio::join!(write("a"), write("b"));
            let (done, refused) = if first.is_ok() { (first, second) } else { (second, first) };
            assert_eq!(reason(refused), "ETAG_MISMATCH");
            assert_eq!(account.get(&seen.id).await.unwrap(), done.unwrap());
        }
    }

    async fn what_is_not_there_or_in_the_trash_is_not_found(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        account.delete(&task.id, "").await.unwrap();
        assert_eq!(reason(account.update(task, &["title"]).await), "NOT_FOUND");
        assert_eq!(reason(account.update(proto::Task { id: unknown_id(), ..titled("x") }, &["title"]).await), "NOT_FOUND");
    }
}
