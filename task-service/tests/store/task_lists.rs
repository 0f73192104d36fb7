//! Lists.

use docket_testkit::on_both_databases;
use task_service::domain::{Page, PageSize, TaskListCursor, TaskListId, TaskListQuery};

use crate::kit::{Bench, Writes as _, is_duplicate, new_list};

on_both_databases! {
    async fn the_inbox_is_there_from_the_first_use_on_and_stands_first(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        assert_eq!(bench.lists().await, []);
        bench.owned().make_inbox(bench.write()).await.unwrap();
        let inbox = bench.lists().await;
        assert_eq!(inbox.len(), 1);
        assert!(inbox[0].inbox);
        bench.owned().make_inbox(bench.write()).await.unwrap();
        assert_eq!(bench.lists().await, inbox, "there is one");
    }

    async fn two_first_uses_at_once_make_one_inbox(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let uses = (0..8).map(|_| {
            let (owned, write) = (bench.owned(), bench.write());
            tokio::spawn(async move { owned.make_inbox(write).await })
        });
        for first in uses.collect::<Vec<_>>() {
            first.await.unwrap().unwrap();
        }
        assert_eq!(bench.lists().await.len(), 1);
    }

    async fn lists_are_read_as_they_were_added_each_behind_those_before(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let mut added = Vec::new();
        for title in ["b", "a", "c"] {
            added.push(bench.add_list(title).await);
        }
        let lists = bench.lists().await;
        assert!(lists[0].inbox);
        assert_eq!(lists[1..], added);
    }

    async fn lists_come_page_by_page(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        for title in ["a", "b", "c"] {
            bench.add_list(title).await;
        }
        let (all, page_size) = (bench.lists().await, PageSize::try_from(2).unwrap());
        let mut query = TaskListQuery { show_deleted: false, after: None, page_size };
        let first = bench.owned().task_list_page(&query).await.unwrap();
        assert_eq!(first, Page { items: all[..2].to_vec(), more: true });
        query = TaskListQuery { show_deleted: true, after: Some(TaskListCursor::of(&all[1])), page_size };
        let second = bench.owned().task_list_page(&query).await.unwrap();
        assert_eq!(second, Page { items: all[2..].to_vec(), more: false });
    }

    async fn an_id_is_taken_for_its_owner_alone(database: TestDatabase) {
        let bench = Bench::new(&database).await;
        let stranger = bench.another(&database).await;
        let id = TaskListId::new(bench.now(), &bench.random);
        bench.owned().insert_task_list(id, new_list("mine"), bench.write()).await.unwrap();
        let again = bench.owned().insert_task_list(id, new_list("again"), bench.write()).await;
        assert!(is_duplicate(&again), "{again:?}");
        stranger.owned().insert_task_list(id, new_list("theirs"), stranger.write()).await.unwrap();
        assert_eq!((bench.lists().await.len(), stranger.lists().await.len()), (2, 2));
    }
}
