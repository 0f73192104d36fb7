//! A server that takes no writes any more, and another that takes its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use docket_storage::{Db, Role, StoreError, Transaction, on_database};
use docket_testkit::{TestCluster, eventually};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::kit::{Bench, PASSWORD, pools};

/// How long after the server takes writes again they have to work again.
const RECOVERY: Duration = Duration::from_secs(1);

/// A write in a transaction, and one of a single statement.
async fn write(db: &Db) -> [Result<(), StoreError>; 2] {
    let statement = "INSERT INTO task_secrets (name, secret) VALUES (gen_random_uuid()::text, '')";
    let in_transaction = async {
        let mut transaction = Transaction::begin(db).await?;
        on_database!(transaction.connection(), |connection| {
            sqlx::query(statement).execute(connection).await?;
        });
        transaction.commit().await
    };
    let single = async { on_database!(db.write(), |pool| Ok(sqlx::query(statement).execute(pool).await.map(drop)?)) };
    [in_transaction.await, single.await]
}

fn all_work(writes: &[Result<(), StoreError>; 2]) -> bool {
    writes.iter().all(Result::is_ok)
}

/// Opens all connections of the pool, so that none is new later.
async fn fill(db: &Db) {
    let pool = &pools(db).pool;
    let mut taken = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        taken.push(pool.acquire().await.expect("a connection"));
    }
}

#[tokio::test]
async fn writes_are_unavailable_while_the_server_is_read_only_and_work_within_a_second_after() {
    let bench = Bench::new().await;
    bench.cluster.run("ALTER ROLE docket_task SET default_transaction_read_only = on").await;
    // Sessions that begin now stay read-only, whatever becomes of the setting.
    let db = bench.service(Role::Task).await;
    fill(&db).await;
    for _ in 0..10 {
        for refused in write(&db).await {
            assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        }
    }
    bench.cluster.run("ALTER ROLE docket_task RESET default_transaction_read_only").await;
    let writable = Instant::now();
    while writable.elapsed() < RECOVERY {
        drop(write(&db).await);
    }
    // No connection of before is left that would refuse.
    for _ in 0..20 {
        assert!(all_work(&write(&db).await));
    }
}

/// A way to whatever server stands at `port` when a connection is made. Connections stay with their server.
async fn way_to(port: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let own = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let port = port.load(Ordering::Relaxed);
            tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await {
                    let _closed = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    own
}

#[tokio::test]
async fn writes_and_reads_go_on_at_a_promoted_standby() {
    let bench = Bench::new().await;
    let standby = TestCluster::standby_of(&bench.cluster);
    let target = Arc::new(AtomicU16::new(bench.cluster.port()));
    let way = way_to(Arc::clone(&target)).await;
    let url = format!("postgres://docket_task:{PASSWORD}@127.0.0.1:{way}/docket");
    let db = bench.connect(&url, Role::Task).await;
    fill(&db).await;
    assert!(all_work(&write(&db).await));
    let primary = pools(&db).readers.fetch_all::<(i64,)>(sqlx::query_as("SELECT count(*) FROM task_secrets")).await;
    assert_eq!(primary.expect("it reads"), [(2,)]);
    let caught_up = "SELECT 1 FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
    let watcher = sqlx::PgPool::connect(&bench.cluster.superuser_url()).await.expect("it answers");
    eventually(|| async { sqlx::query(caught_up).fetch_optional(&watcher).await.expect("a superuser may") }).await;

    // The primary is demoted: its connections stay, and take no writes. The standby takes its place.
    bench.cluster.run("ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()").await;
    eventually(|| async { write(&db).await.iter().all(Result::is_err).then_some(()) }).await;
    for refused in write(&db).await {
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    standby.run("SELECT pg_promote()").await;
    target.store(standby.port(), Ordering::Relaxed);
    let promoted = Instant::now();
    while promoted.elapsed() < RECOVERY {
        drop(write(&db).await);
    }
    for _ in 0..20 {
        assert!(all_work(&write(&db).await));
        let port = sqlx::query_as("SELECT setting::bigint FROM pg_settings WHERE name = 'port'");
        let port = pools(&db).readers.fetch_all::<(i64,)>(port).await.expect("it reads");
        assert_eq!(port, [(i64::from(standby.port()),)], "readers follow");
    }
}
