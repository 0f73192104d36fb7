//! Requests that arrive twice.

use chrono::TimeDelta;
use docket_testkit::on_both_databases;
use task_service::domain::{TaskListId, Title};
use task_service::store::WriteError;

use crate::kit::{Bench, new_list, new_task, query};

on_both_databases! {
    async fn a_retry_is_answered_as_the_first_and_does_nothing(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let add = async || bench.owned().insert_task(bench.task_id(), new_task("x"), bench.write_once(1, 1)).await;
        let first = add().await.unwrap();
        bench.change(first.id, |found| found.task.title = Title::parse("y").unwrap()).await.unwrap();
        bench.clock.advance(TimeDelta::hours(24) - TimeDelta::microseconds(1));
        assert_eq!(add().await.unwrap(), first, "as it then was");
        assert_eq!(bench.page(&query("", "")).await.len(), 1);
    }

    async fn a_change_and_a_list_are_answered_again_alike(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let task = bench.add("x").await;
        let now = bench.now();
        let complete = async || bench.change_as(task.id, bench.write_once(1, 1), move |found| found.task.complete(now)).await;
        let first = complete().await.unwrap();
        bench.change(task.id, |found| found.task.reopen()).await.unwrap();
        assert_eq!(complete().await.unwrap(), first);
        assert_eq!(bench.owned().task(task.id).await.unwrap().unwrap().complete_time, None, "it stays reopened");

        let id = TaskListId::new(now, &bench.random);
        let add = async || bench.owned().insert_task_list(id, new_list("l"), bench.write_once(2, 1)).await;
        assert_eq!(add().await.unwrap(), add().await.unwrap());
        assert_eq!(bench.lists().await.len(), 2);
    }

    async fn another_request_under_the_same_id_is_refused(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let add = async |print| bench.owned().insert_task(bench.task_id(), new_task("x"), bench.write_once(1, print)).await;
        add(1).await.unwrap();
        assert!(matches!(add(2).await, Err(WriteError::RequestIdReused)));
        assert_eq!(bench.page(&query("", "")).await.len(), 1);
    }

    async fn a_request_id_is_free_again_after_a_day(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let add = async |print| bench.owned().insert_task(bench.task_id(), new_task("x"), bench.write_once(1, print)).await;
        add(1).await.unwrap();
        bench.clock.advance(TimeDelta::hours(24));
        let second = add(2).await.unwrap();
        assert_eq!(add(2).await.unwrap(), second);
        assert_eq!(bench.page(&query("", "")).await.len(), 2);
    }

    async fn accounts_have_request_ids_of_their_own(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        for (account, print) in [(&bench, 1), (&stranger, 2)] {
            let (id, write) = (account.task_id(), account.write_once(1, print));
            account.owned().insert_task(id, new_task("x"), write).await.unwrap();
        }
    }

    async fn of_two_at_once_one_has_an_effect(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        for round in 1..=20 {
            let writes = [(); 2].map(|()| {
                let (owned, id, write) = (bench.owned(), bench.task_id(), bench.write_once(round, 1));
                tokio::spawn(async move { owned.insert_task(id, new_task("x"), write).await.unwrap() })
            });
            let [first, second] = writes;
            assert_eq!(first.await.unwrap(), second.await.unwrap());
            assert_eq!(bench.page(&query("", "")).await.len(), usize::try_from(round).unwrap());
        }
    }
}
