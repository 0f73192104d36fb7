//! ListTasks: what it refuses, and what is on its pages. `paging` reads them to the end.

use chrono::TimeDelta;
use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::ListTasksRequest;
use tonic_types::StatusExt as _;

use crate::kit::{Service, faults, titled};

on_both_databases! {
    async fn nothing_is_an_empty_page(database: TestDatabase) {
        let service = Service::start(database).await;
        let page = service.account().await.page(ListTasksRequest::default()).await.unwrap();
        assert_eq!(page, proto::ListTasksResponse::default());
    }

    async fn a_page_has_as_many_as_were_asked_for(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for number in 0..201 {
            service.clock.advance(TimeDelta::microseconds(1));
            account.add(&format!("{number}")).await;
        }
        for (page_size, expected) in [(0, 50), (1, 1), (200, 200), (201, 200), (i32::MAX, 200)] {
            let page = account.page(ListTasksRequest { page_size, ..ListTasksRequest::default() }).await.unwrap();
            assert_eq!(page.tasks.len(), expected, "{page_size}");
            assert_eq!(page.tasks[0].title, "200", "newest first");
            assert!(!page.next_page_token.is_empty());
        }
    }

    async fn what_makes_no_sense_is_refused_where_it_is(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let none = ListTasksRequest::default();
        for (request, field) in [
            (ListTasksRequest { page_size: -1, ..none.clone() }, "page_size"),
            (ListTasksRequest { page_token: "x".into(), ..none.clone() }, "page_token"),
            (ListTasksRequest { filter: "priority = HIGH".into(), ..none.clone() }, "filter"),
            (ListTasksRequest { filter: format!("state = OPEN{}", " ".repeat(1000)), ..none.clone() }, "filter"),
            (ListTasksRequest { order_by: "priority".into(), ..none.clone() }, "order_by"),
            (ListTasksRequest { order_by: "title, due".into(), ..none.clone() }, "order_by"),
            (ListTasksRequest { query: "milk".into(), ..none.clone() }, "query"),
        ] {
            assert_eq!(faults(account.page(request).await), [field]);
        }
        let all = ListTasksRequest {
            page_size: -1,
            filter: "x".into(),
            order_by: "x".into(),
            query: "x".into(),
            ..ListTasksRequest::default()
        };
        let mut told = faults(account.page(all).await);
        told.sort();
        assert_eq!(told, ["filter", "order_by", "page_size", "query"]);
        let page = ListTasksRequest { page_size: -1, page_token: "x".into(), ..ListTasksRequest::default() };
        let mut told = faults(account.page(page).await);
        told.sort();
        assert_eq!(told, ["page_size", "page_token"]);
    }

    async fn a_fault_in_a_filter_is_told_with_its_place(database: TestDatabase) {
        let service = Service::start(database).await;
        let filter = "state = OPEN AND state = DONE".into();
        let request = ListTasksRequest { filter, ..ListTasksRequest::default() };
        let status = service.account().await.page(request).await.unwrap_err();
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations[0].description, "at character 26: expected OPEN or COMPLETED");
    }

    async fn a_filter_lets_one_state_through(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        account.add("open").await;
        service.clock.advance(TimeDelta::microseconds(1));
        let done = account.add("done").await;
        account.complete(&done.id, "").await.unwrap();
        for (filter, expected) in [
            ("state = OPEN", vec!["open"]),
            ("state = \"STATE_COMPLETED\"", vec!["done"]),
            ("NOT (state = OPEN)", vec!["done"]),
            ("state = OPEN OR state = COMPLETED", vec!["done", "open"]),
            ("state = OPEN AND state = COMPLETED", vec![]),
        ] {
            let request = ListTasksRequest { filter: filter.into(), ..ListTasksRequest::default() };
            let page = account.page(request).await.unwrap();
            let titles: Vec<_> = page.tasks.iter().map(|task| task.title.as_str()).collect();
            assert_eq!(titles, expected, "{filter}");
        }
    }

    async fn large_tasks_come_on_more_pages(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for number in 0..60 {
            service.clock.advance(TimeDelta::microseconds(1));
            let task = proto::Task { description: "\u{1f600}".repeat(10_000), ..titled(&format!("{number}")) };
            account.create(task).await.unwrap();
        }
        let mut request = ListTasksRequest { page_size: 60, ..ListTasksRequest::default() };
        let (mut pages, mut titles) = (0, Vec::new());
        loop {
            let page = account.page(request.clone()).await.unwrap();
            pages += 1;
            titles.extend(page.tasks.into_iter().map(|task| task.title));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(titles, (0..60).rev().map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(pages, 3, "1 MiB each, of 40 KB tasks");
    }
}
