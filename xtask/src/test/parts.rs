//! The parts, in the order in which they run: what is quick and tells most comes first. A new part is one row here.

use std::path::PathBuf;

use anyhow::anyhow;

use super::{POSTGRES_URL, Session};
use crate::machine::{self, Halt};
use crate::process::{output, succeeds};
use crate::tidy;
use crate::web::Npm;

/// One check that can be run alone.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) run: fn(&mut Session) -> Done,
    /// It reads what only the wider internet has. Where that can't be reached it is skipped by name, in CI too.
    pub(super) needs_the_internet: bool,
}

type Done = Result<(), Halt>;

const fn part(name: &'static str, about: &'static str, run: fn(&mut Session) -> Done) -> Part {
    Part { name, about, run, needs_the_internet: false }
}

pub(super) const PARTS: &[Part] = &[
    part("format", "Rust as rustfmt writes it", format),
    part("tidy", "the rules that no compiler knows", tidy),
    part("clippy", "lints as errors", clippy),
    part("deny", "dependencies: bans, licences, sources", deny),
    Part { needs_the_internet: true, ..part("advisories", "dependencies: known faults (RustSec)", advisories) },
    part("buf", "contracts: lint, format, nothing broken since the last release", buf),
    part("unit", "libraries and binaries alone", unit),
    part("store", "each store method on SQLite and PostgreSQL", store),
    part("rpc", "each call against real servers", rpc),
    part("postgres", "owners, users, TLS, a pooler and fail-over, on PostgreSQL 15 and the newest", postgres),
    part("web", "web client: types, unit tests, build", web),
    part("release", "the release binary, with the page in it", release),
    part("clients", "the release binary through clients that nobody here wrote", clients),
    part("browser", "the release binary through Chromium", browser),
];

fn format(session: &mut Session) -> Done {
    machine::rust_component(&session.workspace, "fmt", "rustfmt")?;
    let mut command = session.workspace.cargo(&["fmt", "--all", "--check"]);
    Ok(session.stream(&mut command)?)
}

fn tidy(session: &mut Session) -> Done {
    Ok(tidy::check(&session.workspace)?)
}

fn clippy(session: &mut Session) -> Done {
    machine::rust_component(&session.workspace, "clippy", "clippy")?;
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    let mut command = session.workspace.cargo(&arguments);
    Ok(session.stream(&mut command)?)
}

fn deny(session: &mut Session) -> Done {
    let program = machine::cargo_deny(&session.workspace)?;
    let mut command = session.workspace.command(program);
    Ok(session.stream(command.args(["--locked", "check", "bans", "licenses", "sources"]))?)
}

fn advisories(session: &mut Session) -> Done {
    let program = machine::cargo_deny(&session.workspace)?;
    if !succeeds(session.workspace.command(&program).args(["fetch", "db"])) {
        return Err(Halt::Lacking("the advisory database can't be reached".to_owned()));
    }
    let mut command = session.workspace.command(&program);
    Ok(session.stream(command.args(["--locked", "check", "--disable-fetch", "advisories"]))?)
}

fn buf(session: &mut Session) -> Done {
    Npm::find(&session.workspace)?.install(&session.workspace.web())?;
    let buf = session.workspace.web().join("node_modules/.bin/buf");
    let releases = output(session.workspace.command("git").args(["tag", "--list", "v*", "--sort=-version:refname"]))?;
    let mut checks =
        vec![vec!["lint".to_owned()], vec!["format".to_owned(), "--diff".to_owned(), "--exit-code".to_owned()]];
    match releases.lines().next() {
        Some(release) => {
            let against = format!("../.git#tag={release},subdir=proto");
            checks.push(vec!["breaking".to_owned(), "--against".to_owned(), against]);
        }
        None => println!("no release yet that the contracts could break"),
    }
    for arguments in checks {
        let mut command = session.workspace.command(&buf);
        session.stream(command.current_dir(session.workspace.root().join("proto")).args(arguments))?;
    }
    Ok(())
}

