//! Three processes on a PostgreSQL as people have it: an owner that is no superuser, users of the services' own, and
//! PgBouncer in transaction mode in front.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod doctor;
mod pooled;

use docket_testkit::{DatabaseUrls, PgBouncer, Program, ROLE_PASSWORD, TestCluster};

fn program() -> Program {
    Program::named_or(env!("CARGO_BIN_EXE_docket"))
}

/// A cluster with an empty database, and who reaches it how.
async fn cluster() -> (TestCluster, DatabaseUrls) {
    let cluster = TestCluster::start(&[]);
    let owner = cluster.owned_database().await;
    let [auth, task] = ["docket_auth", "docket_task"].map(|user| cluster.url_of(user, ROLE_PASSWORD));
    (cluster, DatabaseUrls { owner, auth, task })
}

/// A pooler before it that the services go through.
async fn through_pooler(cluster: &TestCluster, urls: &DatabaseUrls) -> (PgBouncer, DatabaseUrls) {
    let users = ["docket_auth", "docket_task"].map(|user| (user, ROLE_PASSWORD));
    let pooler = PgBouncer::start(cluster, &users, "").await;
    let [auth, task] = users.map(|(user, password)| pooler.url_of(user, password));
    let urls = DatabaseUrls { owner: urls.owner.clone(), auth, task };
    (pooler, urls)
}
