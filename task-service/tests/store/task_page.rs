//! Pages of tasks.

use chrono::TimeDelta;
use docket_testkit::on_both_databases;
use task_service::domain::{NewTask, PageSize, Task, TaskCursor, TaskQuery};

use crate::kit::{Bench, due, new_task, query, titles};

/// Reads all pages of `query`, two tasks each.
async fn all_pages(bench: &Bench, query: TaskQuery) -> Vec<Task> {
    let mut query = TaskQuery { page_size: PageSize::try_from(2).unwrap(), ..query };
    let mut all = Vec::new();
    loop {
        let mut page = bench.owned().task_page(&query).await.unwrap();
        query.after = page.items.last().map(|last| TaskCursor::of(last, query.order));
        all.append(&mut page.items);
        if !page.more {
            return all;
        }
    }
}

async fn furnished(bench: &Bench) {
    for (title, due) in [
        ("b", due("2026-12-24T18:30", "Europe/Berlin")),
        ("A", None),
        ("\u{e4}", due("2026-12-24", "")),
        ("a", due("2026-12-25", "")),
        ("C", due("2026-12-24T18:30", "Asia/Tokyo")),
        ("B", None),
    ] {
        bench.clock.advance(TimeDelta::microseconds(1));
        bench.insert(NewTask { due, ..new_task(title) }).await;
    }
}

on_both_databases! {
    async fn tasks_come_in_the_order_asked_for(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        furnished(&bench).await;
        for (order, expected) in [
            ("", ["B", "C", "a", "\u{e4}", "A", "b"]),
            ("create_time", ["b", "A", "\u{e4}", "a", "C", "B"]),
            ("title", ["A", "a", "b", "B", "C", "\u{e4}"]),
            ("title desc", ["\u{e4}", "C", "B", "b", "a", "A"]),
            ("due", ["\u{e4}", "b", "C", "a", "A", "B"]),
            ("due desc", ["a", "C", "b", "\u{e4}", "B", "A"]),
        ] {
            assert_eq!(titles(&bench.page(&query(order, "")).await), expected, "{order}");
            assert_eq!(titles(&all_pages(&bench, query(order, "")).await), expected, "{order}, by pages");
        }
    }

    async fn only_what_the_filter_lets_through_comes(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        furnished(&bench).await;
        let now = bench.now();
        for task in bench.page(&query("create_time", "")).await.iter().step_by(2) {
            bench.change(task.id, move |found| found.task.complete(now)).await.unwrap();
        }
        for order in ["create_time", "title", "due"] {
            let open = all_pages(&bench, query(order, "state = OPEN")).await;
            let completed = all_pages(&bench, query(order, "state != OPEN")).await;
            assert_eq!((open.len(), completed.len()), (3, 3));
            assert!(open.iter().all(|task| task.complete_time.is_none()));
            assert!(completed.iter().all(|task| task.complete_time.is_some()));
            assert_eq!(all_pages(&bench, query(order, "")).await.len(), 6);
        }
        assert_eq!(bench.page(&query("", "state = OPEN AND state = COMPLETED")).await, []);
    }

    async fn only_tasks_of_the_lists_asked_for_come(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        let foreign = stranger.add_list("foreign").await.id;
        let (home, work) = (bench.add_list("home").await.id, bench.add_list("work").await.id);
        for (number, list) in [home, work, home, work, home].into_iter().enumerate() {
            bench.clock.advance(TimeDelta::milliseconds(1));
            let due = if number < 2 { due("2026-12-24", "") } else { None };
            let new = NewTask { task_list_id: Some(list), due, ..new_task(&number.to_string()) };
            let (task, now) = (bench.insert(new).await, bench.now());
            if number == 4 {
                bench.change(task.id, move |found| found.task.complete(now)).await.unwrap();
            }
        }
        for (filter, expected) in [
            (format!("task_list = \"{home}\""), vec!["0", "2", "4"]),
            (format!("task_list = \"{home}\" AND state = OPEN"), vec!["0", "2"]),
            (format!("task_list != \"{home}\""), vec!["1", "3"]),
            (format!("NOT task_list = \"{home}\" OR state = COMPLETED"), vec!["1", "3", "4"]),
            (format!("task_list = \"{home}\" OR task_list = \"{work}\""), vec!["0", "1", "2", "3", "4"]),
            (format!("task_list = \"{home}\" AND task_list = \"{work}\""), vec![]),
            (format!("task_list = \"{work}\" AND (task_list = \"{home}\" OR state = OPEN)"), vec!["1", "3"]),
            (format!("task_list = \"{foreign}\""), vec![]),
        ] {
            for order in ["create_time", "due", "title"] {
                assert_eq!(titles(&all_pages(&bench, query(order, &filter)).await), expected, "{filter} {order}");
            }
        }
    }

    async fn the_trash_comes_where_it_is_asked_for(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        furnished(&bench).await;
        let all = bench.page(&query("title", "")).await;
        bench.delete(all[1].id).await;
        for order in ["create_time desc", "title", "due desc"] {
            let shown = TaskQuery { show_deleted: true, ..query(order, "") };
            assert_eq!(all_pages(&bench, query(order, "")).await.len(), 5);
            assert_eq!(all_pages(&bench, shown).await.len(), 6);
        }
        let shown = TaskQuery { show_deleted: true, ..query("title", "state = OPEN") };
        assert_eq!(titles(&bench.page(&shown).await), titles(&all));
    }

    async fn others_are_on_no_page(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        furnished(&bench).await;
        assert_eq!(stranger.page(&query("", "")).await, []);
        stranger.add("theirs").await;
        assert_eq!(titles(&stranger.page(&TaskQuery { show_deleted: true, ..query("due", "") }).await), ["theirs"]);
    }
}