fn unit(session: &mut Session) -> Done {
    for what in [&["--lib", "--bins"][..], &["--doc"][..]] {
        let mut command = session.workspace.cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
        session.stream(command.args(what))?;
    }
    Ok(())
}

fn store(session: &mut Session) -> Done {
    integration_tests(session, |target| target == "store")
}

/// Every integration test that no other part runs.
fn rpc(session: &mut Session) -> Done {
    integration_tests(session, |target| !["store", "clients", "postgres"].contains(&target))
}

/// On the newest without the tests whose programs its package lacks.
fn postgres(session: &mut Session) -> Done {
    let pgbouncer = machine::pgbouncer(&session.workspace)?;
    let debian = machine::postgres_programs(&session.workspace)?;
    let newest = machine::newest_postgres_programs(&session.workspace)?;
    for (programs, skipped) in [(debian, &[][..]), (newest, &["--skip", "promoted_standby"])] {
        println!("with {}", programs.display());
        let mut command = session.workspace.cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
        command.args(["--test", "postgres", "--", "--test-threads", "3"]).args(skipped);
        command.env("DOCKET_POSTGRES_PROGRAMS", programs).env("DOCKET_PGBOUNCER", &pgbouncer);
        session.stream(&mut command)?;
    }
    Ok(())
}

fn integration_tests(session: &mut Session, belongs: fn(&str) -> bool) -> Done {
    let targets: Vec<String> = session.workspace.test_targets().iter().filter(|name| belongs(name)).cloned().collect();
    if targets.is_empty() {
        return Err(Halt::Failed(anyhow!("the workspace has no such tests")));
    }
    let mut command = session.workspace.cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    command.args(targets.iter().flat_map(|target| ["--test", target]));
    command.env(POSTGRES_URL, session.postgres()?);
    Ok(session.stream(&mut command)?)
}

fn web(session: &mut Session) -> Done {
    let npm = Npm::find(&session.workspace)?;
    let folder = session.workspace.web();
    npm.install(&folder)?;
    for arguments in [&["run", "check"][..], &["test"], &["run", "build"]] {
        let mut command = npm.command(&folder, arguments);
        session.stream(&mut command)?;
    }
    Ok(())
}

fn release(session: &mut Session) -> Done {
    release_binary(session).map(drop)
}

fn clients(session: &mut Session) -> Done {
    let folder = session.workspace.root().join("docket/tests/clients");
    let grpcurl = machine::grpcurl(&session.workspace)?;
    let python = machine::python(&session.workspace, &folder.join("requirements.txt"))?;
    Npm::find(&session.workspace)?.install(&folder)?;
    let binary = release_binary(session)?;
    // Of the whole workspace: for one package alone other features are chosen, and all that it builds on is built anew.
    let mut command = session.workspace.cargo(&["test", "--workspace", "--test", "clients", "--locked"]);
    // How long sign-outs took is worth reading though all was well.
    command.args(["--", "--show-output"]);
    command.env("DOCKET_BIN", binary).env("DOCKET_GRPCURL", grpcurl).env("DOCKET_PYTHON", python);
    command.env(POSTGRES_URL, session.postgres()?);
    Ok(session.stream(&mut command)?)
}

fn browser(session: &mut Session) -> Done {
    let npm = Npm::find(&session.workspace)?;
    let chromium = machine::chromium(&session.workspace)?;
    let binary = release_binary(session)?;
    let mut command = npm.command(&session.workspace.web(), &["run", "test:browser"]);
    Ok(session.stream(command.env("DOCKET_BIN", binary).env("DOCKET_CHROMIUM", chromium))?)
}

/// The release binary with the page of now, built where it is not.
fn release_binary(session: &mut Session) -> Result<PathBuf, Halt> {
    Npm::find(&session.workspace)?.build(&session.workspace)?;
    let mut command = session.workspace.build_release();
    session.stream(&mut command)?;
    Ok(session.workspace.release_binary())
}
