//! Another account's id answers, byte for byte, as one that never was: every call of this service, and every field of
//! it that names something stored.
//!
//! The rows are held against the contracts: a call or a field that no row probes fails the test.

use docket_proto::task::v1 as proto;
use docket_testkit::{Raw, on_both_databases};
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor};
use serde_json::{Value, json};
use tonic::client::Grpc;
use tonic::{Code, Request, Status};

use crate::kit::{Account, Bearer, Service, named, reason, titled, unknown_id};

/// A call, the field that another account's id is put into, and how it answers.
struct Row {
    method: &'static str,
    field: &'static str,
    /// What else the request holds.
    request: fn(&Things) -> Value,
    answer: &'static str,
}

/// What an account has.
struct Things {
    task: String,
    deleted_task: String,
    list: String,
    task_page: String,
    list_page: String,
}

const fn row(method: &'static str, field: &'static str, request: fn(&Things) -> Value, answer: &'static str) -> Row {
    Row { method, field, request, answer }
}

const ROWS: &[Row] = &[
    row("TaskService/CreateTask", "task.task_list_id", |_| json!({ "task": { "title": "x" } }), "NOT_FOUND"),
    row("TaskService/CreateTask", "task.parent_id", |_| json!({ "task": { "title": "x" } }), "INVALID_ARGUMENT"),
    row("TaskService/CreateTask", "task.series_id", |_| json!({ "task": { "title": "x" } }), "INVALID_ARGUMENT"),
    row("TaskService/GetTask", "id", |_| json!({}), "NOT_FOUND"),
    row("TaskService/ListTasks", "page_token", |_| json!({ "page_size": 1 }), "INVALID_ARGUMENT"),
    row("TaskService/ListTasks", "filter", |_| json!({ "show_deleted": true }), "OK"),
    row("TaskService/UpdateTask", "task.id", |_| json!({ "task": { "title": "x" } }), "NOT_FOUND"),
    row("TaskService/UpdateTask", "task.task_list_id", |my| json!({ "task": { "id": my.task, "title": "x" } }), "OK"),
    row("TaskService/UpdateTask", "task.series_id", |my| json!({ "task": { "id": my.task } }), "INVALID_ARGUMENT"),
    row("TaskService/UpdateTask", "task.parent_id", |my| json!({ "task": { "id": my.task } }), "INVALID_ARGUMENT"),
    row("TaskService/CompleteTask", "id", |_| json!({}), "NOT_FOUND"),
    row("TaskService/ReopenTask", "id", |_| json!({}), "NOT_FOUND"),
    row("TaskService/DeleteTask", "id", |_| json!({}), "NOT_FOUND"),
    row("TaskService/UndeleteTask", "id", |_| json!({}), "NOT_FOUND"),
    row("TaskService/MoveTask", "id", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskService/ListTaskChanges", "sync_token", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskService/WatchTaskChanges", "sync_token", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskService/ApplyTaskCommands", "", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskListService/ListTaskLists", "page_token", |_| json!({ "page_size": 1 }), "INVALID_ARGUMENT"),
    row("TaskListService/GetTaskList", "id", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskListService/UpdateTaskList", "task_list.id", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskListService/DeleteTaskList", "id", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskListService/UndeleteTaskList", "id", |_| json!({}), "UNIMPLEMENTED"),
    row("TaskListService/MoveTaskList", "id", |_| json!({}), "UNIMPLEMENTED"),
    row("TransferService/ExportTasks", "", |_| json!({}), "UNIMPLEMENTED"),
    row("TransferService/ImportTasks", "", |_| json!({}), "UNIMPLEMENTED"),
    // Last, since from here on the caller has things with those ids, too.
    row("TaskService/CreateTask", "task.id", |_| json!({ "task": { "title": "x" } }), "OK"),
    row("TaskListService/CreateTaskList", "task_list.id", |_| json!({ "task_list": { "title": "x" } }), "OK"),
];

fn contracts() -> DescriptorPool {
    DescriptorPool::decode(docket_proto::FILE_DESCRIPTOR_SET).expect("the descriptors were made with the code")
}

/// The fields of a request that name something stored. What a client makes up for one request does not.
fn id_fields(message: &MessageDescriptor, prefix: &str) -> Vec<String> {
    let fields = message.fields().flat_map(|field| {
        let (name, path) = (field.name().to_owned(), format!("{prefix}{}", field.name()));
        match field.kind() {
            Kind::String if name == "request_id" || name == "command_id" => Vec::new(),
            Kind::String if name == "filter" => vec![path],
            Kind::String if name == "id" || name.ends_with("_id") || name.ends_with("_token") => vec![path],
            Kind::Message(inner) if inner.package_name() == "docket.task.v1" => id_fields(&inner, &format!("{path}.")),
            _ => Vec::new(),
        }
    });
    fields.collect()
}

#[test]
fn the_rows_probe_every_id_of_every_call() {
    let mut missing = Vec::new();
    for service in contracts().services().filter(|service| service.package_name() == "docket.task.v1") {
        for method in service.methods() {
            let name = format!("{}/{}", service.name(), method.name());
            let rows: Vec<_> = ROWS.iter().filter(|row| row.method == name).collect();
            // Once it is built, its row fails and asks for those of its fields.
            if rows.iter().any(|row| row.answer == "UNIMPLEMENTED") {
                continue;
            }
            let probed = |field: &String| rows.iter().any(|row| row.field == field.as_str());
            let unprobed = id_fields(&method.input(), "").into_iter().filter(|field| !probed(field));
            missing.extend(unprobed.map(|field| format!("{name} {field}")));
            assert!(!rows.is_empty(), "no row for {name}");
        }
    }
    assert_eq!(missing, [""; 0]);
}

async fn furnish(account: &Account) -> Things {
    let (task, deleted) = (account.add("kept").await, account.add("thrown away").await);
    account.delete(&deleted.id, "").await.unwrap();
    account.add("another").await;
    let list = account.create_list(named("list")).await.unwrap();
    let tasks = proto::ListTasksRequest { page_size: 1, ..Default::default() };
    let lists = proto::ListTaskListsRequest { page_size: 1, ..Default::default() };
    Things {
        task: task.id,
        deleted_task: deleted.id,
        list: list.id,
        task_page: account.page(tasks).await.unwrap().next_page_token,
        list_page: account.list_page(lists).await.unwrap().next_page_token,
    }
}

/// All that the caller can see.
async fn everything(account: &Account) -> (Vec<proto::Task>, Vec<proto::TaskList>) {
    let tasks = proto::ListTasksRequest { show_deleted: true, ..Default::default() };
    let tasks = account.page(tasks).await.unwrap().tasks;
    (tasks, account.list_page(proto::ListTaskListsRequest::default()).await.unwrap().task_lists)
}

/// All that a caller is told of a call that failed, and all of a page. What else succeeds answers with new ids and times:
/// of that it is enough that it succeeds.
async fn ask(account: &Account, row: &Row, things: &Things, id: &str) -> (String, Code, String, Vec<u8>) {
    let (service, method) = row.method.split_once('/').unwrap();
    let service = contracts().get_service_by_name(&format!("docket.task.v1.{service}")).unwrap();
    let input = service.methods().find(|other| other.name() == method).unwrap().input();
    let mut request = (row.request)(things);
    if !row.field.is_empty() {
        let pointer = row.field.split('.').fold(&mut request, |inner, name| &mut inner[name]);
        *pointer = if row.field == "filter" { json!(format!("task_list = \"{id}\"")) } else { json!(id) };
    }
    let message = DynamicMessage::deserialize(input, request).expect("the row is a request");
    let mut client = Grpc::new(tonic::service::interceptor::InterceptedService::new(
        account.channel.clone(),
        Bearer::new(&account.token),
    ));
    client.ready().await.unwrap();
    let path = format!("/docket.task.v1.{}", row.method).parse().unwrap();
    // A unary call is a stream of one, so that this serves both.
    let answer = async {
        let request = Request::new(prost::Message::encode_to_vec(&message).into());
        let mut answers = client.server_streaming(request, path, Raw).await?.into_inner();
        answers.message().await
    };
    let status = match answer.await {
        Ok(page) if row.field == "filter" => Status::with_details(Code::Ok, "", page.expect("a page")),
        Ok(_) => Status::ok(""),
        Err(status) => status,
    };
    let name = if status.code() == Code::Ok { "OK".to_owned() } else { reason::<()>(Err(status.clone())) };
    (name, status.code(), status.message().to_owned(), status.details().to_vec())
}

on_both_databases! {
    async fn another_accounts_id_answers_as_an_unknown_one(database: TestDatabase) {
        let service = Service::start(database).await;
        let (ada, grace) = (service.account().await, service.account().await);
        let (hers, mine) = (furnish(&ada).await, furnish(&grace).await);
        let before = everything(&ada).await;
        for row in ROWS {
            let foreign = match row.field.rsplit('.').next().unwrap() {
                "page_token" if row.method.starts_with("TaskListService") => vec![&hers.list_page],
                "page_token" => vec![&hers.task_page],
                "task_list_id" | "filter" => vec![&hers.list],
                _ if row.method.starts_with("TaskListService") => vec![&hers.list],
                _ => vec![&hers.task, &hers.deleted_task, &hers.list],
            };
            for (number, id) in foreign.into_iter().enumerate() {
                let theirs = ask(&grace, row, &mine, id).await;
                // Where something is made under the id, each time under another.
                let unknown = unknown_id().replace("0193a1b2", &format!("0193a1b{number}"));
                let nobodys = ask(&grace, row, &mine, &unknown).await;
                assert_eq!(theirs, nobodys, "{} {}", row.method, row.field);
                assert_eq!(theirs.0, row.answer, "{} {}", row.method, row.field);
            }
        }
        assert_eq!(everything(&ada).await, before, "nothing of hers has changed");
    }

    async fn lists_show_the_callers_own_only(database: TestDatabase) {
        let service = Service::start(database).await;
        let (ada, grace) = (service.account().await, service.account().await);
        for (account, title) in [(&ada, "hers"), (&grace, "mine")] {
            account.add(title).await;
            account.create(titled(title)).await.unwrap();
        }
        let (tasks, lists) = everything(&grace).await;
        assert!(tasks.iter().all(|task| task.title == "mine"));
        assert_eq!((tasks.len(), lists.len()), (2, 1));
    }
}
