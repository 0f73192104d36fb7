//! Pages to the end, while others write.

use std::cmp::Ordering;
use std::collections::HashSet;

use chrono::TimeDelta;
use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::ListTasksRequest;

use crate::kit::{Account, Service, faults, titled};

const ORDERS: [&str; 6] = ["create_time", "create_time desc", "due", "due desc", "title", "title desc"];

/// The key of a task in each order, as a text or number that sorts as it should.
fn key(order: &str, task: &proto::Task) -> (bool, String) {
    match order.split(' ').next() {
        Some("due") => {
            let due = task.due.as_ref().map(|due| due.local.clone());
            (due.is_none(), due.unwrap_or_default())
        }
        Some("title") => (false, task.title.to_lowercase()),
        _ => {
            let time = task.create_time.as_ref().unwrap();
            (false, format!("{:020}.{:09}", time.seconds, time.nanos))
        }
    }
}

async fn add(account: &Account, number: usize) -> String {
    let title = format!("{} {}", ["a", "B", "\u{e4}", "C", "c"][number % 5], number % 37);
    let due = (!number.is_multiple_of(3))
        .then(|| proto::Due { local: format!("2026-12-{:02}", 1 + number % 28), ..proto::Due::default() });
    account.create(proto::Task { due, ..titled(&title) }).await.unwrap().id
}

/// Reads all pages, adding and deleting a task between them.
async fn read_all(account: &Account, order: &str) -> Vec<proto::Task> {
    let mut request = ListTasksRequest { page_size: 90, order_by: order.into(), ..ListTasksRequest::default() };
    let mut all = Vec::new();
    loop {
        let page = account.page(request.clone()).await.unwrap();
        all.extend(page.tasks);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return all;
        }
        let passing = add(account, all.len()).await;
        if all.len().is_multiple_of(2) {
            account.delete(&passing, "").await.unwrap();
        }
    }
}

on_both_databases! {
    async fn a_thousand_tasks_come_once_each_in_every_order_while_others_are_added(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let mut ids = HashSet::new();
        for number in 0..1000_usize {
            // Some were made in the same microsecond.
            if number.is_multiple_of(3) {
                service.clock.advance(TimeDelta::microseconds(1));
            }
            ids.insert(add(&account, number).await);
        }
        for order in ORDERS {
            let all = read_all(&account, order).await;
            let seen: Vec<_> = all.iter().map(|task| &task.id).filter(|id| ids.contains(*id)).collect();
            assert_eq!(seen.len(), 1000, "{order}: each");
            assert_eq!(seen.into_iter().collect::<HashSet<_>>().len(), 1000, "{order}: once");
            let keys: Vec<_> = all.iter().map(|task| key(order, task)).collect();
            let ordered = keys.windows(2).all(|pair| {
                let [(first_last, first), (second_last, second)] = [&pair[0], &pair[1]];
                // Those without a date are last in both directions.
                match first_last.cmp(second_last) {
                    Ordering::Less => true,
                    Ordering::Equal if order.ends_with("desc") => first >= second,
                    Ordering::Equal => first <= second,
                    Ordering::Greater => false,
                }
            });
            assert!(ordered, "{order}");
        }
    }

    async fn a_token_is_good_for_the_same_request_of_the_same_account_only(database: TestDatabase) {
        let service = Service::start(database).await;
        let (account, stranger) = (service.account().await, service.account().await);
        for number in 0..3 {
            add(&account, number).await;
            add(&stranger, number).await;
        }
        let first = ListTasksRequest { page_size: 1, filter: "state = OPEN".into(), ..ListTasksRequest::default() };
        let page_token = account.page(first.clone()).await.unwrap().next_page_token;
        let next = ListTasksRequest { page_token, ..first };

        account.page(next.clone()).await.unwrap();
        account.page(ListTasksRequest { page_size: 2, ..next.clone() }).await.expect("another size is no fault");
        let same_order = ListTasksRequest { order_by: "create_time desc".into(), ..next.clone() };
        account.page(same_order).await.expect("the default order has a name");

        assert_eq!(faults(stranger.page(next.clone()).await), ["page_token"], "another account");
        let mut changed = next.page_token.clone().into_bytes();
        changed[5] = if changed[5] == b'A' { b'B' } else { b'A' };
        for request in [
            ListTasksRequest { filter: String::new(), ..next.clone() },
            ListTasksRequest { filter: "state = COMPLETED".into(), ..next.clone() },
            ListTasksRequest { order_by: "title".into(), ..next.clone() },
            ListTasksRequest { order_by: "create_time".into(), ..next.clone() },
            ListTasksRequest { show_deleted: true, ..next.clone() },
            ListTasksRequest { page_token: String::from_utf8(changed).unwrap(), ..next.clone() },
        ] {
            assert_eq!(faults(account.page(request).await), ["page_token"]);
        }
    }
}
