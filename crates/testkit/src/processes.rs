//! Docket's real processes: started from a built binary, each with data of its own, and ended with whoever holds them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::PostgresDatabase;

/// Generous: a debug build on a busy machine takes a while, and a server that never comes up is a failure anyway.
const START_TIME: Duration = Duration::from_secs(30);
const INTERVAL: Duration = Duration::from_millis(2);
/// What services log in to PostgreSQL with. The same for all tests: roles belong to the whole cluster.
pub const ROLE_PASSWORD: &str = "for-the-tests-of-docket";

/// The `docket` binary under test.
#[derive(Clone, Debug)]
pub struct Program(OsString);

impl Program {
    /// The one that `DOCKET_BIN` names, else `built`.
    pub fn named_or(built: impl Into<OsString>) -> Self {
        Self(std::env::var_os("DOCKET_BIN").unwrap_or_else(|| built.into()))
    }

    /// A command with nothing set but what a test sets: no `DOCKET_…` of the test's own environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOCKET_") {
                command.env_remove(name);
            }
        }
        command
    }
}

/// One running process. Dropped, it is killed; where a test fails, its log is shown.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
    address: SocketAddr,
}

impl Process {
    /// Starts `docket <command>` with these environment variables, its data and its log in `folder`. It need not be
    /// ready when this returns.
    pub fn start(
        program: &Program,
        command: &str,
        folder: &Path,
        address: SocketAddr,
        settings: &[(&str, &str)],
    ) -> Self {
        let log = folder.join(format!("{command}.log"));
        let output = File::options().create(true).append(true).open(&log).expect("the folder can be written to");
        let child = program
            .command()
            .arg(command)
            .env("DOCKET_LISTEN", address.to_string())
            .env("DOCKET_DATA_DIR", folder)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a file can be shared"))
            .stderr(output)
            .spawn()
            .expect("the binary can be started");
        Self { child, log, address }
    }

    /// Waits until it says that it serves; the test fails where it ends instead, or takes half a minute.
    pub async fn ready(mut self) -> Self {
        let start = Instant::now();
        while !self.is_serving().await {
            let exit = self.child.try_wait().expect("a child can be asked");
            assert!(exit.is_none(), "it ended instead of serving: {exit:?}");
            assert!(start.elapsed() < START_TIME, "it does not serve");
            tokio::time::sleep(INTERVAL).await;
        }
        self
    }

    /// Whether it says that it serves.
    pub async fn is_serving(&self) -> bool {
        let answer = HealthClient::new(self.channel()).check(HealthCheckRequest::default()).await;
        answer.is_ok_and(|answer| answer.get_ref().status() == ServingStatus::Serving)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("it is our file")
    }

    /// Its number among the machine's processes.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Connects at the first call, and again after each loss.
    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).expect("an address makes a URL").connect_lazy()
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }
}

