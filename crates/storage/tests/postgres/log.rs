//! What PostgreSQL writes down about us.

use docket_storage::{OnDatabase, Role, StoreError, Transaction, on_database};
use docket_testkit::give_up_after;

use crate::kit::{Bench, pools};

#[tokio::test]
async fn ordinary_use_leaves_no_warning_in_the_servers_log() {
    let bench = Bench::new().await;
    let db = bench.service(Role::Task).await;
    for round in 0..40 {
        // Its last message is read when the connection is given back.
        let one = sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(pools(&db)).await;
        assert_eq!(one.expect("it answers"), 1);
        let failed: Result<(), StoreError> = async {
            let mut transaction = Transaction::begin(&db).await?;
            on_database!(transaction.connection(), |connection| {
                sqlx::query("SELECT 1 / 0").execute(connection).await?;
            });
            transaction.commit().await
        }
        .await;
        failed.expect_err("no number is divided by zero");
        let dropped = async {
            let mut transaction = Transaction::begin(&db).await?;
            let OnDatabase::Postgres(connection) = transaction.connection() else { panic!("PostgreSQL") };
            sqlx::query("SELECT 2").execute(connection).await?;
            Ok::<_, StoreError>(())
        };
        drop(give_up_after(round % 8, dropped).await);
    }
    db.close().await;
    let log = sqlx::PgPool::connect(&bench.cluster.superuser_url()).await.expect("it answers");
    let log: String = sqlx::query_scalar("SELECT pg_read_file(current_setting('data_directory') || '/../log')")
        .fetch_one(&log)
        .await
        .expect("a superuser may");
    assert!(log.contains("division by zero"), "it is the log of this test");
    assert!(!log.contains("WARNING"), "{log}");
}
