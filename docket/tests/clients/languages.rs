//! Third-party clients: one scenario with grpcurl, with Python's grpcio and with Node's grpc-js, each against one
//! process and against three.

use std::io::{Read as _, Seek as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{one_process, three_processes};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
const TIME: Duration = Duration::from_secs(60);

/// What every client reports, in this order.
const SCENARIO: &[&str] = &[
    "signing up opens a session",
    "a wrong password is BAD_CREDENTIALS",
    "signing in opens another session",
    "all bad fields are named at once",
    "a task is created",
    "creating again with the same request id gives the first answer",
    "the task is read",
    "the task is listed",
    "an update changes what the mask names",
    "a stale etag is ETAG_MISMATCH",
    "the task is completed",
    "the task is reopened",
    "the task goes to the trash",
    "the task comes back",
    "another account is told that it does not exist",
    "refreshing renews the session, and twice does no harm",
    "signing out ends one session",
    "its access token is TOKEN_REVOKED",
    "its refresh token is REFRESH_INVALID",
    "the account is deleted",
];

/// A client, and what it reports before the scenario.
struct Client {
    command: Command,
    first: &'static [&'static str],
}

fn grpcurl() -> Client {
    let mut command = Command::new("bash");
    command.arg("grpcurl.sh").env("DOCKET_GRPCURL", named("DOCKET_GRPCURL", "grpcurl"));
    let first =
        &["reflection lists the services", "reflection describes calls and messages", "it says that it is healthy"];
    Client { command, first }
}

fn python() -> Client {
    let mut command = Command::new(named("DOCKET_PYTHON", "a Python with docket/tests/clients/requirements.txt"));
    command.args(["-B", "python/scenario.py"]);
    let first =
        &["the published retry policy is understood", "a token is verified by another library and the listed keys"];
    Client { command, first }
}

fn node() -> Client {
    let packages = Path::new(FOLDER).join("node_modules");
    assert!(packages.is_dir(), "run `cargo xtask test clients`, or `npm ci` in docket/tests/clients");
    let mut command = Command::new("node");
    command.arg("node/scenario.js");
    Client { command, first: &[] }
}

/// The program that the environment names.
pub(crate) fn named(variable: &str, what: &str) -> String {
    let hint = "run `cargo xtask test clients`, which sets it";
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} does not name {what}: {hint}"))
}

impl Client {
    /// Runs the client against the services at these addresses, and checks its reports.
    fn walk(mut self, auth: SocketAddr, task: SocketAddr) {
        let seen = output(self.command.current_dir(FOLDER).args([auth.to_string(), task.to_string()]));
        let steps: Vec<&str> = seen.lines().filter_map(|line| line.strip_prefix("ok ")).collect();
        assert_eq!(steps, [self.first, SCENARIO].concat());
        assert_eq!(seen.lines().last(), Some(format!("{} steps", steps.len()).as_str()));
    }
}

/// The output of a command. The test fails where the command fails or takes too long.
pub(crate) fn output(command: &mut Command) -> String {
    let mut file = tempfile::tempfile().expect("a temporary file can be made");
    let end = || file.try_clone().expect("a file can be shared");
    let spawned = command.stdin(Stdio::null()).stdout(end()).stderr(end()).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let start = Instant::now();
    let succeeded = loop {
        match child.try_wait().expect("a child can be asked") {
            Some(status) => break status.success(),
            None if start.elapsed() > TIME => {
                child.kill().expect("a child can be killed");
                child.wait().expect("a child can be waited for");
                break false;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut written = String::new();
    file.rewind().expect("a file can be read again");
    file.read_to_string(&mut written).expect("programs write UTF-8");
    assert!(succeeded, "{written}");
    written
}

async fn walks_through_the_gateway(client: Client) {
    let docket = one_process().await;
    client.walk(docket.serve().address(), docket.serve().address());
}

async fn walks_without_the_gateway(client: Client) {
    let docket = three_processes().await;
    let auth = docket.start_auth().ready().await;
    let task = docket.start_task(&[]).ready().await;
    client.walk(auth.address(), task.address());
}

#[tokio::test]
async fn grpcurl_walks_through_the_gateway() {
    walks_through_the_gateway(grpcurl()).await;
}

#[tokio::test]
async fn grpcurl_walks_without_the_gateway() {
    walks_without_the_gateway(grpcurl()).await;
}

#[tokio::test]
async fn python_walks_through_the_gateway() {
    walks_through_the_gateway(python()).await;
}

#[tokio::test]
async fn python_walks_without_the_gateway() {
    walks_without_the_gateway(python()).await;
}

#[tokio::test]
async fn node_walks_through_the_gateway() {
    walks_through_the_gateway(node()).await;
}

#[tokio::test]
async fn node_walks_without_the_gateway() {
    walks_without_the_gateway(node()).await;
}
