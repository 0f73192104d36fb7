//! A database that says nothing any more, without closing a connection.

use std::net::SocketAddr;
use std::time::Duration;

use docket_storage::{DatabaseUrl, Db, PgPools, Role, StoreError, Transaction, connect, detached, on_database};
use docket_testkit::{TestDatabase, eventually, within_ten_seconds};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, tcp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Which connections pass bytes on: those made at the number that it shows now, where that is even. The others stay
/// open and silent, for ever.
type Era = watch::Receiver<u32>;

async fn pass(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, era: Era) {
    let born = *era.borrow();
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let now = *era.borrow();
        if now != born || now % 2 == 1 {
            return std::future::pending().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// A way to `server` that can fall silent.
async fn proxy(server: SocketAddr) -> (SocketAddr, watch::Sender<u32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let (sender, era) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(server).await.expect("the database listens");
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(pass(from_client, to_server, era.clone()));
            tokio::spawn(pass(from_server, to_client, era.clone()));
        }
    });
    (address, sender)
}

/// The database behind such a way.
async fn silenced(database: &TestDatabase, role: Role) -> (Db, watch::Sender<u32>) {
    let DatabaseUrl::Postgres(options) = database.url() else { panic!("PostgreSQL") };
    let server = tokio::net::lookup_host((options.get_host(), options.get_port())).await.expect("it has an address");
    let (address, era) = proxy(server.into_iter().next().expect("one address")).await;
    let through = options.as_ref().clone().host(&address.ip().to_string()).port(address.port());
    let db = connect(&DatabaseUrl::Postgres(Box::new(through)), role).await.expect("the way is open");
    (db, era)
}

/// A transaction with one statement.
async fn transaction(db: Db, statement: &'static str) -> Result<(), StoreError> {
    let mut transaction = Transaction::begin(&db).await?;
    on_database!(transaction.connection(), |connection| sqlx::query(statement).execute(connection).await.map(drop)?);
    transaction.commit().await
}

/// Eight calls in the middle of a statement, half of them in transactions. Each goes away after a second.
fn calls_under_way(db: &Db, pool: &sqlx::PgPool) -> Vec<JoinHandle<()>> {
    let call = |index| {
        let (db, pool) = (db.clone(), pool.clone());
        let statement = "SELECT pg_sleep(0.2)";
        tokio::spawn(async move {
            if index % 2 == 0 {
                return drop(tokio::time::timeout(Duration::from_secs(1), transaction(db, statement)).await);
            }
            let read = sqlx::query(statement).execute(&pool);
            drop(tokio::time::timeout(Duration::from_secs(1), read).await);
        })
    };
    (0..8).map(call).collect()
}

#[tokio::test]
async fn no_place_in_the_pool_is_lost_to_a_database_that_fell_silent() {
    let database = TestDatabase::postgres().await;
    let (db, era) = silenced(&database, Role::Auth).await;
    let Db::Postgres(PgPools { pool, .. }) = &db else { panic!("PostgreSQL") };

    let calls = calls_under_way(&db, pool);
    eventually(async || (pool.size() == 8 && pool.num_idle() == 0).then_some(())).await;
    era.send(1).expect("the proxy is there");
    for call in calls {
        within_ten_seconds(call).await.expect("no panic");
    }
    let silent = detached(transaction(db.clone(), "SELECT 1"));
    assert!(matches!(within_ten_seconds(silent).await, Err(StoreError::Unavailable(_))));

    era.send(2).expect("the proxy is there");
    let mut taken = Vec::new();
    for _ in 0..8 {
        taken.push(eventually(async || pool.acquire().await.ok()).await);
    }
    for connection in &mut taken {
        sqlx::query("SELECT 1").execute(&mut **connection).await.expect("it works again");
    }
}

#[tokio::test]
async fn no_reader_is_lost_to_a_database_that_fell_silent() {
    let database = TestDatabase::postgres().await;
    let (db, era) = silenced(&database, Role::Task).await;
    let Db::Postgres(PgPools { readers, .. }) = &db else { panic!("PostgreSQL") };
    let read = |statement| async move { readers.fetch_all::<(i64,)>(sqlx::query_as(statement)).await };
    let all = |statement| futures_util::future::join_all((0..8).map(move |_| read(statement)));
    assert!(all("SELECT 1::bigint").await.iter().all(Result::is_ok));

    era.send(1).expect("the proxy is there");
    let unanswered = tokio::time::timeout(Duration::from_millis(200), all("SELECT 2::bigint")).await;
    assert!(unanswered.is_err(), "it is silent");
    era.send(2).expect("the proxy is there");
    for answer in within_ten_seconds(all("SELECT 3::bigint")).await {
        assert_eq!(answer.expect("it works again"), [(3,)]);
    }
}

#[tokio::test]
async fn no_place_in_the_pool_is_lost_to_silence_after_the_answer() {
    let database = TestDatabase::postgres().await;
    let (db, era) = silenced(&database, Role::Auth).await;
    let Db::Postgres(PgPools { pool, .. }) = &db else { panic!("PostgreSQL") };
    let mut taken = Vec::new();
    for _ in 0..8 {
        taken.push(pool.acquire().await.expect("the way is open"));
    }
    era.send(1).expect("the proxy is there");
    drop(taken);
    era.send(2).expect("the proxy is there");
    let all = futures_util::future::join_all((0..8).map(|_| eventually(async || pool.acquire().await.ok())));
    assert_eq!(within_ten_seconds(all).await.len(), 8);
}
