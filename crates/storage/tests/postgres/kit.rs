//! What these tests share: a migrated database whose owner is no superuser.

use docket_storage::{DatabaseUrl, Db, PgPools, Role, RolePassword, allow_login, connect, migrate};
use docket_testkit::TestCluster;
use sqlx::PgPool;

/// What the services log in with.
pub(crate) const PASSWORD: &str = "for-the-services-in-tests";

/// A cluster with a migrated database.
pub(crate) struct Bench {
    pub(crate) cluster: TestCluster,
    pub(crate) owner_url: String,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(settings: &[&str]) -> Self {
        let cluster = TestCluster::start(settings);
        let owner_url = cluster.owned_database().await;
        let this = Self { cluster, owner_url };
        let owner = this.connect(&this.owner_url, Role::Owner).await;
        migrate(&owner).await.expect("no superuser is needed");
        let password = RolePassword::parse(PASSWORD).expect("it is long enough");
        for role in [Role::Auth, Role::Task] {
            allow_login(&owner, role, &password, [7; 16]).await.expect("the owner made the role");
        }
        owner.close().await;
        this
    }

    pub(crate) async fn connect(&self, url: &str, role: Role) -> Db {
        connect(&parsed(url), role).await.expect("the database answers")
    }

    /// The URL of a service's own user.
    pub(crate) fn url_of(&self, role: Role) -> String {
        self.cluster.url_of(name(role), PASSWORD)
    }

    /// Connections of a service that logs in as itself.
    pub(crate) async fn service(&self, role: Role) -> Db {
        self.connect(&self.url_of(role), role).await
    }
}

pub(crate) fn name(role: Role) -> &'static str {
    if role == Role::Auth { "docket_auth" } else { "docket_task" }
}

pub(crate) fn parsed(url: &str) -> DatabaseUrl {
    url.parse().expect("it is one")
}

pub(crate) fn pools(db: &Db) -> &PgPools {
    let Db::Postgres(pools) = db else { panic!("not PostgreSQL") };
    pools
}

pub(crate) fn pool(db: &Db) -> PgPool {
    pools(db).pool.clone()
}

/// PostgreSQL's code of an error.
pub(crate) fn code<T>(result: Result<T, sqlx::Error>) -> Option<String> {
    match result {
        Err(sqlx::Error::Database(error)) => error.code().map(Into::into),
        _ => None,
    }
}

/// Adds an account with one list of tasks, as the superuser; gives its id.
pub(crate) async fn add_account(bench: &Bench) -> uuid::Uuid {
    let id = uuid::Uuid::from_u128(rand_id());
    let superuser = PgPool::connect(&bench.cluster.superuser_url()).await.expect("the cluster answers");
    for statement in [
        "INSERT INTO users (id, email, display_name, password_hash, email_verified, create_time, update_time)
         VALUES ($1, $1::text || '@example.org', 'Ada', 'the hash', FALSE, now(), now())",
        "INSERT INTO task_owners (owner_id, last_change, inbox_id) VALUES ($1, 1, $1)",
    ] {
        sqlx::query(statement).bind(id).execute(&superuser).await.expect("a superuser may");
    }
    superuser.close().await;
    id
}

/// Another number each time, within one test process.
fn rand_id() -> u128 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).into()
}
