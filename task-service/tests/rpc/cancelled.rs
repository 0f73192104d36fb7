//! Callers that go away in the middle. What becomes of their connections to the database, `tests/store` looks at.

use std::time::Duration;

use docket_testkit::{on_both_databases, within_ten_seconds};
use tokio::task::JoinSet;

use crate::kit::{Service, titled};

on_both_databases! {
    async fn four_hundred_cancelled_calls_leave_the_service_whole(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for number in 0..400_u64 {
            let (account, request_id) = (account.clone(), format!("{number:08x}-1111-4222-8333-444455556666"));
            let call = tokio::spawn(async move { account.create_once(titled("x"), &request_id).await });
            tokio::time::sleep(Duration::from_micros(number * 37 % 3000)).await;
            call.abort();
        }
        // More at once than there are connections.
        let mut calls = JoinSet::new();
        for _ in 0..32 {
            let account = service.account().await;
            calls.spawn(async move { account.add("after").await });
        }
        assert_eq!(within_ten_seconds(calls.join_all()).await.len(), 32);
    }
}
