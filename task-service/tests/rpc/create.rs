//! CreateTask and GetTask.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::task::{Priority, State};
use tonic::Code;

use crate::kit::{Service, failure, faults, named, reason, titled, unknown_id};

fn bad(change: impl Fn(&mut proto::Task)) -> proto::Task {
    let mut task = titled("good");
    change(&mut task);
    task
}

on_both_databases! {
    async fn a_title_is_enough(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("  Cafe\u{301} \n").await;
        assert_eq!(task.title, "Caf\u{e9}");
        assert_eq!((task.state(), task.priority()), (State::Open, Priority::Unspecified));
        assert_eq!((task.description.as_str(), &task.due, &task.complete_time), ("", &None, &None));
        assert_eq!((&task.delete_time, &task.purge_time), (&None, &None));
        assert!(task.create_time.is_some() && task.create_time == task.update_time);
        assert!(!task.etag.is_empty() && !task.task_list_id.is_empty());
        assert_eq!(account.get(&task.id).await.unwrap(), task);
    }

    async fn all_fields_come_back_as_they_were_sent(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let list = account.create_list(named("list")).await.unwrap();
        let sent = proto::Task {
            id: unknown_id(),
            title: "Milk".into(),
            description: " *two*\r\n\tlines ".into(),
            priority: Priority::High.into(),
            task_list_id: list.id.clone(),
            due: Some(proto::Due { local: "2026-12-24T18:30".into(), time_zone: "Europe/Berlin".into(), overdue_time: None }),
            ..proto::Task::default()
        };
        let mut task = account.create(sent.clone()).await.unwrap();
        assert_eq!(account.get(&task.id).await.unwrap(), task);
        let overdue = task.due.as_mut().unwrap().overdue_time.take();
        assert_eq!(overdue.unwrap().seconds, 1_798_133_400);
        assert_eq!((task.id, task.title, task.description), (sent.id, sent.title, sent.description));
        assert_eq!((task.priority, task.task_list_id, task.due), (sent.priority, sent.task_list_id, sent.due));
    }

    async fn what_the_server_writes_is_ignored(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let long_ago = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
        let task = account
            .create(bad(|task| {
                task.set_state(State::Completed);
                task.etag = "x".into();
                task.create_time = long_ago;
                task.update_time = long_ago;
                task.complete_time = long_ago;
                task.delete_time = long_ago;
                task.purge_time = long_ago;
            }))
            .await
            .unwrap();
        assert_eq!((task.state(), task.complete_time, task.delete_time), (State::Open, None, None));
        assert_ne!(task.create_time, long_ago);
    }

    async fn every_fault_is_told_at_once_where_it_is(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let due = |local: &str, zone: &str| {
            Some(proto::Due { local: local.into(), time_zone: zone.into(), overdue_time: None })
        };
        for (task, fields) in [
            (titled(""), vec!["task.title"]),
            (titled("\u{2003} "), vec!["task.title"]),
            (titled(&"\u{1f600}".repeat(201)), vec!["task.title"]),
            (titled("a\0b"), vec!["task.title"]),
            (bad(|task| task.description = "a".repeat(10_001)), vec!["task.description"]),
            (bad(|task| task.description = "\u{7}".into()), vec!["task.description"]),
            (bad(|task| task.priority = 4), vec!["task.priority"]),
            (bad(|task| task.priority = -1), vec!["task.priority"]),
            (bad(|task| task.id = "x".into()), vec!["task.id"]),
            (bad(|task| task.id = "0193a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b".into()), vec!["task.id"]),
            (bad(|task| task.task_list_id = "x".into()), vec!["task.task_list_id"]),
            (bad(|task| task.due = due("2026-02-30", "")), vec!["task.due.local"]),
            (bad(|task| task.due = due("2026-12-24T18:30", "")), vec!["task.due.time_zone"]),
            (bad(|task| task.due = due("2026-12-24", "Europe/Berlin")), vec!["task.due.time_zone"]),
            (bad(|task| task.due = due("2026-12-24T18:30", "Mars/Base")), vec!["task.due.time_zone"]),
            (bad(|task| task.due = due("", "Mars/Base")), vec!["task.due.local", "task.due.time_zone"]),
            (bad(|task| task.labels = vec!["home".into()]), vec!["task.labels"]),
            (bad(|task| task.parent_id = unknown_id()), vec!["task.parent_id"]),
            (bad(|task| task.recurrence = Some(proto::Recurrence::default())), vec!["task.recurrence"]),
            (bad(|task| task.position = "a0".into()), vec!["task.position"]),
            (bad(|task| task.series_id = unknown_id()), vec!["task.series_id"]),
        ] {
            assert_eq!(faults(account.create(task.clone()).await), fields, "{task:?}");
        }
        let all = proto::Task { id: "x".into(), priority: 9, due: due("x", ""), labels: vec!["x".into()], ..titled("") };
        let mut told = faults(account.create_once(all, "x").await);
        told.sort();
        let fields = ["request_id", "task.due.local", "task.id", "task.labels", "task.priority", "task.title"];
        assert_eq!(told, fields);
        let nothing = account.tasks.clone().create_task(proto::CreateTaskRequest::default()).await;
        assert_eq!(faults(nothing), ["task"]);
    }

    async fn the_longest_texts_are_kept(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let (title, description) = ("\u{1f600}".repeat(200), "\u{1f600}".repeat(10_000));
        let task = account.create(bad(|task| {
            task.title.clone_from(&title);
            task.description.clone_from(&description);
        })).await.unwrap();
        let read = account.get(&task.id).await.unwrap();
        assert_eq!((read.title, read.description), (title, description));
    }

    async fn a_chosen_id_is_taken_once_an_account(database: TestDatabase) {
        let service = Service::start(database).await;
        let (account, stranger) = (service.account().await, service.account().await);
        let chosen = bad(|task| task.id = unknown_id().to_uppercase());
        let task = account.create(chosen.clone()).await.unwrap();
        assert_eq!(task.id, unknown_id());
        assert_eq!(failure(account.create(chosen.clone()).await), (Code::AlreadyExists, "ID_TAKEN".into()));
        assert_eq!(stranger.create(chosen.clone()).await.unwrap().id, task.id);
        account.delete(&task.id, "").await.unwrap();
        assert_eq!(reason(account.create(chosen).await), "ID_TAKEN", "also in the trash");
    }

    async fn what_is_not_there_is_not_found(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        assert_eq!(failure(account.get(&unknown_id()).await), (Code::NotFound, "NOT_FOUND".into()));
        for id in ["", "x", "0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"] {
            assert_eq!(faults(account.get(id).await), ["id"]);
        }
        let elsewhere = bad(|task| task.task_list_id = unknown_id());
        assert_eq!(failure(account.create(elsewhere).await), (Code::NotFound, "NOT_FOUND".into()));
    }
}
