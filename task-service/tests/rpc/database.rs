//! A database that does not answer.

use std::time::{Duration, Instant};

use docket_proto::task::v1::CompleteTaskRequest;
use docket_testkit::{TestDatabase, eventually, on_both_databases};
use tonic::{Code, Request};

use crate::kit::{Service, failure, titled, unknown_id};
use crate::store::{lock_tasks, somebody_waits};

on_both_databases! {
    async fn without_its_database_the_service_says_so_and_is_not_serving(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        service.db.close().await;
        let unavailable = (Code::Unavailable, "DATABASE_UNAVAILABLE".to_owned());
        assert_eq!(failure(account.get(&unknown_id()).await), unavailable);
        assert_eq!(failure(account.create(titled("x")).await), unavailable);
        eventually(async || (!service.health.is_serving()).then_some(())).await;
    }
}

#[tokio::test]
async fn on_postgres_a_write_waits_for_a_lock_no_longer_than_its_client_for_the_answer() {
    let service = Service::start(TestDatabase::postgres().await).await;
    let mut account = service.account().await;
    let task = account.add("x").await;
    let holder = lock_tasks(&service.database).await;

    let start = Instant::now();
    let mut request = Request::new(CompleteTaskRequest { id: task.id.clone(), ..Default::default() });
    request.set_timeout(Duration::from_millis(100));
    account.tasks.complete_task(request).await.expect_err("nobody gets past the lock");
    eventually(async || (!somebody_waits(&service.database).await).then_some(())).await;
    assert!(
        start.elapsed() < Duration::from_millis(1500),
        "not the two seconds that any statement may wait for a lock"
    );
    drop(holder);
    assert_eq!(account.get(&task.id).await.unwrap().etag, task.etag, "nothing was written");
}
