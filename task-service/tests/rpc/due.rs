//! When tasks are overdue, for those who ask.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use tonic::Status;

use crate::kit::{Account, Service, faults, in_zone, titled};

async fn overdue(account: &Account, local: &str, time_zone: &str, asker: &str) -> Result<i64, Status> {
    let due = proto::Due { local: local.into(), time_zone: time_zone.into(), overdue_time: None };
    let task = proto::Task { due: Some(due), ..titled("x") };
    let id = account.create(task).await?.id;
    let answer = account.tasks.clone().get_task(in_zone(proto::GetTaskRequest { id }, asker)).await?;
    Ok(answer.into_inner().task.unwrap().due.unwrap().overdue_time.unwrap().seconds)
}

fn seconds(time: &str) -> i64 {
    time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp()
}

on_both_databases! {
    async fn a_day_ends_where_the_caller_is_and_a_moment_where_it_is_set(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for (local, zone, asker, expected) in [
            ("2026-12-24", "", "UTC", "2026-12-25T00:00:00Z"),
            ("2026-12-24", "", "Australia/Lord_Howe", "2026-12-24T13:00:00Z"),
            ("2026-03-29T02:30", "Europe/Berlin", "Asia/Tokyo", "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30", "Europe/Berlin", "Asia/Tokyo", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(overdue(&account, local, zone, asker).await.unwrap(), seconds(expected), "{local} {zone} {asker}");
        }
    }

    async fn a_zone_that_is_none_is_told_with_all_other_faults(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for zone in ["Mars/Base", "", "europe/berlin", "+01:00"] {
            assert_eq!(faults(overdue(&account, "2026-12-24", "", zone).await), ["docket-time-zone"], "{zone}");
        }
        let both = account.tasks.clone().get_task(in_zone(proto::GetTaskRequest { id: "x".into() }, "x")).await;
        assert_eq!(faults(both), ["docket-time-zone", "id"]);
    }
}
