//! What tests see of the tables, and do to them behind the service's back.

use auth_service::domain::Session;
use auth_service::store::Store;
use docket_proto::auth::v1 as proto;
use docket_storage::{Db, PgPools, Role, on_pool};

use crate::support::{Auth, Person};

async fn store(auth: &Auth) -> Store {
    Store::new(auth.deployment.database.connect(Role::Auth).await)
}

/// What the record of the account says, sorted: the clock stands still, so there is no first and last.
pub(crate) async fn events(auth: &Auth, person: &Person) -> Vec<&'static str> {
    let events = store(auth).await.security_events(person.id(), 100).await.unwrap();
    let mut kinds: Vec<_> = events.into_iter().map(|event| event.kind.name()).collect();
    kinds.sort_unstable();
    kinds
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
    on_pool!(
        &db,
        write | pool | {
            sqlx::query("UPDATE users SET suspend_time = create_time WHERE id = $1")
                .bind(person.id().as_uuid())
                .execute(pool)
                .await
                .unwrap();
        }
    );
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
    on_pool!(
        &db,
        write | pool | {
            sqlx::query(statement).execute(pool).await.unwrap();
        }
    );
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
