//! The id of another account's resource gives the same answer, byte for byte, as an id that does not exist: in every
//! field with an id, of every method of the public services, through the gateway.
//!
//! A method or a field of the contracts that the rows do not cover fails the test.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use bytes::Bytes;
use docket_proto::auth::v1::account_service_client::AccountServiceClient;
use docket_proto::auth::v1::{ListSessionsRequest, ListSessionsResponse, SessionTokens};
use docket_proto::task::v1::task_list_service_client::TaskListServiceClient;
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskListRequest, ListTaskListsRequest, ListTasksRequest, TaskList};
use docket_proto::{FILE_DESCRIPTOR_SET, auth, task};
use docket_testkit::Raw;
use http::uri::PathAndQuery;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, MethodDescriptor};
use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::rows::{ROWS, Row};
use crate::session::{bearing, create_task, get_task, reason, sign_up};
use crate::{one_process, three_processes};

/// Ids that do not exist.
const NO_SUCH_ID: &str = "019a0000-0000-7000-8000-000000000000";
const NO_SUCH_TOKEN: &str = "AZoAAAAAcACAAAAAAAAAAA";

#[tokio::test]
async fn another_accounts_id_answers_as_an_unknown_one_in_one_process() {
    let docket = one_process().await;
    another_accounts_id_answers_as_an_unknown_one(docket.serve().channel()).await;
}

#[tokio::test]
async fn another_accounts_id_answers_as_an_unknown_one_in_three_processes() {
    let docket = three_processes().await;
    let _auth = docket.start_auth().ready().await;
    let _task = docket.start_task(&[]).ready().await;
    let gateway = docket.start_gateway(&[]).ready().await;
    another_accounts_id_answers_as_an_unknown_one(gateway.channel()).await;
}

async fn another_accounts_id_answers_as_an_unknown_one(gateway: Channel) {
    let ada = Account::furnished(gateway.clone(), "Ada").await;
    let grace = Account::furnished(gateway.clone(), "Grace").await;
    let before = ada.everything().await;
    let contracts = Contracts::new();
    for row in ROWS {
        let theirs = contracts.ask(&grace, row, &ada).await;
        let nobodys = contracts.ask(&grace, row, &Account::nobody(gateway.clone())).await;
        assert_eq!(theirs, nobodys, "{row:?}");
        assert_eq!(theirs.reason, row.answer, "{row:?}");
    }
    assert_eq!(ada.everything().await, before, "nothing of hers has changed");
}

#[test]
fn the_rows_cover_every_id_of_every_public_call() {
    let contracts = Contracts::new();
    let mut missing = Vec::new();
    for method in contracts.0.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let name = name(&method);
        let rows: Vec<&Row> = ROWS.iter().filter(|row| row.method == name).collect();
        // A method that is not implemented does not read its fields. Once it is, its row fails and asks for more rows.
        if !is_public(&method) || rows.iter().any(|row| row.answer == "UNIMPLEMENTED") {
            continue;
        }
        let mut paths = Vec::new();
        id_paths(&method.input(), "", &mut paths);
        let covered: Vec<String> = rows.iter().flat_map(|row| probed(&row.json(), "")).collect();
        missing.extend(paths.iter().filter(|path| !covered.contains(path)).map(|path| format!("{name} {path}")));
    }
    assert!(missing.is_empty(), "no row probes {missing:#?}");
}

fn name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

fn is_public(method: &MethodDescriptor) -> bool {
    let service = method.parent_service();
    [auth::v1::PUBLIC_SERVICES, task::v1::PUBLIC_SERVICES].concat().contains(&service.full_name())
}

/// The paths of the fields that refer to stored resources, in the order of the contract.
fn id_paths(message: &MessageDescriptor, prefix: &str, paths: &mut Vec<String>) {
    for field in message.fields() {
        let path = format!("{prefix}{}", field.name());
        match field.kind() {
            Kind::String if refers_to_a_resource(field.name()) => paths.push(path),
            Kind::Message(inner) if inner.full_name().starts_with("docket.") => {
                id_paths(&inner, &format!("{path}."), paths);
            }
            _ => {}
        }
    }
}

/// Whether a field of this name refers to a stored resource. Ids that a client generates for a request do not.
fn refers_to_a_resource(field: &str) -> bool {
    let generated = ["request_id", "command_id"].contains(&field);
    !generated && (field == "id" || field.ends_with("_id") || ["page_token", "sync_token"].contains(&field))
}

/// The paths at which a row's request holds a placeholder.
fn probed(json: &Value, prefix: &str) -> Vec<String> {
    let Value::Object(fields) = json else { return Vec::new() };
    let probes = fields.iter().map(|(name, value)| match value {
        Value::String(text) if text.starts_with("their ") => vec![format!("{prefix}{name}")],
        value => probed(value, &format!("{prefix}{name}.")),
    });
    probes.flatten().collect()
}

/// All that a client learns from a failed call, or that it succeeded.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    reason: String,
    code: tonic::Code,
    message: String,
    details: Vec<u8>,
}

