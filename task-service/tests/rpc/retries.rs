//! Request ids.

use docket_proto::task::v1 as proto;
use docket_testkit::on_both_databases;
use prost::Message as _;
use tonic::Code;

use crate::kit::{Account, Service, failure, faults, in_zone, reason, titled};

const REQUEST: &str = "7c0f5f2e-1111-4222-8333-444455556666";

async fn count(account: &Account) -> usize {
    let request = proto::ListTasksRequest { page_size: 200, show_deleted: true, ..proto::ListTasksRequest::default() };
    account.page(request).await.unwrap().tasks.len()
}

on_both_databases! {
    async fn a_retry_has_the_first_answer_byte_for_byte(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let due = Some(proto::Due { local: "2026-12-24".into(), ..proto::Due::default() });
        let request = proto::CreateTaskRequest {
            task: Some(proto::Task { due, ..titled("x") }),
            request_id: REQUEST.into(),
        };
        let create = async || {
            let request = in_zone(request.clone(), "Asia/Tokyo");
            account.tasks.clone().create_task(request).await.unwrap().into_inner().encode_to_vec()
        };
        let first = create().await;
        let id = proto::CreateTaskResponse::decode(&*first).unwrap().task.unwrap().id;
        service.clock.advance(chrono::TimeDelta::minutes(1));
        account.complete(&id, "").await.unwrap();
        assert_eq!(create().await, first);
        assert_eq!(count(&account).await, 1);
    }

    async fn every_write_can_be_retried(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.add("x").await;
        let (id, etag) = (task.id.clone(), task.etag.clone());
        let request_id = |number: u8| format!("{number:08x}-1111-4222-8333-444455556666");

        macro_rules! twice {
            ($call:ident, $request:expr) => {{
                let request = $request;
                let first = account.tasks.clone().$call(request.clone()).await.unwrap().into_inner();
                let second = account.tasks.clone().$call(request).await.unwrap().into_inner();
                assert_eq!(first.encode_to_vec(), second.encode_to_vec());
                first.task.unwrap()
            }};
        }
        let update = proto::UpdateTaskRequest {
            task: Some(proto::Task { title: "y".into(), ..task }),
            update_mask: None,
            request_id: request_id(1),
        };
        // The etag is an old one by the time of the retry.
        let etag = { let updated = twice!(update_task, update); assert_ne!(updated.etag, etag); updated.etag };
        let complete = proto::CompleteTaskRequest { id: id.clone(), etag, request_id: request_id(2) };
        let etag = twice!(complete_task, complete).etag;
        let reopen = proto::ReopenTaskRequest { id: id.clone(), etag, request_id: request_id(3) };
        let etag = twice!(reopen_task, reopen).etag;
        let delete = proto::DeleteTaskRequest { id: id.clone(), etag, request_id: request_id(4) };
        twice!(delete_task, delete);
        let undelete = proto::UndeleteTaskRequest { id, request_id: request_id(5) };
        twice!(undelete_task, undelete);
    }

    async fn another_request_under_the_same_id_is_refused(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let task = account.create_once(titled("x"), REQUEST).await.unwrap();
        let other = account.create_once(titled("y"), REQUEST).await;
        assert_eq!(failure(other), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));
        let other_call = proto::DeleteTaskRequest { id: task.id, etag: String::new(), request_id: REQUEST.into() };
        assert_eq!(reason(account.tasks.clone().delete_task(other_call).await), "REQUEST_ID_REUSED");
        assert_eq!(count(&account).await, 1);
        assert_eq!(faults(account.create_once(titled("x"), "x").await), ["request_id"]);
    }

    async fn two_calls_that_take_the_same_message_are_two_requests(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let id = account.add("x").await.id;
        let complete = proto::CompleteTaskRequest { id: id.clone(), etag: String::new(), request_id: REQUEST.into() };
        account.tasks.clone().complete_task(complete).await.unwrap();
        let reopen = proto::ReopenTaskRequest { id, etag: String::new(), request_id: REQUEST.into() };
        assert_eq!(reason(account.tasks.clone().reopen_task(reopen).await), "REQUEST_ID_REUSED");
    }

    async fn a_write_that_failed_leaves_its_request_id_free(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let taken = account.add("x").await.id;
        let again = proto::Task { id: taken, ..titled("y") };
        for _ in 0..2 {
            assert_eq!(reason(account.create_once(again.clone(), REQUEST).await), "ID_TAKEN");
        }
        account.create_once(titled("y"), REQUEST).await.unwrap();
    }

    async fn accounts_have_request_ids_of_their_own(database: TestDatabase) {
        let service = Service::start(database).await;
        let (account, stranger) = (service.account().await, service.account().await);
        let mine = account.create_once(titled("mine"), REQUEST).await.unwrap();
        let theirs = stranger.create_once(titled("theirs"), REQUEST).await.unwrap();
        assert_ne!(mine.id, theirs.id);
    }

    async fn of_two_at_once_one_has_an_effect(database: TestDatabase) {
        let service = Service::start(database).await;
        let account = service.account().await;
        let second_connection = service.account_of(account.user).await;
        for round in 0..20_u8 {
            let request_id = format!("{round:08x}-1111-4222-8333-444455556666");
            let (first, second) = tokio::join!(
                account.create_once(titled("x"), &request_id),
                second_connection.create_once(titled("x"), &request_id),
            );
            assert_eq!(first.unwrap(), second.unwrap());
            assert_eq!(count(&account).await, usize::from(round) + 1);
        }
    }
}
