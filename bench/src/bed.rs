//! What is measured: Docket in one process on SQLite, in three on PostgreSQL, and the echo. All run through the whole
//! of the measurements; who is not asked does next to nothing.

use std::net::SocketAddr;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::Context as _;
use docket_testkit::{OneProcess, Process, Program, ThreeProcesses, free_address};
use tokio::net::TcpStream;

use crate::calls::{Account, Kind};
use crate::postgres::Postgres;
use crate::statements::Statement;
use crate::usage::resident_memory;

/// The issuer of tokens where nothing else is configured.
pub(crate) const ISSUER_OF_THREE: &str = "http://127.0.0.1:8080";

/// How long servers are left alone before their memory counts as idle.
const REST: Duration = Duration::from_secs(2);

/// Everything that runs, with an account on each database.
pub(crate) struct Bed {
    pub(crate) one: OneProcess,
    pub(crate) auth: Process,
    pub(crate) task: Process,
    pub(crate) gateway: Process,
    pub(crate) echo: Echo,
    pub(crate) database: Postgres,
    pub(crate) on_sqlite: Account,
    pub(crate) on_postgres: Account,
    /// What each process of Docket held before it saw a request, in the order of [`Self::memory`].
    pub(crate) idle: [u64; 4],
    _three: ThreeProcesses,
}

impl Bed {
    /// Starts all but `one`, which runs already, and fills both databases.
    pub(crate) async fn start(program: &Program, one: OneProcess) -> anyhow::Result<Self> {
        let three = ThreeProcesses::prepare(program).await;
        let auth = three.start_auth().ready().await;
        let task = three.start_task(&[]).ready().await;
        let gateway = three.start_gateway(&[]).ready().await;
        let serve = one.serve();
        tokio::time::sleep(REST).await;
        let idle = resident([serve, &auth, &task, &gateway])?;
        Ok(Self {
            echo: Echo::start().await?,
            database: Postgres::new(three.database_url())?,
            on_sqlite: Account::furnished("ada", serve.channel(), serve.channel()).await?,
            on_postgres: Account::furnished("grace", auth.channel(), task.channel()).await?,
            idle,
            one,
            auth,
            task,
            gateway,
            _three: three,
        })
    }

    /// What each process of Docket holds now, in bytes: all in one, auth service, task service, gateway.
    pub(crate) fn memory(&self) -> anyhow::Result<[u64; 4]> {
        resident([self.one.serve(), &self.auth, &self.task, &self.gateway])
    }

    /// What the task service sends to PostgreSQL for one call of this kind, and the id that it made up for it.
    pub(crate) async fn statements(&self, kind: Kind) -> anyhow::Result<(Vec<Statement>, String)> {
        let work = self.on_postgres.sample(kind);
        let (sample, statements) = self.database.statements(&self.on_postgres.id, work).await?;
        Ok((statements, sample?.created))
    }

    /// Takes new tokens: one lives for ten minutes, which all measurements together may exceed.
    pub(crate) async fn sign_in(&mut self) -> anyhow::Result<()> {
        self.on_sqlite.sign_in().await?;
        self.on_postgres.sign_in().await
    }
}

fn resident(processes: [&Process; 4]) -> anyhow::Result<[u64; 4]> {
    let [one, auth, task, gateway] = processes.map(|process| resident_memory(process.id()));
    Ok([one?, auth?, task?, gateway?])
}

/// The bare echo in a process of its own, ended when this is dropped.
pub(crate) struct Echo {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Echo {
    async fn start() -> anyhow::Result<Self> {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe()?);
        let child =
            command.args(["echo", "--listen", &address.to_string()]).spawn().context("cannot start the echo")?;
        let echo = Self { child, address };
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(echo)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // Either can only fail where it has ended already.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
