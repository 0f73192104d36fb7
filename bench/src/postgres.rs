//! The PostgreSQL that `cargo xtask bench` started: its log, its row-level security, and its own benchmark.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::figures::Figures;
use crate::statements::{LOG_LINE_PREFIX, Statement, of_owner, pgbench_script};

/// As many as the service's pool has.
const CONNECTIONS: &str = "8";
/// Whom the task service works as.
const ROLE: &str = "docket_task";
/// How long backends may take to read a changed configuration.
const RELOAD_TIME: Duration = Duration::from_millis(300);
/// Beside the data, where xtask lets the server write.
const LOG_FILE: &str = "(SELECT setting || '/../log' FROM pg_settings WHERE name = 'data_directory')";

/// One database of it, as the superuser.
pub(crate) struct Postgres {
    programs: PathBuf,
    url: String,
}

impl Postgres {
    /// The database at `url`; the programs are those of `DOCKET_POSTGRES_PROGRAMS`.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let programs = std::env::var_os("DOCKET_POSTGRES_PROGRAMS").context("DOCKET_POSTGRES_PROGRAMS is not set")?;
        Ok(Self { programs: programs.into(), url: url.to_owned() })
    }

    /// Its version, as it says itself.
    pub(crate) fn version(&self) -> anyhow::Result<String> {
        self.query("SHOW server_version")
    }

    fn query(&self, sql: &str) -> anyhow::Result<String> {
        let mut command = Command::new(self.programs.join("psql"));
        command.args([
            "--no-psqlrc",
            "--no-align",
            "--tuples-only",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--command",
            sql,
        ]);
        run(command.arg(&self.url)).map(|output| output.trim_end().to_owned())
    }

    /// Switches row-level security on or off, on every table that has it.
    pub(crate) fn set_row_security(&self, on: bool) -> anyhow::Result<()> {
        let word = if on { "ENABLE" } else { "DISABLE" };
        let tables =
            self.query("SELECT DISTINCT quote_ident(tablename) FROM pg_policies WHERE schemaname = 'public'")?;
        // One transaction a table: whoever holds the lock of one and waits for that of another can deadlock with a
        // server that works on both.
        for table in tables.lines() {
            self.query(&format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY"))?;
        }
        Ok(())
    }

    /// What the server of `owner` sends to the database while `work` goes on.
    pub(crate) async fn statements<T>(
        &self,
        owner: &str,
        work: impl Future<Output = T>,
    ) -> anyhow::Result<(T, Vec<Statement>)> {
        self.log_all(true).await?;
        let start = self.query(&format!("SELECT size FROM pg_stat_file({LOG_FILE})"))?;
        let result = work.await;
        let log = self.query(&format!("SELECT pg_read_file({LOG_FILE}, {start}, 10000000)"))?;
        self.log_all(false).await?;
        let statements = of_owner(&log, owner).with_context(|| format!("the log holds no statement:\n{log}"))?;
        Ok((result, statements))
    }

    async fn log_all(&self, on: bool) -> anyhow::Result<()> {
        let statement = if on { "all" } else { "none" };
        // Each in its own transaction, as ALTER SYSTEM has to be.
        self.query(&format!("ALTER SYSTEM SET log_line_prefix = '{LOG_LINE_PREFIX}'"))?;
        self.query(&format!("ALTER SYSTEM SET log_statement = '{statement}'"))?;
        self.query("SELECT pg_reload_conf()")?;
        tokio::time::sleep(RELOAD_TIME).await;
        Ok(())
    }

    /// Runs the statements over and over by pgbench, as the role of the task service and planned as its sessions plan.
    pub(crate) fn measure(
        &self,
        statements: &[Statement],
        made_up: Option<&str>,
        time: Duration,
    ) -> anyhow::Result<Figures> {
        let folder = tempfile::tempdir()?;
        let (script, variables) = pgbench_script(statements, made_up);
        fs::write(folder.path().join("script"), script)?;
        let mut command = Command::new(self.programs.join("pgbench"));
        command
            .current_dir(folder.path())
            .env("PGOPTIONS", format!("-c role={ROLE} -c plan_cache_mode=force_generic_plan"));
        command.args(["--no-vacuum", "--protocol=prepared", "--client", CONNECTIONS, "--jobs=1", "--file=script"]);
        command.args(["--log", "--log-prefix=log", &format!("--time={}", time.as_secs())]);
        command.args(variables.iter().map(|(name, value)| format!("--define={name}={value}")));
        run(command.arg(&self.url))?;
        let mut times = Vec::new();
        for entry in fs::read_dir(folder.path())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("log.") {
                times.extend(log_times(&fs::read_to_string(entry.path())?)?);
            }
        }
        Figures::new(times, time, None).context("pgbench ran no transaction")
    }
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    ensure!(output.status.success(), "{:?}: {}", command.get_program(), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// The times of pgbench's log: client, number, microseconds.
fn log_times(log: &str) -> anyhow::Result<Vec<Duration>> {
    let time = |line: &str| {
        let microseconds = line.split(' ').nth(2).and_then(|field| field.parse().ok());
        microseconds.map(Duration::from_micros).with_context(|| format!("pgbench's log holds {line:?}"))
    };
    log.lines().map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_third_field() {
        assert_eq!(log_times("0 1 250 0 1700 1\n3 1 1250 0 1700 2\n").unwrap(), [250, 1250].map(Duration::from_micros));
        assert!(log_times("0 1 failed 0 1700 1\n").is_err());
    }
}
