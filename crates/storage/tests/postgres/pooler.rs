//! Through PgBouncer in transaction mode, without prepared statements (1.18, as Debian 12 has it).

use std::time::Duration;

use docket_storage::{
    ConnectError, OnDatabase, Pooler, PostgresSettings, Role, Schema, StoreError, Transaction, connect, connect_with,
    migrate, on_database, schema,
};
use docket_testkit::{PgBouncer, within_ten_seconds};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;
use uuid::Uuid;

use crate::kit::{Bench, PASSWORD, add_account, code, name, parsed, pools};

const USERS: [(&str, &str); 3] =
    [("docket_auth", PASSWORD), ("docket_task", PASSWORD), ("docket_owner", "for-the-owner-in-tests")];

fn settings(database_pooler: Pooler) -> PostgresSettings {
    PostgresSettings { database_pooler, ..PostgresSettings::default() }
}

/// Refuses start-up parameters that it does not know, or drops them in silence, as managed poolers do.
async fn poolers(bench: &Bench) -> [PgBouncer; 2] {
    [
        PgBouncer::start(&bench.cluster, &USERS, "").await,
        PgBouncer::start(&bench.cluster, &USERS, "extra_float_digits,options").await,
    ]
}

#[tokio::test]
async fn a_pooler_is_found_whether_it_refuses_or_drops_what_a_session_starts_with() {
    let bench = Bench::new().await;
    for pooler in poolers(&bench).await {
        let url = parsed(&pooler.url_of("docket_task", PASSWORD));
        for kind in [Pooler::Auto, Pooler::Transaction] {
            let db = connect_with(&url, Role::Task, &settings(kind)).await.expect("it works");
            assert!(!db.supports_listen());
            assert_eq!(schema(&db).await.expect("it can be told"), Schema::Current);
        }
        let refused = connect_with(&url, Role::Task, &settings(Pooler::None)).await;
        assert!(matches!(refused, Err(ConnectError::PoolerFound { .. })), "{refused:?}");
    }
    let direct = bench.service(Role::Auth).await;
    assert!(direct.supports_listen());
}

#[tokio::test]
async fn the_owner_migrates_through_a_pooler_and_no_service_runs_as_the_owner_there() {
    let bench = Bench::new().await;
    let [pooler, _] = poolers(&bench).await;
    let url = parsed(&pooler.url_of("docket_owner", "for-the-owner-in-tests"));
    for _ in 0..3 {
        let owner = connect(&url, Role::Owner).await.expect("it answers");
        migrate(&owner).await.expect("there is nothing to do");
        assert_eq!(schema(&owner).await.expect("it can be told"), Schema::Current);
    }
    let refused = connect(&url, Role::Task).await;
    assert!(matches!(refused, Err(ConnectError::OwnerThroughPooler { role: "docket_task", .. })), "{refused:?}");
}

#[tokio::test]
async fn a_role_without_time_limits_is_refused_behind_a_pooler() {
    let bench = Bench::new().await;
    bench.cluster.run("ALTER ROLE docket_task RESET ALL").await;
    let [pooler, _] = poolers(&bench).await;
    let refused = connect(&parsed(&pooler.url_of("docket_task", PASSWORD)), Role::Task).await;
    assert!(matches!(refused, Err(ConnectError::NoTimeLimits { role: "docket_task", .. })), "{refused:?}");
}