impl From<Result<(), Status>> for Answer {
    fn from(result: Result<(), Status>) -> Self {
        let status = result.err().unwrap_or_else(|| Status::ok(""));
        let reason = if status.code() == tonic::Code::Ok { "OK".to_owned() } else { reason(&status) };
        let (code, message, details) = (status.code(), status.message().to_owned(), status.details().to_vec());
        Self { reason, code, message, details }
    }
}

/// The resources of an account, by the placeholders of the rows.
struct Account {
    gateway: Channel,
    tokens: SessionTokens,
    things: BTreeMap<&'static str, String>,
}

impl Account {
    /// A new account with two tasks, a list and a session; two of each that is paged, so that there are page tokens.
    async fn furnished(gateway: Channel, name: &str) -> Self {
        let tokens = sign_up(gateway.clone(), name).await;
        let access = tokens.access_token.clone();
        let task = create_task(gateway.clone(), &access, "Water the plants").await;
        create_task(gateway.clone(), &access, "Feed the cat").await;
        let list = TaskList { title: "Garden".to_owned(), ..TaskList::default() };
        let request = CreateTaskListRequest { task_list: Some(list), ..CreateTaskListRequest::default() };
        let mut lists = TaskListServiceClient::new(gateway.clone());
        let answer = lists.create_task_list(bearing(request, &access)).await.expect("the list is good");
        let list = answer.into_inner().task_list.expect("the answer holds the list").id;
        let request = ListTaskListsRequest { page_size: 1, ..ListTaskListsRequest::default() };
        let page = lists.list_task_lists(bearing(request, &access)).await.expect("lists are read");
        let list_page = page.into_inner().next_page_token;
        let request = ListTasksRequest { page_size: 1, ..ListTasksRequest::default() };
        let page = TaskServiceClient::new(gateway.clone()).list_tasks(bearing(request, &access)).await;
        let task_page = page.expect("tasks are read").into_inner().next_page_token;
        assert!(!list_page.is_empty() && !task_page.is_empty());
        let things = [
            ("task", task),
            ("list", list),
            ("session", tokens.session_id.clone()),
            ("task page", task_page),
            ("list page", list_page),
        ];
        Self { gateway, tokens, things: things.into() }
    }

    /// Ids and tokens of resources that do not exist.
    fn nobody(gateway: Channel) -> Self {
        let ids = ["task", "list", "session"].map(|thing| (thing, NO_SUCH_ID.to_owned()));
        let tokens = ["task page", "list page"].map(|thing| (thing, NO_SUCH_TOKEN.to_owned()));
        Self { gateway, tokens: SessionTokens::default(), things: ids.into_iter().chain(tokens).collect() }
    }

    /// All that the holder of the account can see.
    async fn everything(&self) -> (String, Vec<TaskList>, ListSessionsResponse) {
        let access = &self.tokens.access_token;
        let task = get_task(self.gateway.clone(), access, &self.things["task"]).await.expect("the task is there");
        let mut lists = TaskListServiceClient::new(self.gateway.clone());
        let lists = lists.list_task_lists(bearing(ListTaskListsRequest::default(), access)).await;
        let mut accounts = AccountServiceClient::new(self.gateway.clone());
        let sessions = accounts.list_sessions(bearing(ListSessionsRequest {}, access)).await;
        let lists = lists.expect("lists are read").into_inner().task_lists;
        (format!("{task:?}"), lists, sessions.expect("sessions are read").into_inner())
    }
}

/// The descriptors of the contracts.
struct Contracts(DescriptorPool);

impl Contracts {
    fn new() -> Self {
        Self(DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the descriptors were made with the code"))
    }

    /// Calls the row's method as `caller`. Placeholders for "their" resources become ids of `owner`, the others the
    /// caller's.
    async fn ask(&self, caller: &Account, row: &Row, owner: &Account) -> Answer {
        let (service, method) = row.method.split_once('/').expect("a service and a method");
        let service = self.0.get_service_by_name(service).expect("the contracts have the service");
        let method = service.methods().find(|other| other.name() == method).expect("the service has the method");
        let json = fill(row.json(), caller, owner);
        let message = DynamicMessage::deserialize(method.input(), json).expect("the row is a request");
        let path = PathAndQuery::from_str(&format!("/{}", row.method)).expect("names make a path");
        let request: Request<Bytes> = bearing(message.encode_to_vec().into(), &caller.tokens.access_token);
        let mut client = tonic::client::Grpc::new(caller.gateway.clone());
        client.ready().await.expect("the gateway answers");
        // A unary call is a stream of one message, so that this works for both.
        let answer = async {
            let mut answers = client.server_streaming(request, path, Raw).await?.into_inner();
            answers.message().await.map(drop)
        };
        answer.await.into()
    }
}

fn fill(json: Value, caller: &Account, owner: &Account) -> Value {
    match json {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, fill(value, caller, owner))).collect())
        }
        Value::String(text) => Value::String(match text.split_once(' ') {
            Some(("their", thing)) => owner.things[thing].clone(),
            Some(("my", thing)) => caller.things[thing].clone(),
            _ => text,
        }),
        other => other,
    }
}
