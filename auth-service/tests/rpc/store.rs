//! What tests see of the tables, and do to them behind the service's back.

use auth_service::domain::{Client, DeviceName, Session};
use auth_service::store::{Announcer, Store, StoredRevocation};
use chrono::DateTime;
use docket_identity::{RevocationTarget, SessionId};
use docket_proto::auth::v1 as proto;
use docket_storage::{Db, PgPools, Role, Transaction, on_database};
use docket_testkit::postgres_connection;

use crate::support::{Auth, Person};

/// For transactions that revoke nothing.
struct NobodyIsTold;

impl Announcer for NobodyIsTold {
    fn revocation(&self, target: RevocationTarget) -> StoredRevocation {
        panic!("{target:?} is revoked")
    }

    fn announce(&self, _: &[StoredRevocation]) {}
}

async fn store(auth: &Auth) -> Store {
    Store::new(auth.deployment.database.connect(Role::Auth).await)
}

/// What the record of the account says, sorted: the clock stands still, so there is no first and last.
pub(crate) async fn events(auth: &Auth, person: &Person) -> Vec<&'static str> {
    let events = store(auth).await.security_events(person.id(), 10_000).await.unwrap();
    let mut kinds: Vec<_> = events.into_iter().map(|event| event.kind.name()).collect();
    kinds.sort_unstable();
    kinds
}

/// The sessions of all revocations that are in force, sorted.
pub(crate) async fn revoked_sessions(auth: &Auth) -> Vec<SessionId> {
    let found = store(auth).await.revocations(DateTime::UNIX_EPOCH, auth.clock().now()).await.unwrap();
    let mut sessions: Vec<_> = found
        .into_iter()
        .map(|stored| match stored.revocation.target {
            RevocationTarget::Session(id) => id,
            other => panic!("a session: {other:?}"),
        })
        .collect();
    sessions.sort();
    sessions
}

/// Opens `count` further sessions of the person, and gives back which.
pub(crate) async fn open_sessions(auth: &Auth, person: &Person, count: usize) -> Vec<SessionId> {
    let (now, random, store) = (auth.clock().now(), auth.deployment.random(), store(auth).await);
    let open = |_| {
        let (id, life) = (SessionId::new(now, &random), auth.deployment.config.session_life());
        Session::open(id, person.id(), DeviceName::default(), Client::default(), life, now)
    };
    let sessions: Vec<_> = (0..count).map(open).collect();
    let mut transaction = store.begin().await.unwrap();
    for session in &sessions {
        transaction.insert_session(session).await.unwrap();
    }
    transaction.commit(&NobodyIsTold).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

/// Notes which sessions are past their end, as the service does from time to time.
pub(crate) async fn mark_expired_sessions(auth: &Auth) {
    store(auth).await.mark_expired_sessions(auth.clock().now()).await.unwrap();
}

/// The row of a session that these tokens belong to.
pub(crate) async fn session(auth: &Auth, tokens: &proto::SessionTokens) -> Option<Session> {
    store(auth).await.session(tokens.session_id.parse().unwrap()).await.unwrap()
}

/// The stored hash of the person's password.
pub(crate) async fn password_hash(auth: &Auth, person: &Person) -> String {
    store(auth).await.credentials(person.id()).await.unwrap().unwrap().password_hash
}

/// Lets nobody sign in to the account, as a later command of the operator will.
pub(crate) async fn suspend(auth: &Auth, person: &Person) {
    let db = auth.deployment.database.connect(Role::Auth).await;
    on_database!(db.write(), |pool| {
        sqlx::query("UPDATE users SET suspend_time = create_time WHERE id = $1")
            .bind(person.id().as_uuid())
            .execute(pool)
            .await
            .unwrap();
    });
}

/// Locks the account's row on PostgreSQL, until the transaction ends.
pub(crate) async fn locked_account(db: &Db, person: &Person) -> Transaction {
    let mut transaction = Transaction::begin(db).await.unwrap();
    let lock = sqlx::query("SELECT 1 FROM users WHERE id = $1 FOR UPDATE").bind(person.id().as_uuid());
    lock.fetch_one(postgres_connection(&mut transaction)).await.unwrap();
    transaction
}

/// Takes the revocations' table away: looking at it fails from now on.
pub(crate) async fn break_revocations(auth: &Auth) {
    rename(auth, "ALTER TABLE revocations RENAME TO revocations_away").await;
}

/// Brings it back.
pub(crate) async fn mend_revocations(auth: &Auth) {
    rename(auth, "ALTER TABLE revocations_away RENAME TO revocations").await;
}

async fn rename(auth: &Auth, statement: &'static str) {
    let db = auth.deployment.database.connect(Role::Owner).await;
    on_database!(db.write(), |pool| {
        sqlx::query(statement).execute(pool).await.unwrap();
    });
}

/// Whether a connection to this database waits inside a transaction for nobody. On an SQLite file that would be the one
/// that writes, and nobody else could.
pub(crate) async fn is_in_a_transaction(auth: &Auth) -> bool {
    match auth.deployment.database.connect(Role::Auth).await {
        Db::Postgres(PgPools { pool, .. }) => {
            let waiting = "SELECT EXISTS (
                   SELECT 1 FROM pg_stat_activity
                   WHERE datname = current_database() AND state LIKE 'idle in transaction%'
                 )";
            sqlx::query_scalar(waiting).fetch_one(&pool).await.unwrap()
        }
        Db::Sqlite(pools) => match pools.write.begin_with("BEGIN IMMEDIATE").await {
            Ok(transaction) => {
                transaction.rollback().await.unwrap();
                false
            }
            Err(_busy) => true,
        },
    }
}
