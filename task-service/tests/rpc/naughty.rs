//! Texts that break things.

use docket_proto::task::v1 as proto;
use docket_testkit::{naughty_strings, on_both_databases};
use unicode_normalization::UnicodeNormalization as _;

use crate::kit::{Service, faults, named, titled};

/// Three of the list are of formatting characters alone.
fn shows_nothing(title: &str) -> bool {
    ["\u{200b}", "\u{feff}"].contains(&title) || title.starts_with("\u{ad}\u{600}")
}

on_both_databases! {
    async fn every_naughty_string_is_kept_exactly_or_refused_where_it_is(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let mut kept = 0;
        for text in naughty_strings() {
            let title: String = text.trim().nfc().collect();
            let control = |text: &str, but: &[char]| text.chars().any(|found| found.is_control() && !but.contains(&found));
            let bad_title = title.is_empty()
                || title.chars().count() > 200
                || control(&title, &[])
                || shows_nothing(&title);
            let bad_description = control(&text, &['\n', '\r', '\t']);
            let expected = [("task.title", bad_title), ("task.description", bad_description)];
            let expected: Vec<_> = expected.into_iter().filter(|(_, bad)| *bad).map(|(field, _)| field).collect();

            let created = account.create(proto::Task { description: text.clone(), ..titled(&text) }).await;
            if expected.is_empty() {
                kept += 1;
                let task = created.unwrap();
                assert_eq!((&task.title, &task.description), (&title, &text));
                assert_eq!(account.get(&task.id).await.unwrap(), task);
            } else {
                assert_eq!(faults(created), expected, "{text:?}");
            }
        }
        assert!(kept > 450, "{kept} kept");
    }

    async fn a_naughty_string_is_no_id_filter_order_or_token(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for text in naughty_strings() {
            assert_eq!(faults(account.get(&text).await), ["id"], "{text:?}");
            if !text.is_empty() {
                let filter = proto::ListTasksRequest { filter: text.clone(), ..Default::default() };
                let answer = account.page(filter).await;
                // Blank text filters nothing.
                assert!(text.trim().is_empty() || faults(answer) == ["filter"], "{text:?}");
                let token = proto::ListTasksRequest { page_token: text.clone(), ..Default::default() };
                assert_eq!(faults(account.page(token).await), ["page_token"], "{text:?}");
            }
            let named = account.create_list(named(&text)).await;
            assert!(named.is_ok() || faults(named) == ["task_list.title"], "{text:?}");
        }
    }
}
