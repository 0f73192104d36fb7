//! What an operator sees of a running process: lines of the log, metrics, readiness, traces.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use docket_proto::task::v1::task_service_client::TaskServiceClient;
use docket_proto::task::v1::{CreateTaskRequest, GetTaskRequest, Task};
use docket_testkit::{Process, Program, TestServer, eventually, free_address, within_ten_seconds};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::program::{Served, docket, sign_up, signed};

const CREATE: &str = "docket.task.v1.TaskService/CreateTask";
const GET: &str = "docket.task.v1.TaskService/GetTask";

fn serve_command(data: &Path, flags: &[&str]) -> std::process::Command {
    let mut command = docket(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(data).args(flags);
    command
}

fn create() -> CreateTaskRequest {
    CreateTaskRequest {
        task: Some(Task { title: "Buy milk".into(), ..Task::default() }),
        ..CreateTaskRequest::default()
    }
}

/// The answer to `GET path`: status line, headers and body as they came.
pub(crate) async fn get(address: SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within_ten_seconds(connection.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn each_call_is_one_line_of_the_log_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let served = Served::start_logging(folder.path(), "info", &log);
    let channel = served.channel().await;
    let tokens = sign_up(channel.clone()).await;
    let mut tasks = TaskServiceClient::new(channel);
    let mut request = signed(&tokens, create());
    request.metadata_mut().insert("x-request-id", "call-of-the-test".parse().unwrap());
    tasks.create_task(request).await.unwrap();
    let unknown = GetTaskRequest { id: "01890a5d-ac96-774b-bcce-b302099a8057".into() };
    tasks.get_task(signed(&tokens, unknown)).await.unwrap_err();
    tasks.get_task(GetTaskRequest::default()).await.unwrap_err();
    let mut health = HealthClient::new(served.channel().await);
    health.check(HealthCheckRequest::default()).await.unwrap();
    served.terminate();
    assert!(served.ended().await.success());

    let log = std::fs::read_to_string(log).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let calls: Vec<Value> = lines.filter(|line| line["message"] == "call").collect();
    let of = |method: &str| -> Vec<&Value> {
        calls.iter().filter(|line| line["spans"][0]["method"] == format!("/{method}")).collect()
    };
    let [created] = of(CREATE)[..] else { panic!("{calls:#?}") };
    assert_eq!(created["level"], "INFO");
    assert_eq!(created["code"], "OK");
    assert_eq!(created["spans"][0]["request_id"], "call-of-the-test");
    assert!(created["duration_ms"].as_f64().is_some_and(|duration| duration > 0.0), "{created}");
    let account = created["account"].as_str().expect("the caller is known");
    assert_eq!(account.len(), 36, "{account}");
    let [not_found, without_token] = of(GET)[..] else { panic!("{calls:#?}") };
    assert_eq!((&not_found["code"], &not_found["reason"]), (&"NOT_FOUND".into(), &"NOT_FOUND".into()));
    assert_eq!((&not_found["account"], &not_found["level"]), (&account.into(), &"INFO".into()));
    assert_eq!(
        (&without_token["code"], &without_token["reason"]),
        (&"UNAUTHENTICATED".into(), &"TOKEN_MISSING".into())
    );
    assert_eq!(without_token.get("account"), None);
    assert!(of("grpc.health.v1.Health/Check").is_empty(), "balancers ask every few seconds");
}

/// The value of the line of `metrics` that begins so.
pub(crate) fn series(metrics: &str, beginning: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(beginning));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{beginning}\n{metrics}"))
}

fn database(name: &str, pool: &str, value: &str) -> String {
    format!("docket_database_{name}{{service=\"auth, task\",pool=\"{pool}\"}} {value}")
}

#[tokio::test]
async fn metrics_and_readiness_are_served_on_an_address_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let admin = free_address();
    let served = Served::start_command(&mut serve_command(folder.path(), &["--admin-listen", &admin.to_string()]));
    let channel = served.channel().await;
    let tokens = sign_up(channel.clone()).await;
    TaskServiceClient::new(channel.clone()).create_task(signed(&tokens, create())).await.unwrap();
    let streams = |metrics: &str| series(metrics, "docket_streams_open ");
    // Its own parts have streams among each other.
    let own_streams = streams(&get(admin, "/metrics").await);
    let mut health = HealthClient::new(channel.clone());
    let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    watch.message().await.unwrap();
    let mut tasks = TaskServiceClient::new(channel);
    tasks.get_task(GetTaskRequest::default()).await.unwrap_err();

    let metrics = get(admin, "/metrics").await;
    assert!(metrics.starts_with("HTTP/1.1 200 "), "{metrics}");
    for line in [
        format!("docket_call_duration_seconds_count{{method=\"{CREATE}\",code=\"OK\"}} 1"),
        format!("docket_call_duration_seconds_count{{method=\"{GET}\",code=\"UNAUTHENTICATED\"}} 1"),
        format!("docket_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
        "docket_connections_open 1.0".to_owned(),
        "docket_calls_in_hand 0.0".to_owned(),
        "docket_message_bytes_in_hand 0.0".to_owned(),
        database("connections_max", "transactions", "1.0"),
        database("connections_open", "transactions", "1.0"),
        database("connections_max", "frequent_reads", "8.0"),
        database("waiting", "transactions", "0.0"),
        "docket_password_hashing_waiting 0.0".to_owned(),
        "docket_token_cache_entries{service=\"task\"} 1.0".to_owned(),
        "docket_token_signatures_checked_total{service=\"task\"} 1.0".to_owned(),
        "docket_job_failures_total{service=\"task\",job=\"delete_expired\"} 0.0".to_owned(),
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
    assert_eq!(streams(&metrics) - own_streams, 1.0, "{metrics}");
    let seconds = |name: &str, labels: &str| series(&metrics, &format!("docket_{name}_seconds{{{labels}}} "));
    for service in ["auth", "task"] {
        // Ages in seconds: a service that has just started has heard within the minute.
        assert!((-5.0..60.0).contains(&seconds("keys_age", &format!("service=\"{service}\""))), "{metrics}");
        assert!((-5.0..60.0).contains(&seconds("revocations_age", &format!("service=\"{service}\""))), "{metrics}");
    }
    assert!((-5.0..5.0).contains(&seconds("clock_offset", "service=\"task\"")), "{metrics}");
    for job in ["reload_keys", "delete_expired"] {
        assert!((0.0..60.0).contains(&seconds("job_age", &format!("service=\"auth\",job=\"{job}\""))), "{metrics}");
    }
    assert!(get(admin, "/healthz").await.starts_with("HTTP/1.1 200 "));
    assert!(get(admin, "/readyz").await.starts_with("HTTP/1.1 200 "));
    assert!(get(admin, "/nothing").await.starts_with("HTTP/1.1 404 "));
    // The stream and its connection were open until here.
    drop((tasks, watch));
    let public = served.url.strip_prefix("http://").unwrap().parse().unwrap();
    assert!(!get(public, "/metrics").await.contains("docket_call_duration"), "clients don't reach it");

    std::fs::remove_file(folder.path().join("docket.db")).unwrap();
    let not_ready = || async { get(admin, "/readyz").await.starts_with("HTTP/1.1 503 ").then_some(()) };
    eventually(not_ready).await;
    assert!(get(admin, "/healthz").await.starts_with("HTTP/1.1 200 "), "the process runs");
}

/// Takes the spans that are sent to it.
#[derive(Clone, Debug, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource in request.into_inner().resource_spans {
            let attributes = resource.resource.unwrap_or_default().attributes;
            let name = attributes.iter().find(|attribute| attribute.key == "service.name").unwrap();
            let service = format!("{:?}", name.value.as_ref().unwrap().value.as_ref().unwrap());
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.0.lock().unwrap().extend(spans.map(|span| (service.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start(&self) -> TestServer {
        let service = TraceServiceServer::new(self.clone());
        TestServer::start(|listener, shutdown| async move {
            let incoming = tonic::transport::server::TcpIncoming::from(listener);
            let server = tonic::transport::Server::builder().add_service(service);
            server.serve_with_incoming_shutdown(incoming, shutdown.cancelled_owned()).await.unwrap();
        })
        .await
    }

    /// The span of this name of the process, once it was sent.
    async fn span(&self, service: &str, name: &str) -> Span {
        let find = || {
            let spans = self.0.lock().unwrap();
            let span = spans.iter().find(|(of, span)| of.contains(service) && span.name == name);
            std::future::ready(span.map(|(_, span)| span.clone()))
        };
        eventually(find).await
    }
}

#[tokio::test]
async fn a_trace_goes_from_the_client_through_the_gateway_to_the_service() {
    let (folder, before) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let collector = Collector::default();
    let server = collector.start().await;
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", server.url()), ("OTEL_BSP_SCHEDULE_DELAY", "50".to_owned())];
    let served = Served::start_command(serve_command(folder.path(), &[]).envs(settings.clone()));
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let behind = [("DOCKET_AUTH_URL", served.url.as_str()), ("DOCKET_TASK_URL", &served.url)];
    let program = Program::named_or(env!("CARGO_BIN_EXE_docket"));
    let gateway =
        Process::start(&program, "gateway", before.path(), free_address(), &[&settings[..], &behind].concat());
    let gateway = gateway.ready().await;

    let channel: Channel = gateway.channel();
    let tokens = sign_up(channel.clone()).await;
    let mut request = signed(&tokens, create());
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    TaskServiceClient::new(channel).create_task(request).await.unwrap();

    let outer = collector.span("docket-gateway", CREATE).await;
    let inner = collector.span("docket-serve", CREATE).await;
    assert_eq!(hex(&outer.trace_id), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(hex(&outer.parent_span_id), "b7ad6b7169203331");
    assert_eq!(inner.trace_id, outer.trace_id);
    assert_eq!(inner.parent_span_id, outer.span_id);
    let server_kind = 2;
    assert_eq!((outer.kind, inner.kind), (server_kind, server_kind));
    let use_case = collector.span("docket-serve", "create").await;
    let statement = collector.span("docket-serve", "insert_task").await;
    assert_eq!((use_case.parent_span_id, statement.parent_span_id), (inner.span_id, use_case.span_id));
    let sign_up = collector.span("docket-gateway", "docket.auth.v1.AuthService/SignUp").await;
    assert_ne!(sign_up.trace_id, outer.trace_id, "another call is another trace");
    for (_, span) in &*collector.0.lock().unwrap() {
        let begins = span.parent_span_id.is_empty();
        assert!(!begins || span.kind == server_kind, "what no call asks for makes no trace: {span:?}");
    }
    let told = format!("{:?}", collector.0.lock().unwrap());
    for secret in [crate::program::PASSWORD, crate::program::EMAIL, "Buy milk", &tokens.access_token] {
        assert!(!told.contains(secret), "{secret}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
