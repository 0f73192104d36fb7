//! `cargo xtask test [part…]`: every check of the repo, or the parts named.
//!
//! Each part prints its own output under a headline. At the close stand a table of all parts and then, each once, the
//! lines in which the runners (cargo's and node's) counted their tests.

mod parts;
mod report;

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::machine::Halt;
use crate::postgres::Cluster;
use crate::process;
use crate::workspace::Workspace;

use parts::{PARTS, Part};
use report::{Outcome, Report};

/// The names of all parts, in the order in which they run.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.name)
}

/// Runs the parts of these names, or all where none is named. With `CI` set, a skip is a failure.
pub(crate) fn run(workspace: Workspace, names: &[String]) -> anyhow::Result<ExitCode> {
    let ci = std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false");
    let mut session = Session { workspace, summaries: Vec::new(), cluster: None };
    let mut report = Report::new(ci);
    for part in chosen(names) {
        println!("\n== {}: {}", part.name, part.about);
        let start = Instant::now();
        let outcome = match (part.run)(&mut session) {
            Ok(()) => Outcome::Passed,
            Err(Halt::Lacking(reason)) => Outcome::Skipped { reason, tolerated: part.needs_the_internet },
            Err(Halt::Failed(error)) => Outcome::Failed(format!("{error:#}")),
        };
        let line = report.add(part.name, start.elapsed(), outcome, std::mem::take(&mut session.summaries));
        println!("{line}");
    }
    drop(session);
    print!("\n{report}");
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(names: &[String]) -> impl Iterator<Item = &'static Part> {
    PARTS.iter().filter(move |part| names.is_empty() || names.iter().any(|name| name == part.name))
}

/// Where tests find a PostgreSQL on which they may create databases and roles. Who has one of their own sets it.
const POSTGRES_URL: &str = "DOCKET_TEST_POSTGRES_URL";

/// What the parts of one run share.
struct Session {
    workspace: Workspace,
    /// The runners' own last lines of the part that runs.
    summaries: Vec<String>,
    /// Started for the first part that asks, and ended with the session.
    cluster: Option<Cluster>,
}

impl Session {
    /// Runs a command with its output on the terminal and its summary lines held back.
    fn stream(&mut self, command: &mut Command) -> anyhow::Result<()> {
        process::stream(command, &mut self.summaries)
    }

    /// The address of a PostgreSQL that tests may do anything to.
    fn postgres(&mut self) -> Result<String, Halt> {
        if let Ok(url) = std::env::var(POSTGRES_URL) {
            return Ok(url);
        }
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(&self.workspace)?);
        }
        Ok(self.cluster.as_ref().expect("it was started above").url().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn chosen_names(names: &[&str]) -> Vec<&'static str> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        chosen(&names).map(|part| part.name).collect()
    }

    #[test]
    fn every_part_has_its_own_name() {
        assert_eq!(names().collect::<BTreeSet<_>>().len(), PARTS.len());
    }

    #[test]
    fn named_parts_run_in_the_order_of_the_table() {
        assert_eq!(chosen_names(&["unit", "format"]), ["format", "unit"]);
        assert_eq!(chosen_names(&[]), names().collect::<Vec<_>>());
    }

    #[test]
    fn the_page_is_built_before_the_release_binary_that_carries_it() {
        let place = |name| names().position(|other| other == name).unwrap();
        assert!(place("web") < place("release"));
        assert!(place("release") < place("clients") && place("release") < place("browser"));
    }
}
