//! The calls that are measured: made once by the contract's own clients, to know what to send and what to expect.

use anyhow::Context as _;
use bytes::{BufMut as _, Bytes, BytesMut};
use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::auth::v1::{SignInRequest, SignUpRequest};
use docket_proto::task::v1::task::Priority;
use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskRequest, Due, GetTaskRequest, ListTasksRequest, Task};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use prost::Message;
use tonic::Request;
use tonic::transport::Channel;

const PASSWORD: &str = "violet otter canyon 7";
/// How many tasks the reader has.
const TASKS: usize = 1000;
const PAGE_SIZE: i32 = 20;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The bare echo of a GetTask answer.
    Echo,
    GetTask,
    /// A page of twenty.
    ListTasks,
    CreateTask,
    SignIn,
}

impl Kind {
    /// The path of the call.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Echo => crate::echo::PATH,
            Self::GetTask => "/docket.task.v1.TaskService/GetTask",
            Self::ListTasks => "/docket.task.v1.TaskService/ListTasks",
            Self::CreateTask => "/docket.task.v1.TaskService/CreateTask",
            Self::SignIn => "/docket.auth.v1.AuthService/SignIn",
        }
    }
}

/// One request and the answer that it had, each with its frame.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) request: Bytes,
    pub(crate) answer: Bytes,
    /// Of the task that CreateTask made; empty elsewhere.
    pub(crate) created: String,
}

impl Sample {
    fn new(request: &impl Message, answer: &impl Message) -> Self {
        Self { request: frame(request), answer: frame(answer), created: String::new() }
    }
}

/// A message as gRPC sends it: not compressed, its length in four bytes.
fn frame(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(5 + length);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length).expect("messages are far below 4 GiB"));
    message.encode(&mut frame).expect("the buffer grows");
    frame.freeze()
}

/// An account with tasks, and where its services are.
pub(crate) struct Account {
    auth: AuthServiceClient<Channel>,
    tasks: TaskServiceClient<Channel>,
    email: String,
    /// The account's id.
    pub(crate) id: String,
    task: String,
    /// A live one, for at least ten minutes after [`Self::sign_in`].
    pub(crate) access_token: String,
}

impl Account {
    /// Signs up, with a thousand tasks.
    pub(crate) async fn furnished(name: &str, auth: Channel, tasks: Channel) -> anyhow::Result<Self> {
        let mut auth = AuthServiceClient::new(auth);
        let email = format!("{name}@example.org");
        let request = SignUpRequest {
            display_name: name.to_owned(),
            email: email.clone(),
            password: PASSWORD.to_owned(),
            ..SignUpRequest::default()
        };
        let answer = auth.sign_up(request).await?.into_inner();
        let id = answer.account.context("no account came")?.id;
        let access_token = answer.tokens.context("no tokens came")?.access_token;
        let mut account =
            Self { auth, tasks: TaskServiceClient::new(tasks), email, id, task: String::new(), access_token };
        let samples: Vec<Sample> =
            stream::iter((0..TASKS).map(|_| account.create_task())).buffer_unordered(16).try_collect().await?;
        account.task = samples.into_iter().next().context("no task was made")?.created;
        Ok(account)
    }

    /// Opens a new session and takes its token.
    pub(crate) async fn sign_in(&mut self) -> anyhow::Result<()> {
        let answer = self.auth.sign_in(self.credentials()).await?.into_inner();
        self.access_token = answer.tokens.context("no tokens came")?.access_token;
        Ok(())
    }

    /// Makes the call once.
    pub(crate) async fn sample(&self, kind: Kind) -> anyhow::Result<Sample> {
        let mut tasks = self.tasks.clone();
        match kind {
            Kind::Echo => {
                let answer = self.get_task().await?.answer;
                Ok(Sample { request: answer.clone(), answer, created: String::new() })
            }
            Kind::GetTask => self.get_task().await,
            Kind::ListTasks => {
                let request = ListTasksRequest { page_size: PAGE_SIZE, ..ListTasksRequest::default() };
                Ok(Sample::new(&request, tasks.list_tasks(self.bearing(request.clone())).await?.get_ref()))
            }
            Kind::CreateTask => self.create_task().await,
            Kind::SignIn => {
                let request = self.credentials();
                Ok(Sample::new(&request, self.auth.clone().sign_in(request.clone()).await?.get_ref()))
            }
        }
    }

    async fn get_task(&self) -> anyhow::Result<Sample> {
        let request = GetTaskRequest { id: self.task.clone() };
        Ok(Sample::new(&request, self.tasks.clone().get_task(self.bearing(request.clone())).await?.get_ref()))
    }

    async fn create_task(&self) -> anyhow::Result<Sample> {
        let task = Task {
            title: "Water the plants on the balcony".to_owned(),
            description: "The ferns twice, the cactus not at all.".to_owned(),
            priority: Priority::High.into(),
            due: Some(Due { local: "2027-05-01".to_owned(), ..Due::default() }),
            ..Task::default()
        };
        let request = CreateTaskRequest { task: Some(task), ..CreateTaskRequest::default() };
        let answer = self.tasks.clone().create_task(self.bearing(request.clone())).await?.into_inner();
        let sample = Sample::new(&request, &answer);
        Ok(Sample { created: answer.task.context("no task came")?.id, ..sample })
    }

    fn credentials(&self) -> SignInRequest {
        SignInRequest { email: self.email.clone(), password: PASSWORD.to_owned(), ..SignInRequest::default() }
    }

    fn bearing<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.access_token).parse().expect("a token is ASCII");
        request.metadata_mut().insert("authorization", bearer);
        request
    }
}