/// More at once than the pooler has server processes, so that statements of one connection meet all of them.
#[tokio::test]
async fn statements_transactions_and_reads_keep_their_owners_apart() {
    let bench = Bench::new().await;
    let owners = [add_account(&bench).await, add_account(&bench).await];
    for pooler in poolers(&bench).await {
        let db = connect(&parsed(&pooler.url_of("docket_task", PASSWORD)), Role::Task).await.expect("it answers");
        let work = (0..200_usize).map(|round| {
            let (db, owner) = (db.clone(), owners[round % 2]);
            async move {
                let seen = match round % 4 {
                    0 | 1 => seen_in_transaction(&db, owner).await?,
                    2 => {
                        let read =
                            "WITH owner AS MATERIALIZED (SELECT set_config('docket.owner', $1::text, true) AS id)
                             SELECT task_owners.owner_id FROM owner CROSS JOIN LATERAL (
                                 SELECT owner_id FROM task_owners WHERE owner.id IS NOT NULL OFFSET 0
                             ) AS task_owners";
                        let rows: Vec<(Uuid,)> = pools(&db).readers.fetch_all(sqlx::query_as(read).bind(owner)).await?;
                        rows.into_iter().map(|(id,)| id).collect()
                    }
                    _ => {
                        let count: i64 = on_database!(db.read(), |pool| {
                            sqlx::query_scalar("SELECT count(*) FROM task_owners WHERE owner_id = $1")
                                .bind(owner)
                                .fetch_one(pool)
                                .await?
                        });
                        assert_eq!(count, 0, "no owner is set");
                        vec![owner]
                    }
                };
                assert_eq!(seen, [owner]);
                Ok::<_, StoreError>(())
            }
        });
        let at_once = stream::iter(work).buffer_unordered(5).try_collect::<Vec<()>>();
        within_ten_seconds(at_once).await.expect("it works");
    }
}

async fn seen_in_transaction(db: &docket_storage::Db, owner: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let mut transaction = Transaction::begin_for(db, owner).await?;
    let seen = on_database!(transaction.connection(), |connection| {
        sqlx::query("UPDATE task_owners SET last_change = last_change + 1 WHERE owner_id = $1")
            .bind(owner)
            .execute(&mut *connection)
            .await?;
        sqlx::query_scalar("SELECT owner_id FROM task_owners").fetch_all(connection).await?
    });
    transaction.commit().await?;
    Ok(seen)
}

#[tokio::test]
async fn a_single_write_counts_once_it_is_answered_and_not_where_it_fails() {
    let bench = Bench::new().await;
    let [pooler, _] = poolers(&bench).await;
    let db = connect(&parsed(&pooler.url_of("docket_task", PASSWORD)), Role::Task).await.expect("it answers");
    let direct = bench.service(Role::Task).await;
    let insert = |name: &'static str| {
        let db = db.clone();
        async move {
            let statement = "INSERT INTO task_secrets (name, secret) VALUES ($1, '') RETURNING name";
            let OnDatabase::Postgres(pools) = db.write() else { panic!("PostgreSQL") };
            sqlx::query_scalar::<_, String>(statement).bind(name).fetch_one(pools).await
        }
    };
    for name in ["one", "two"] {
        assert_eq!(insert(name).await.expect("it is new"), name);
        let count = "SELECT count(*) FROM task_secrets WHERE name = $1";
        let count: i64 = sqlx::query_scalar(count).bind(name).fetch_one(pools(&direct)).await.expect("it reads");
        assert_eq!(count, 1);
    }
    assert_eq!(code(insert("one").await).as_deref(), Some("23505"), "it is taken");
    assert_eq!(insert("three").await.expect("the connection works on"), "three");
}

#[tokio::test]
async fn time_limits_hold_through_a_pooler() {
    let bench = Bench::new().await;
    let [pooler, _] = poolers(&bench).await;
    for role in [Role::Auth, Role::Task] {
        let db = connect(&parsed(&pooler.url_of(name(role), PASSWORD)), role).await.expect("it answers");
        let start = Instant::now();
        let slept = within_ten_seconds(sqlx::query("SELECT pg_sleep(8)").execute(pools(&db))).await;
        // query_canceled (PostgreSQL, Appendix A).
        assert_eq!(code(slept).as_deref(), Some("57014"));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let mode: String = sqlx::query_scalar("SELECT current_setting('plan_cache_mode')")
            .fetch_one(pools(&db))
            .await
            .expect("it says");
        assert_eq!(mode, "force_generic_plan");
    }
}
