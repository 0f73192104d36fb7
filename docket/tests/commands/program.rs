//! Runs the binary.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::auth::v1::{SessionTokens, SignInRequest, SignUpRequest};
use docket_testkit::{Program, eventually};
use rustix::process::{Pid, Signal, kill_process};
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

pub(crate) const EMAIL: &str = "ada@example.org";
pub(crate) const PASSWORD: &str = "violet otter canyon 7";

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn docket(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Program::named_or(env!("CARGO_BIN_EXE_docket")).command();
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `docket serve` on a free port, ready. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    /// Kept open like the stdout of a terminal.
    _stdout: BufReader<ChildStdout>,
    pub(crate) greeting: String,
    pub(crate) url: String,
}

impl Served {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_command(docket(["serve", "--listen", "127.0.0.1:0"]).arg("--data-dir").arg(data))
    }

    /// The same, with the log in the file `log`.
    pub(crate) fn start_logging(data: &Path, levels: &str, log: &Path) -> Self {
        Self::start_logging_with(data, levels, log, &[])
    }

    /// The same with further flags.
    pub(crate) fn start_logging_with(data: &Path, levels: &str, log: &Path, flags: &[&str]) -> Self {
        let mut command = docket(["serve", "--listen", "127.0.0.1:0"]);
        let command = command.arg("--data-dir").arg(data).args(flags).env("DOCKET_LOG", levels);
        Self::start_with(command, File::create(log).unwrap().into())
    }

    pub(crate) fn start_command(command: &mut Command) -> Self {
        Self::start_with(command, Stdio::inherit())
    }

    fn start_with(command: &mut Command, log: Stdio) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        // Once it is ready it prints four lines. The end of the output before that means that it has ended.
        while greeting.lines().count() < 4 {
            assert_ne!(stdout.read_line(&mut greeting).unwrap(), 0, "it ended instead of serving");
        }
        let url = greeting.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, _stdout: stdout, greeting, url }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::try_from(self.url.clone()).unwrap().connect().await.unwrap()
    }

    pub(crate) fn terminate(&self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
    }

    /// The exit status. The test fails where it does not end within ten seconds.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        eventually(|| std::future::ready(self.child.try_wait().unwrap())).await
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // These fail only where the process has ended already.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// Creates the account of the tests, with a session.
pub(crate) async fn sign_up(channel: Channel) -> SessionTokens {
    let request = SignUpRequest {
        display_name: "Ada".into(),
        email: EMAIL.into(),
        password: PASSWORD.into(),
        ..SignUpRequest::default()
    };
    AuthServiceClient::new(channel).sign_up(request).await.unwrap().into_inner().tokens.unwrap()
}

/// Opens another session of the account that [`sign_up`] has created.
pub(crate) async fn sign_in(channel: Channel) -> SessionTokens {
    let request = SignInRequest { email: EMAIL.into(), password: PASSWORD.into(), ..SignInRequest::default() };
    AuthServiceClient::new(channel).sign_in(request).await.unwrap().into_inner().tokens.unwrap()
}

/// A request with the session's token.
pub(crate) fn signed<T>(tokens: &SessionTokens, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {}", tokens.access_token).parse().unwrap());
    request
}
