//! How many connections there may be.

use docket_storage::{ConnectError, PostgresSettings, Role, allowed_connections, connect_with};

use crate::kit::{Bench, parsed, pools};

fn settings(database_connections: u32) -> PostgresSettings {
    PostgresSettings { database_connections, ..PostgresSettings::default() }
}

#[tokio::test]
async fn pools_are_as_large_as_is_set_and_refused_where_the_server_allows_fewer() {
    let bench = Bench::with(&["max_connections=23", "superuser_reserved_connections=3"]).await;
    let url = parsed(&bench.url_of(Role::Task));
    let db = connect_with(&url, Role::Task, &settings(5)).await.expect("ten are allowed");
    assert_eq!(pools(&db).pool.options().get_max_connections(), 5);
    assert_eq!(allowed_connections(&db).await.expect("it says"), Some(20));
    connect_with(&url, Role::Task, &settings(10)).await.expect("twenty are allowed");
    let refused = connect_with(&url, Role::Task, &settings(11)).await;
    assert!(matches!(refused, Err(ConnectError::TooManyConnections { needed: 22, allowed: 20, .. })), "{refused:?}");

    bench.cluster.run("ALTER ROLE docket_auth CONNECTION LIMIT 4").await;
    let url = parsed(&bench.url_of(Role::Auth));
    let refused = connect_with(&url, Role::Auth, &settings(4)).await;
    assert!(matches!(refused, Err(ConnectError::TooManyConnections { needed: 5, allowed: 4, .. })), "{refused:?}");
    connect_with(&url, Role::Auth, &settings(3)).await.expect("four are allowed");
}
