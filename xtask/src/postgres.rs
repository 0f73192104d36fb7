//! A temporary PostgreSQL cluster for tests, on the loopback address only.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};

use crate::machine::{Halt, is_root, postgres_programs};
use crate::process;
use crate::workspace::Workspace;

/// Another program may take a free port before the server does; more than a few times it will not.
const TRIES: usize = 3;

/// For tests: what is stored does not survive a crash, and costs less for it.
const FAST: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running cluster. It ends, and its files go, when this is dropped or our process ends in any way.
pub(crate) struct Cluster {
    keeper: Child,
    url: String,
}

impl Cluster {
    /// Starts a cluster as the user `postgres` where we are root (a server refuses to run as root), else as ourselves.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self, Halt> {
        Self::start_with(workspace, FAST)
    }

    /// The same with PostgreSQL's own settings: each commit is on the disk.
    pub(crate) fn start_durable(workspace: &Workspace) -> Result<Self, Halt> {
        Self::start_with(workspace, &[])
    }

    fn start_with(workspace: &Workspace, settings: &[&str]) -> Result<Self, Halt> {
        let programs = postgres_programs(workspace)?;
        let user = if is_root(workspace) { Some(User::named(workspace, "postgres")?) } else { None };
        let mut last = Ok(());
        for _ in 0..TRIES {
            match Self::start_on(free_port()?, &programs, user, settings) {
                Ok(cluster) => return Ok(cluster),
                Err(error) => last = Err(error),
            }
        }
        Err(Halt::Failed(last.expect_err("each try failed")))
    }

    fn start_on(port: u16, programs: &Path, user: Option<User>, settings: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", include_str!("postgres.sh"), "postgres.sh"]).arg(programs).arg(port.to_string());
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        // A group of its own: the terminal's interrupt goes to us alone, and the server ends with us.
        command.process_group(0);
        if let Some(user) = user {
            command.uid(user.id).gid(user.group);
        }
        let mut keeper = command.spawn().context("cannot start a shell for PostgreSQL")?;
        let mut password = String::new();
        let output = keeper.stdout.take().expect("its output is piped");
        BufReader::new(output).read_line(&mut password).context("cannot read PostgreSQL's password")?;
        if password.is_empty() {
            bail!("PostgreSQL does not start: {}", keeper.wait().context("cannot wait for PostgreSQL")?);
        }
        let url = format!("postgres://postgres:{}@127.0.0.1:{port}/postgres", password.trim_end());
        Ok(Self { keeper, url })
    }

    /// The superuser's address, with the password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Nothing can be done about a failure here, and the shell cleans up without us.
        let _ = self.keeper.wait();
    }
}

#[derive(Clone, Copy)]
struct User {
    id: u32,
    group: u32,
}

impl User {
    fn named(workspace: &Workspace, name: &str) -> anyhow::Result<Self> {
        let number = |flag: &str| -> anyhow::Result<u32> {
            let id = process::output(workspace.command("id").args([flag, name]))?;
            id.trim().parse().with_context(|| format!("id {flag} {name} gives no number"))
        };
        Ok(Self { id: number("-u")?, group: number("-g")? })
    }
}

fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on the loopback address")?;
    Ok(listener.local_addr().context("the listener has no address")?.port())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    /// A folder with programs that behave as PostgreSQL's, and note where the cluster lies.
    struct Programs(TempDir);

    impl Programs {
        fn new(initdb: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            // Each program stands where the cluster's files lie.
            let server =
                "mkdir data; echo $$ > server.pid; echo ready > data/postmaster.pid; while :; do sleep 0.01; done";
            let stop = "kill $(cat server.pid) && echo > \"$(dirname \"$0\")/stopped\"";
            let scripts = [("initdb", initdb), ("postgres", server), ("pg_ctl", stop)];
            for (program, script) in scripts {
                let path = folder.path().join(program);
                fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            }
            Self(folder)
        }
    }

    #[test]
    fn a_cluster_ends_and_takes_its_files_along_when_it_is_dropped() {
        let programs = Programs::new("pwd > \"$(dirname \"$0\")/folder\"");
        let cluster = Cluster::start_on(5432, programs.0.path(), None, FAST).unwrap();
        let folder = fs::read_to_string(programs.0.path().join("folder")).unwrap();
        assert!(Path::new(folder.trim_end()).join("password").is_file());
        drop(cluster);
        assert!(programs.0.path().join("stopped").is_file());
        assert!(!Path::new(folder.trim_end()).exists());
    }

    #[test]
    fn every_cluster_has_a_password_of_its_own() {
        let programs = Programs::new("exit 0");
        let url = || Cluster::start_on(5432, programs.0.path(), None, FAST).unwrap().url().to_owned();
        let form = process::pattern("^postgres://postgres:[0-9a-f]{32}@127.0.0.1:5432/postgres$");
        let (first, second) = (url(), url());
        assert!(form.is_match(&first) && form.is_match(&second), "{first} {second}");
        assert_ne!(first, second);
    }

    #[test]
    fn a_cluster_that_does_not_start_is_an_error() {
        let programs = Programs::new("exit 1");
        assert!(Cluster::start_on(5432, programs.0.path(), None, FAST).is_err());
    }
}
