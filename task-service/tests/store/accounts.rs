//! What becomes of all this when an account goes, and what nobody owns.

use docket_identity::UserId;
use docket_storage::{Role, on_database};
use docket_testkit::{TestDatabase, on_both_databases, seeded_random};
use task_service::domain::NewTask;

use crate::kit::{Bench, Writes as _, long_task, new_task, query};

const TABLES: [&str; 5] = [
    "SELECT count(*) FROM task_owners",
    "SELECT count(*) FROM task_lists",
    "SELECT count(*) FROM tasks",
    "SELECT count(*) FROM request_log",
    "SELECT count(*) FROM answer_texts",
];

async fn counts(database: &TestDatabase) -> Vec<i64> {
    let db = database.connect(Role::Owner).await;
    let mut counts = Vec::new();
    for statement in TABLES {
        let (count,) = on_database!(db.read(), |pool| sqlx::query_as(statement).fetch_one(pool).await.unwrap());
        counts.push(count);
    }
    counts
}

async fn delete_account(database: &TestDatabase, user: UserId) {
    let db = database.connect(Role::Auth).await;
    on_database!(db.write(), |pool| {
        sqlx::query("DELETE FROM users WHERE id = $1").bind(user.as_uuid()).execute(pool).await.unwrap();
    });
}

on_both_databases! {
    async fn all_that_an_account_owns_goes_with_it(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        for account in [&bench, &stranger] {
            let list = account.add_list("list").await;
            account.insert(NewTask { task_list_id: Some(list.id), ..new_task("x") }).await;
            account.owned().insert_task(account.task_id(), long_task("y"), account.write_once(1, 1)).await.unwrap();
        }
        assert_eq!(counts(&database).await, [2, 4, 4, 2, 2]);
        delete_account(&database, bench.owner).await;
        assert_eq!(counts(&database).await, [1, 2, 2, 1, 1]);
        assert_eq!(bench.page(&query("", "")).await, []);
        assert_eq!(stranger.page(&query("", "")).await.len(), 2);
    }

    async fn all_replicas_seal_page_tokens_with_one_secret(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let secret = bench.store.page_token_secret(&seeded_random(1)).await.unwrap();
        assert_eq!(secret.len(), 32);
        assert_eq!(bench.store.page_token_secret(&seeded_random(2)).await.unwrap(), secret);
    }

    async fn a_closed_database_is_not_reachable(database: TestDatabase) {
        let db = database.connect(Role::Task).await;
        let store = task_service::store::Store::new(db.clone());
        assert!(store.is_writable().await);
        db.close().await;
        assert!(!store.is_writable().await);
    }
}
