//! Requests that arrive twice.

use chrono::TimeDelta;
use docket_storage::{Role, on_database};
use docket_testkit::{TestDatabase, on_both_databases};
use task_service::domain::{Task, TaskId, TaskListId, Title};
use task_service::store::{KEPT_BYTES, LEAST_COUNTED};
use uuid::Uuid;

use crate::kit::{Bench, Failure, Writes as _, long_task, new_list, new_task, query};

/// How many answers are kept, and their bytes, with the texts that they share.
async fn kept(database: &TestDatabase) -> (i64, i64, i64) {
    let db = database.connect(Role::Owner).await;
    on_database!(db.read(), |pool| {
        let (answers, bytes): (i64, i64) =
            sqlx::query_as("SELECT count(*), CAST(COALESCE(sum(length(answer)), 0) AS BIGINT) FROM request_log")
                .fetch_one(pool)
                .await
                .unwrap();
        let (texts, text_bytes): (i64, i64) =
            sqlx::query_as("SELECT count(*), CAST(COALESCE(sum(4 * length(text)), 0) AS BIGINT) FROM answer_texts")
                .fetch_one(pool)
                .await
                .unwrap();
        (answers, texts, bytes + text_bytes)
    })
}

/// Completes and reopens a task in turns, each time as a request of its own: those of `numbers`.
async fn toggle(bench: &Bench, task: TaskId, numbers: std::ops::RangeInclusive<u128>) -> Vec<Task> {
    let mut answers = Vec::new();
    for number in numbers {
        answers.push(toggle_once(bench, task, number).await);
    }
    answers
}

async fn toggle_once(bench: &Bench, task: TaskId, number: u128) -> Task {
    let now = bench.now();
    let change = move |found: &mut task_service::store::FoundTask| match number % 2 {
        1 => found.task.complete(now),
        _ => found.task.reopen(),
    };
    bench.change_as(task, bench.write_once(number, 1), change).await.unwrap()
}

on_both_databases! {
    async fn what_an_account_makes_the_server_keep_is_bounded_and_the_oldest_goes_first(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        let theirs = stranger.insert(long_task("theirs")).await.id;
        let others_first = toggle_once(&stranger, theirs, 1).await;

        let task = bench.insert(long_task("x")).await.id;
        let answers = toggle(&bench, task, 1..=250).await;
        let (count, texts, bytes) = kept(&database).await;
        assert_eq!(texts, 2, "of both accounts, each once");
        assert!(bytes < KEPT_BYTES, "{bytes}");
        // Each answer counts with its text, of 40 000 bytes.
        assert!((100..=106).contains(&(count - 1)), "{count}");

        let current = bench.owned().task(task).await.unwrap();
        for number in [250, 200, 160] {
            let first = &answers[number - 1];
            assert_eq!(toggle_once(&bench, task, number.try_into().unwrap()).await, *first, "{number}");
        }
        assert_eq!(bench.owned().task(task).await.unwrap(), current, "nothing was done again");
        // The oldest are forgotten: it is a request like any other.
        assert_ne!(toggle_once(&bench, task, 1).await, answers[0]);
        assert_eq!(toggle_once(&stranger, theirs, 1).await, others_first, "others are not affected");
    }

    async fn small_answers_are_bounded_by_their_number(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let task = bench.add("x").await.id;
        let most = u128::try_from(KEPT_BYTES / LEAST_COUNTED).unwrap();
        let answers = toggle(&bench, task, 1..=most + 20).await;
        let (count, texts, _) = kept(&database).await;
        assert_eq!((count, texts), (KEPT_BYTES / LEAST_COUNTED, 0));
        assert_eq!(toggle_once(&bench, task, 21).await, answers[20]);
        assert_ne!(toggle_once(&bench, task, 20).await, answers[19]);
    }

    async fn a_text_is_kept_as_long_as_an_answer_that_has_it(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let task = bench.insert(long_task("x")).await.id;
        let first = toggle_once(&bench, task, 1).await;
        bench.change(task, |found| found.task.description = new_task("x").description).await.unwrap();
        toggle(&bench, task, 2..=900).await;
        assert_eq!(toggle_once(&bench, task, 1).await, first);
        toggle(&bench, task, 901..=1100).await;
        assert_eq!(kept(&database).await.1, 0, "the text went with the last of them");
    }

    async fn an_answer_that_the_first_release_kept_is_given(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        bench.add("x").await;
        let db = database.connect(Role::Owner).await;
        on_database!(db.write(), |pool| {
            sqlx::query(
                "INSERT INTO request_log (owner_id, request_id, fingerprint, answer, create_time)
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(bench.owner.as_uuid())
            .bind(Uuid::from_u128(1))
            .bind([1_u8; 32].as_slice())
            .bind(include_str!("../answers/1/task.json"))
            .bind(bench.now())
            .execute(pool)
            .await
            .unwrap();
        });
        let task = bench.owned().insert_task(bench.task_id(), new_task("x"), bench.write_once(1, 1)).await.unwrap();
        assert_eq!((task.title.as_str(), task.etag.change()), ("Water the plants", 7));
        assert_eq!(bench.page(&query("", "")).await.len(), 1, "nothing was added");
    }

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
        assert!(matches!(add(2).await, Err(Failure::RequestIdReused)));
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
