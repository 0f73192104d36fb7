//! On what, when and of which state the figures are.

use std::process::Command;

use anyhow::Context as _;
use docket_identity::Clock;

/// One line a fact, as Markdown.
pub(crate) fn describe(postgres: &str) -> anyhow::Result<Vec<String>> {
    let cpu = fact("/proc/cpuinfo", "model name")?;
    let cores = std::thread::available_parallelism()?;
    let memory: u64 = fact("/proc/meminfo", "MemTotal")?.trim_end_matches(" kB").parse()?;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let commit = first_line(Command::new("git").args(["describe", "--always", "--dirty"]))?;
    let generator = first_line(
        Command::new(std::env::var_os("DOCKET_H2LOAD").context("DOCKET_H2LOAD is not set")?).arg("--version"),
    )?;
    Ok(vec![
        format!("{}, commit {commit}", Clock::system().now().format("%-d %B %Y")),
        format!("{cpu}, {cores} cores, {} GB; Linux {}", memory / 1_000_000, kernel.trim_end()),
        format!("PostgreSQL {postgres} with its default settings; {generator}, on the same cores"),
    ])
}

/// The value of the first line `name : value` of a file in `/proc`.
fn fact(file: &str, name: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    Ok(value.with_context(|| format!("{file} does not tell {name}"))?.trim().to_owned())
}

fn first_line(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    Ok(String::from_utf8(output.stdout)?.lines().next().unwrap_or_default().to_owned())
}
