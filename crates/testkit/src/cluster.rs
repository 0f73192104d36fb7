//! PostgreSQL clusters and a pooler of a test's own: for what reconfigures, stops or replaces a server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::processes::free_address;

/// Folder of the server programs: `cargo xtask test postgres` sets it.
const PROGRAMS: &str = "DOCKET_POSTGRES_PROGRAMS";
/// The program of PgBouncer, where it is not on the search path.
const PGBOUNCER: &str = "DOCKET_PGBOUNCER";
/// Whom servers run as where tests run as root: they refuse to be root.
const SERVER_USER: &str = "postgres";
/// An owner as managed PostgreSQL gives it: no superuser.
const OWNER: &str = "docket_owner";
const OWNER_PASSWORD: &str = "for-the-owner-in-tests";
const DATABASE: &str = "docket";

/// A running cluster. It ends when this is dropped.
#[derive(Debug)]
pub struct TestCluster {
    keeper: Child,
    port: u16,
    superuser_url: String,
}

impl TestCluster {
    /// Starts a cluster with these settings of the server, each `name=value`.
    pub fn start(settings: &[&str]) -> Self {
        Self::launch(settings, None)
    }

    /// Starts a standby of `primary`.
    pub fn standby_of(primary: &Self) -> Self {
        Self::launch(&[], Some(primary))
    }

    fn launch(settings: &[&str], primary: Option<&Self>) -> Self {
        let programs = std::env::var_os(PROGRAMS).unwrap_or_else(|| {
            panic!("{PROGRAMS} is not set: run `cargo xtask test postgres`, which finds PostgreSQL's programs")
        });
        let port = free_address().port();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", include_str!("../../../xtask/src/postgres.sh"), "postgres.sh"]);
        command.arg(programs).arg(port.to_string()).args(["-c", "fsync=off"]);
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        command.envs(primary.map(|primary| ("STANDBY_OF", primary.superuser_url.as_str())));
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        as_server_user(&mut command);
        let mut keeper = command.spawn().expect("a shell can be started");
        let mut password = String::new();
        let output = keeper.stdout.take().expect("its output is piped");
        BufReader::new(output).read_line(&mut password).expect("it can be read");
        assert!(!password.is_empty(), "PostgreSQL does not start");
        let superuser_url = format!("postgres://postgres:{}@127.0.0.1:{port}/postgres", password.trim_end());
        Self { keeper, port, superuser_url }
    }

    /// Runs statements as the superuser, in the database `postgres`.
    pub async fn run(&self, statements: impl Into<String>) {
        let mut connection = PgConnection::connect(&self.superuser_url).await.expect("the cluster answers");
        for statement in statements.into().split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            let statement = AssertSqlSafe(statement.to_owned());
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("a superuser may");
        }
        connection.close().await.expect("it closes");
    }

    /// Makes the database of the tests, owned by a user that has CREATEROLE and is no superuser; gives that user's URL.
    pub async fn owned_database(&self) -> String {
        self.run(format!(
            "CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{OWNER_PASSWORD}'; CREATE DATABASE {DATABASE} OWNER {OWNER}"
        ))
        .await;
        self.url_of(OWNER, OWNER_PASSWORD)
    }

    /// The URL of the tests' database for a user.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        url_at(self.port, user, password)
    }

    /// The superuser's URL of the tests' database.
    pub fn superuser_url(&self) -> String {
        let options: PgConnectOptions = self.superuser_url.parse().expect("a PostgreSQL URL");
        options.database(DATABASE).to_url_lossy().into()
    }

    /// Where it listens, on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The shell cleans up without us.
        let _ended = self.keeper.wait();
    }
}

/// A PgBouncer in transaction mode before a cluster's database. It ends when this is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts it for these users with their passwords, before `cluster`. What `ignored` names of start-up parameters it
    /// drops in silence; all that it does not know else it refuses. It asks for passwords in the clear: SCRAM takes a
    /// debug build of the client a tenth of a second for each connection.
    pub async fn start(cluster: &TestCluster, users: &[(&str, &str)], ignored: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let port = free_address().port();
        let list: String = users.iter().map(|(user, password)| format!("\"{user}\" \"{password}\"\n")).collect();
        let users = write_for_server(folder.path(), "users", &list);
        let ignored =
            if ignored.is_empty() { String::new() } else { format!("ignore_startup_parameters = {ignored}\n") };
        let config = format!(
            "[databases]\n{DATABASE} = host=127.0.0.1 port={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = plain\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 4\n{ignored}",
            cluster.port,
            users.display()
        );
        let config = write_for_server(folder.path(), "pgbouncer.ini", &config);
        let log = std::fs::File::create(folder.path().join("log")).expect("the folder can be written to");
        let mut command = Command::new(std::env::var_os(PGBOUNCER).unwrap_or_else(|| "pgbouncer".into()));
        command.arg(config).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        as_server_user(&mut command);
        let child = command.spawn().expect("pgbouncer is installed: cargo xtask test postgres sees to it");
        let answers = || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok() };
        crate::eventually(answers).await;
        Self { child, port, _folder: folder }
    }

    /// The URL through it.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        url_at(self.port, user, password)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // Either can only fail where it has ended already.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn url_at(port: u16, user: &str, password: &str) -> String {
    format!("postgres://{user}:{password}@127.0.0.1:{port}/{DATABASE}")
}

/// Writes a file that servers can read and others can't; its folder is opened for them.
pub fn write_for_server(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    let mut file = std::fs::File::create(&path).expect("the folder can be written to");
    file.write_all(content.as_bytes()).expect("the folder can be written to");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("it is our file");
    if let Some((user, group)) = server_user() {
        for path in [&path, &folder.to_owned()] {
            chown(path, Some(user), Some(group)).expect("root may");
        }
    }
    path
}

fn as_server_user(command: &mut Command) {
    // A group of its own: the terminal's interrupt goes to the tests alone, and the server ends with them.
    command.process_group(0);
    if let Some((user, group)) = server_user() {
        command.uid(user).gid(group);
    }
}

/// The user and group of servers; `None` where tests do not run as root.
fn server_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().expect("every system has id");
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().expect("it gives a number")
    };
    (id(&["-u"]) == 0).then(|| (id(&["-u", SERVER_USER]), id(&["-g", SERVER_USER])))
}
