//! What these tests share: a running service, and accounts that call it.

use std::time::Duration;

use docket_identity::{SessionId, UserId};
use docket_process::TokenFlags;
use docket_proto::task::v1 as proto;
use docket_rpc::{Health, ServerSettings, ShieldSettings, serve, shield};
use docket_storage::{Db, Role};
use docket_testkit::{FakeClock, TestDatabase, TestIssuer, TestServer, eventually, seeded_random};
use proto::task_list_service_client::TaskListServiceClient;
use proto::task_service_client::TaskServiceClient;
use task_service::{Config, TaskService};
use tokio_util::sync::CancellationToken;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::auth::FakeAuth;

/// The longest life of a token here; no staleness may be longer.
const TOKEN_LIFE: Duration = Duration::from_secs(600);

/// A task service with its server, and the auth service that it follows.
pub(crate) struct Service {
    pub(crate) database: TestDatabase,
    pub(crate) db: Db,
    pub(crate) clock: FakeClock,
    pub(crate) issuer: TestIssuer,
    pub(crate) auth: FakeAuth,
    pub(crate) health: Health,
    pub(crate) task_service: TaskService,
    pub(crate) server: TestServer,
    shutdown: CancellationToken,
}

impl Service {
    /// A service that is ready, and for which revocations grow stale as late as they may.
    pub(crate) async fn start(database: TestDatabase) -> Self {
        let service = Self::start_unready(database, TOKEN_LIFE).await;
        service.follow();
        eventually(async || service.health.is_serving().then_some(())).await;
        service
    }

    /// A service that has not heard of its auth service yet.
    pub(crate) async fn start_unready(database: TestDatabase, staleness: Duration) -> Self {
        let clock = FakeClock::default();
        let issuer = TestIssuer::new(clock.clock());
        let config = Config {
            public_url: TestIssuer::ISSUER.parse().unwrap(),
            tokens: TokenFlags { access_token_life: TOKEN_LIFE, revocation_staleness: staleness },
        };
        let db = database.connect(Role::Task).await;
        let task_service = TaskService::build(&config, db.clone(), clock.clock(), seeded_random(3)).await.unwrap();
        let shutdown = CancellationToken::new();
        let settings = ShieldSettings::new(clock.clock(), seeded_random(4), shutdown.clone());
        let shielded = shield(task_service.routes(), settings);
        let server = TestServer::start_with(shutdown.clone(), |listener, shutdown| {
            serve(listener, shielded, shutdown, ServerSettings::default())
        })
        .await;
        let health = Health::new(shutdown.clone());
        let auth = FakeAuth::new(issuer.jwk());
        Self { database, db, clock, issuer, auth, health, task_service, server, shutdown }
    }

    /// Lets the service follow its auth service, in process.
    pub(crate) fn follow(&self) {
        let (service, auth) = (self.task_service.clone(), self.auth.routes());
        let (health, shutdown) = (self.health.clone(), self.shutdown.clone());
        tokio::spawn(async move { service.run(auth, None, &health, shutdown).await });
    }

    /// A signed-in account of its own.
    pub(crate) async fn account(&self) -> Account {
        self.account_of(self.database.add_user().await).await
    }

