//! CreateTaskList and ListTaskLists.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use proto::{ListTaskListsRequest, TaskList};
use tonic::Code;

use crate::kit::{Service, failure, faults, named, reason, unknown_id};

on_both_databases! {
    async fn every_account_has_an_inbox(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let looks = async || account.list_page(ListTaskListsRequest::default()).await.unwrap();
        let (first, second) = tokio::join!(looks(), looks());
        assert_eq!(first, second, "two first looks at once");
        assert_eq!((first.task_lists.len(), first.next_page_token.as_str()), (1, ""));
        assert!(first.task_lists[0].inbox);
        assert_eq!(account.add("x").await.task_list_id, first.task_lists[0].id);
    }

    async fn lists_stand_behind_the_inbox_in_the_order_of_their_making(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let mut made = Vec::new();
        for title in ["c", "a", "b"] {
            made.push(account.create_list(TaskList { color: "#12ab3F".into(), ..named(title) }).await.unwrap());
        }
        assert!(made.iter().all(|list| !list.inbox && list.color == "#12ab3F" && !list.etag.is_empty()));
        let all = account.list_page(ListTaskListsRequest::default()).await.unwrap().task_lists;
        assert!(all[0].inbox);
        assert_eq!(all[1..], made);

        let mut request = ListTaskListsRequest { page_size: 2, ..ListTaskListsRequest::default() };
        let first = account.list_page(request.clone()).await.unwrap();
        request.page_token = first.next_page_token;
        let second = account.list_page(request).await.unwrap();
        assert_eq!([first.task_lists, second.task_lists].concat(), all);
        assert_eq!(second.next_page_token, "");
    }

    async fn what_makes_no_sense_is_refused_where_it_is(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        for (list, field) in [
            (named(" "), "task_list.title"),
            (named(&"a".repeat(101)), "task_list.title"),
            (TaskList { color: "red".into(), ..named("x") }, "task_list.color"),
            (TaskList { id: "x".into(), ..named("x") }, "task_list.id"),
            (TaskList { position: "a0".into(), ..named("x") }, "task_list.position"),
        ] {
            assert_eq!(faults(account.create_list(list).await), [field]);
        }
        let both = TaskList { color: "red".into(), ..named("") };
        assert_eq!(faults(account.create_list(both).await), ["task_list.title", "task_list.color"]);
        let nothing = account.lists.clone().create_task_list(proto::CreateTaskListRequest::default()).await;
        assert_eq!(faults(nothing), ["task_list"]);
        let bad = ListTaskListsRequest { page_size: -1, page_token: "x".into(), show_deleted: false };
        assert_eq!(faults(account.list_page(bad).await), ["page_size", "page_token"]);
    }

    async fn a_chosen_id_is_taken_once_an_account(database: TestDatabase) {
        let service = Service::start(database).await;
        let (account, stranger) = (service.account().await, service.account().await);
        let chosen = TaskList { id: unknown_id(), ..named("x") };
        assert_eq!(account.create_list(chosen.clone()).await.unwrap().id, unknown_id());
        assert_eq!(failure(account.create_list(chosen.clone()).await), (Code::AlreadyExists, "ID_TAKEN".into()));
        stranger.create_list(chosen).await.unwrap();
    }

    async fn a_retry_makes_one_list(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let make = async |title: &str| {
            let request = proto::CreateTaskListRequest { task_list: Some(named(title)), request_id: unknown_id() };
            account.lists.clone().create_task_list(request).await.map(tonic::Response::into_inner)
        };
        assert_eq!(make("x").await.unwrap(), make("x").await.unwrap());
        assert_eq!(reason(make("y").await), "REQUEST_ID_REUSED");
        let lists = account.list_page(ListTaskListsRequest::default()).await.unwrap().task_lists;
        assert_eq!(lists.len(), 2);
    }

    async fn others_lists_are_not_there(database: TestDatabase) {
        let service = Service::start(database).await;
        let (account, stranger) = (service.account().await, service.account().await);
        account.create_list(named("mine")).await.unwrap();
        let theirs = stranger.list_page(ListTaskListsRequest::default()).await.unwrap().task_lists;
        assert_eq!(theirs.len(), 1, "their inbox");
    }
}