impl Drop for Process {
    #[expect(clippy::print_stdout, reason = "what a failed test shows of the processes that it started")]
    fn drop(&mut self) {
        // Either can only fail where it has ended already.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
        if std::thread::panicking() {
            println!("{}:\n{}", self.log.display(), fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// `docket serve`: everything in one process, on SQLite.
#[derive(Debug)]
pub struct OneProcess {
    serve: Option<Process>,
    program: Program,
    folder: TempDir,
}

impl OneProcess {
    /// Starts it with new data.
    pub async fn start(program: &Program) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut this = Self { serve: None, program: program.clone(), folder };
        this.restart().await;
        this
    }

    /// Ends it where it runs, and starts it on the data that it has; gives the time until it was ready.
    pub async fn restart(&mut self) -> Duration {
        drop(self.serve.take());
        let start = Instant::now();
        let serve = Process::start(&self.program, "serve", self.folder.path(), free_address(), &[]);
        self.serve = Some(serve.ready().await);
        start.elapsed()
    }

    /// The process.
    pub fn serve(&self) -> &Process {
        self.serve.as_ref().expect("it runs from start to drop")
    }
}

/// A migrated PostgreSQL database and what three processes need beside it; starts them in any order.
#[derive(Debug)]
pub struct ThreeProcesses {
    program: Program,
    urls: DatabaseUrls,
    _database: Option<PostgresDatabase>,
    auth: SocketAddr,
    task: SocketAddr,
    token_file: PathBuf,
    folder: TempDir,
}

/// Who reaches a PostgreSQL database how.
#[derive(Clone, Debug)]
pub struct DatabaseUrls {
    /// `docket migrate` and the operator's commands.
    pub owner: String,
    /// `docket auth`, as docket_auth with [`ROLE_PASSWORD`].
    pub auth: String,
    /// `docket task`, as docket_task with [`ROLE_PASSWORD`].
    pub task: String,
}

impl ThreeProcesses {
    /// Prepares a database and the task service's credential, as an operator would.
    pub async fn prepare(program: &Program) -> Self {
        let database = PostgresDatabase::new().await;
        let [auth, task] = ["docket_auth", "docket_task"].map(|user| database.url_of(user, ROLE_PASSWORD));
        let urls = DatabaseUrls { owner: database.url(), auth, task };
        Self { _database: Some(database), ..Self::prepare_at(program, urls) }
    }

    /// The same with the database at `urls`.
    pub fn prepare_at(program: &Program, urls: DatabaseUrls) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let token_file = folder.path().join("task.token");
        let (auth, task) = (free_address(), free_address());
        let this = Self { program: program.clone(), urls, _database: None, auth, task, token_file, folder };
        let password_file = this.private_file("postgres.password", ROLE_PASSWORD);
        let [auth, task] = ["auth", "task"].map(|service| format!("--{service}-password-file={password_file}"));
        this.operate(&["migrate", &auth, &task]);
        let credential = this.operate(&["service-token", "create", "task-service"]);
        this.private_file("task.token", credential);
        this
    }

    /// Writes a file that others may not read: it would be refused. Gives its path.
    fn private_file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("the folder can be written to");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is our file");
        path.into_os_string().into_string().expect("temporary paths are UTF-8")
    }

    /// Runs an operator's command to its end and gives what it printed.
    fn operate(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = self.program.command();
        command.env("DOCKET_DATABASE_URL", &self.urls.owner).env("DOCKET_DATA_DIR", self.folder.path());
        let output = command.args(arguments).output().expect("the binary can be started");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Where the database is, with its owner's password.
    pub fn database_url(&self) -> &str {
        &self.urls.owner
    }

    /// Starts `docket auth`; always at the same address.
    pub fn start_auth(&self) -> Process {
        self.start_auth_at(self.auth)
    }

    /// Starts another `docket auth`, which the other processes do not know.
    pub fn start_auth_at(&self, address: SocketAddr) -> Process {
        let settings = [("DOCKET_DATABASE_URL", self.urls.auth.as_str())];
        Process::start(&self.program, "auth", self.folder.path(), address, &settings)
    }

    /// Starts `docket task`, with these settings besides; always at the same address.
    pub fn start_task(&self, settings: &[(&str, &str)]) -> Process {
        let auth_url = self.auth_url();
        let own = [
            ("DOCKET_DATABASE_URL", self.urls.task.as_str()),
            ("DOCKET_AUTH_URL", &auth_url),
            ("DOCKET_SERVICE_TOKEN_FILE", self.token_file.to_str().expect("temporary paths are UTF-8")),
        ];
        Process::start(&self.program, "task", self.folder.path(), self.task, &[&own, settings].concat())
    }

    /// Starts `docket gateway` before the two, with these settings besides.
    pub fn start_gateway(&self, settings: &[(&str, &str)]) -> Process {
        let (auth_url, task_url) = (self.auth_url(), self.task_url());
        let own = [("DOCKET_AUTH_URL", auth_url.as_str()), ("DOCKET_TASK_URL", &task_url)];
        Process::start(&self.program, "gateway", self.folder.path(), free_address(), &[&own, settings].concat())
    }

    /// Where the auth service is, or will be.
    pub fn auth_url(&self) -> String {
        format!("http://{}", self.auth)
    }

    /// Where the task service is, or will be.
    pub fn task_url(&self) -> String {
        format!("http://{}", self.task)
    }

    /// The file with the task service's credential.
    pub fn token_file(&self) -> &Path {
        &self.token_file
    }
}

/// An address of the loopback interface on which nothing listens now.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("a listener has an address")
}
