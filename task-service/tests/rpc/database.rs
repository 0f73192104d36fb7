//! A database that does not answer.

use docket_testkit::{eventually, on_both_databases};
use tonic::Code;

use crate::kit::{Service, failure, titled, unknown_id};

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
