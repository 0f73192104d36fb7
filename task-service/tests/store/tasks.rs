//! One task at a time.

use chrono::TimeDelta;
use docket_storage::{Role, StoreError, on_database};
use docket_testkit::on_both_databases;
use task_service::domain::{Description, NewTask, Priority, State, TaskListId, Title};

use crate::kit::{Bench, Failure, Writes as _, due, is_duplicate, new_task};

on_both_databases! {
    async fn a_task_is_read_as_it_was_added(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        for due in [None, due("2026-12-24", ""), due("2026-12-24T18:30", "Europe/Berlin")] {
            let new = NewTask {
                description: Description::parse(" *two*\n\tlines ").unwrap(),
                priority: Priority::High,
                due,
                ..new_task("Milk \u{1f95b}")
            };
            let added = bench.insert(new.clone()).await;
            assert_eq!((&added.title, &added.description), (&new.title, &new.description));
            assert_eq!((added.priority, &added.due), (new.priority, &new.due));
            assert_eq!((added.create_time, added.update_time), (bench.now(), bench.now()));
            assert_eq!((added.state(), added.trash), (State::Open, None));
            assert_eq!(bench.owned().task(added.id).await.unwrap(), Some(added));
        }
    }

    async fn a_task_without_a_list_is_in_the_inbox(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let first = bench.add("first").await;
        let second = bench.add("second").await;
        let lists = bench.lists().await;
        assert_eq!(lists.len(), 1);
        assert!(lists[0].inbox);
        assert_eq!([first.task_list_id, second.task_list_id], [lists[0].id, lists[0].id]);
    }

    async fn a_task_goes_into_no_list_but_the_owners_own(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        let own = bench.add_list("own").await;
        let foreign = stranger.add_list("foreign").await;
        let unknown = TaskListId::new(bench.now(), &bench.random);
        let add = async |list| {
            let new = NewTask { task_list_id: Some(list), ..new_task("x") };
            bench.owned().insert_task(bench.task_id(), new, bench.write()).await
        };
        assert_eq!(add(own.id).await.unwrap().task_list_id, own.id);
        for list in [foreign.id, unknown] {
            assert!(matches!(add(list).await, Err(Failure::NoTaskList)));
        }
    }

    async fn an_id_is_taken_for_its_owner_alone(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        let task = bench.add("mine").await;
        let again = bench.owned().insert_task(task.id, new_task("again"), bench.write()).await;
        assert!(is_duplicate(&again), "{again:?}");
        let theirs = stranger.owned().insert_task(task.id, new_task("theirs"), stranger.write()).await.unwrap();
        assert_eq!(theirs.id, task.id);
        assert_eq!(bench.owned().task(task.id).await.unwrap(), Some(task));
    }

    async fn a_task_of_others_is_not_there(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        let task = bench.add("mine").await;
        assert_eq!(stranger.owned().task(task.id).await.unwrap(), None);
        let changed = stranger.change(task.id, |found| found.task.reopen()).await;
        assert!(matches!(changed, Err(Failure::Missing)));
    }

    async fn a_change_is_kept_and_moves_version_and_time(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let before = bench.add("before").await;
        bench.clock.advance(TimeDelta::seconds(1));
        let now = bench.now();
        let changed = bench
            .change(before.id, move |found| {
                found.task.title = Title::parse("after").unwrap();
                found.task.due = due("2027-01-01", "");
                found.task.complete(now);
            })
            .await
            .unwrap();
        assert_eq!((changed.title.as_str(), changed.update_time), ("after", now));
        assert_eq!((changed.create_time, changed.complete_time), (before.create_time, Some(now)));
        assert_ne!(changed.etag, before.etag);
        assert_eq!(bench.owned().task(before.id).await.unwrap(), Some(changed));
    }

    async fn a_change_that_changes_nothing_leaves_version_and_time(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let before = bench.add("same").await;
        bench.clock.advance(TimeDelta::seconds(1));
        assert_eq!(bench.change(before.id, |found| found.task.reopen()).await.unwrap(), before);
        assert_eq!(bench.owned().task(before.id).await.unwrap(), Some(before));
    }

    async fn a_change_that_is_refused_leaves_nothing(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let task = bench.add("same").await;
        let refused = bench.owned().change_task(task.id, bench.write_once(1, 1), |_| Err(Failure::Missing)).await;
        assert!(matches!(refused, Err(Failure::Missing)));
        assert_eq!(bench.owned().task(task.id).await.unwrap(), Some(task.clone()));
        let changed = bench.change_as(task.id, bench.write_once(1, 1), |_| {}).await;
        assert_eq!(changed.unwrap(), task, "the request id is still free");
    }

    async fn every_write_of_an_account_has_a_number_of_its_own(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let writes = (0..20).map(|_| {
            let (owned, id, write) = (bench.owned(), bench.task_id(), bench.write());
            tokio::spawn(async move { owned.insert_task(id, new_task("x"), write).await.unwrap().etag.change() })
        });
        let mut numbers = Vec::new();
        for write in writes.collect::<Vec<_>>() {
            numbers.push(write.await.unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    }

    async fn a_task_comes_back_to_its_list_or_to_the_inbox_where_that_is_gone(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let list = bench.add_list("list").await;
        let task = bench.insert(NewTask { task_list_id: Some(list.id), ..new_task("x") }).await;
        bench.delete(task.id).await;
        let back = bench.change(task.id, |found| found.task.undelete(found.home)).await.unwrap();
        assert_eq!((back.task_list_id, back.trash), (list.id, None));

        bench.delete(task.id).await;
        throw_away(&database, list.id).await;
        let back = bench.change(task.id, |found| found.task.undelete(found.home)).await.unwrap();
        assert_eq!(back.task_list_id, bench.lists().await[0].id, "the inbox");
        assert!(bench.lists().await[0].inbox);

        let new = NewTask { task_list_id: Some(list.id), ..new_task("late") };
        let late = bench.owned().insert_task(bench.task_id(), new, bench.write()).await;
        assert!(matches!(late, Err(Failure::NoTaskList)), "nothing goes into a list in the trash");
    }

    async fn an_account_that_is_gone_writes_nothing(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let nobody = bench.store.of(uuid::Uuid::from_u128(9).into());
        let added = nobody.insert_task(bench.task_id(), new_task("x"), bench.write()).await;
        assert!(matches!(added, Err(Failure::Store(StoreError::MissingReference(_)))), "{added:?}");
    }

    async fn a_row_that_nobody_wrote_so_is_told_from_other_faults(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let task = bench.add("x").await;
        let db = database.connect(Role::Owner).await;
        on_database!(db.write(), |pool| {
            sqlx::query("UPDATE tasks SET title = ' '").execute(pool).await.unwrap();
        });
        assert!(matches!(bench.owned().task(task.id).await, Err(StoreError::Corrupt(_))));
    }
}

/// No call deletes lists yet.
async fn throw_away(database: &docket_testkit::TestDatabase, list: TaskListId) {
    let db = database.connect(Role::Owner).await;
    on_database!(db.write(), |pool| {
        sqlx::query("UPDATE task_lists SET delete_time = create_time WHERE id = $1")
            .bind(list.as_uuid())
            .execute(pool)
            .await
            .unwrap();
    });
}