    /// A session more of `user`.
    pub(crate) async fn account_of(&self, user: UserId) -> Account {
        let session = SessionId::new(self.clock.now(), &seeded_random(5));
        let token = self.issuer.sign(&self.issuer.claims(user, session));
        let channel = self.server.channel().await;
        let bearer = Bearer::new(&token);
        Account {
            user,
            session,
            token,
            tasks: TaskServiceClient::with_interceptor(channel.clone(), bearer.clone()),
            lists: TaskListServiceClient::with_interceptor(channel.clone(), bearer),
            channel,
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Adds a token to each call.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Bearer {
    pub(crate) fn new(token: &str) -> Self {
        Self(format!("Bearer {token}").parse().expect("a token is visible ASCII"))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

pub(crate) type Calls = InterceptedService<Channel, Bearer>;

/// A signed-in account with its clients.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) token: String,
    pub(crate) channel: Channel,
    pub(crate) tasks: TaskServiceClient<Calls>,
    pub(crate) lists: TaskListServiceClient<Calls>,
}

impl Account {
    pub(crate) async fn create(&self, task: proto::Task) -> Result<proto::Task, Status> {
        self.create_once(task, "").await
    }

    pub(crate) async fn create_once(&self, task: proto::Task, request_id: &str) -> Result<proto::Task, Status> {
        let request = proto::CreateTaskRequest { task: Some(task), request_id: request_id.into() };
        let answer = self.tasks.clone().create_task(request).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    /// A task with this title.
    pub(crate) async fn add(&self, title: &str) -> proto::Task {
        self.create(titled(title)).await.expect("the task can be added")
    }

    pub(crate) async fn get(&self, id: &str) -> Result<proto::Task, Status> {
        let answer = self.tasks.clone().get_task(proto::GetTaskRequest { id: id.into() }).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    pub(crate) async fn page(&self, request: proto::ListTasksRequest) -> Result<proto::ListTasksResponse, Status> {
        Ok(self.tasks.clone().list_tasks(request).await?.into_inner())
    }

    pub(crate) async fn update(&self, task: proto::Task, mask: &[&str]) -> Result<proto::Task, Status> {
        let paths = mask.iter().map(ToString::to_string).collect();
        let request = proto::UpdateTaskRequest {
            task: Some(task),
            update_mask: Some(prost_types::FieldMask { paths }),
            request_id: String::new(),
        };
        let answer = self.tasks.clone().update_task(request).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    pub(crate) async fn complete(&self, id: &str, etag: &str) -> Result<proto::Task, Status> {
        let request = proto::CompleteTaskRequest { id: id.into(), etag: etag.into(), request_id: String::new() };
        let answer = self.tasks.clone().complete_task(request).await?.into_inner();
        assert_eq!(answer.next_occurrence, None, "nothing repeats yet");
        Ok(answer.task.expect("an answer has its task"))
    }

    pub(crate) async fn reopen(&self, id: &str, etag: &str) -> Result<proto::Task, Status> {
        let request = proto::ReopenTaskRequest { id: id.into(), etag: etag.into(), request_id: String::new() };
        let answer = self.tasks.clone().reopen_task(request).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    pub(crate) async fn delete(&self, id: &str, etag: &str) -> Result<proto::Task, Status> {
        let request = proto::DeleteTaskRequest { id: id.into(), etag: etag.into(), request_id: String::new() };
        let answer = self.tasks.clone().delete_task(request).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    pub(crate) async fn undelete(&self, id: &str) -> Result<proto::Task, Status> {
        let request = proto::UndeleteTaskRequest { id: id.into(), request_id: String::new() };
        let answer = self.tasks.clone().undelete_task(request).await?.into_inner();
        Ok(answer.task.expect("an answer has its task"))
    }

    pub(crate) async fn create_list(&self, task_list: proto::TaskList) -> Result<proto::TaskList, Status> {
        let request = proto::CreateTaskListRequest { task_list: Some(task_list), request_id: String::new() };
        let answer = self.lists.clone().create_task_list(request).await?.into_inner();
        Ok(answer.task_list.expect("an answer has its list"))
    }

    pub(crate) async fn list_page(
        &self,
        request: proto::ListTaskListsRequest,
    ) -> Result<proto::ListTaskListsResponse, Status> {
        Ok(self.lists.clone().list_task_lists(request).await?.into_inner())
    }
}

pub(crate) fn titled(title: &str) -> proto::Task {
    proto::Task { title: title.into(), ..proto::Task::default() }
}

pub(crate) fn named(title: &str) -> proto::TaskList {
    proto::TaskList { title: title.into(), ..proto::TaskList::default() }
}

/// A request in the time zone `zone`.
pub(crate) fn in_zone<M>(message: M, zone: &str) -> Request<M> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("docket-time-zone", zone.parse().expect("visible ASCII"));
    request
}

/// An id that nothing has.
pub(crate) fn unknown_id() -> String {
    Uuid::from_u128(0x0193_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5b).to_string()
}

/// Why the call failed: code and reason.
pub(crate) fn failure<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String) {
    let status = result.expect_err("the call fails");
    let info = status.get_details_error_info().expect("an error has one ErrorInfo");
    assert_eq!(info.domain, "docket");
    (status.code(), info.reason)
}

/// The reason alone.
pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Status>) -> String {
    failure(result).1
}

/// The fields at fault, in the order told.
pub(crate) fn faults<T: std::fmt::Debug>(result: Result<T, Status>) -> Vec<String> {
    let status = result.expect_err("the call fails");
    assert_eq!(failure::<()>(Err(status.clone())), (Code::InvalidArgument, "INVALID_ARGUMENT".to_owned()));
    let bad = status.get_details_bad_request().expect("it names the fields");
    bad.field_violations.into_iter().map(|violation| violation.field).collect()
}
