//! Starts other programs and tells what they said. It does not know what they are for.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context as _, bail};
use regex::Regex;

/// Runs a command on our terminal.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = describe(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// Runs a command in silence and gives what it wrote to its standard output. Its errors go to our terminal.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = describe(command);
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {shown}"))?;
    if !output.status.success() {
        bail!("{shown}: {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{shown}: not UTF-8"))
}

/// Runs a command in silence and tells whether it succeeded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command and shows its output as it comes, except the lines in which a test runner sums up: they go to
/// `summaries`, to be shown at the close of everything, each once.
pub(crate) fn stream(command: &mut Command, summaries: &mut Vec<String>) -> anyhow::Result<()> {
    let shown = describe(command);
    println!("$ {shown}");
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    command.stdin(Stdio::null()).stderr(writer.try_clone().context("cannot share a pipe")?).stdout(writer);
    let mut child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
    // The command keeps our ends of the pipe open, and without its end we would read for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut line = Vec::new();
    let mut reader = BufReader::new(reader);
    while reader.read_until(b'\n', &mut line).with_context(|| format!("cannot read from {shown}"))? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        match summary(text) {
            Some(summary) => summaries.extend(summary),
            None => println!("{text}"),
        }
        line.clear();
    }
    let status = child.wait().with_context(|| format!("cannot wait for {shown}"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// What a line of a test runner (cargo's or node's) says in sum, without colours: `Some(None)` where the runner had
/// nothing to run, and `None` for any other line.
fn summary(line: &str) -> Option<Option<String>> {
    static COLOUR: LazyLock<Regex> = LazyLock::new(|| pattern("\x1b\\[[0-9;]*m"));
    static SUMMARY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"^(test result: \w+\. |(#|ℹ) (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [0-9.]+$)")
    });
    static NOTHING: LazyLock<Regex> = LazyLock::new(|| pattern("^test result: ok. 0 passed; 0 failed; 0 ignored;"));
    let line = COLOUR.replace_all(line, "");
    SUMMARY.is_match(&line).then(|| (!NOTHING.is_match(&line)).then(|| line.into_owned()))
}

/// A regular expression that stands in the source.
pub(crate) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is fixed, and tests use it")
}

/// The command as one would type it, without the folder of its program.
fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name).chain(command.get_args()).map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_sums_of_cargo_and_node_are_held_back_and_nothing_else_is() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "# pass 31",
            "ℹ fail 0",
        ];
        for line in lines {
            assert_eq!(summary(line), Some(Some(line.to_owned())));
        }
        for line in ["test store::finds ... ok", "running 12 tests", "# Subtest: signs in", "the test result: ok. 1"] {
            assert_eq!(summary(line), None, "{line}");
        }
    }

    #[test]
    fn the_sum_of_a_runner_that_had_nothing_to_run_is_dropped() {
        let line = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s";
        assert_eq!(summary(line), Some(None));
    }

    #[test]
    fn colours_do_not_hide_a_sum() {
        let line = "test result: \u{1b}[32mok\u{1b}[0m. 2 passed; 0 failed";
        assert_eq!(summary(line), Some(Some("test result: ok. 2 passed; 0 failed".to_owned())));
    }

    #[test]
    fn both_outputs_are_read_to_their_end_and_a_failure_names_the_command() {
        let mut summaries = Vec::new();
        stream(&mut shell("echo '# pass 1'; echo '# pass 2' >&2"), &mut summaries).unwrap();
        assert_eq!(summaries, ["# pass 1", "# pass 2"]);
        let error = stream(&mut shell("exit 3"), &mut summaries).unwrap_err().to_string();
        assert_eq!(error, "sh -c exit 3: exit status: 3");
    }

    #[test]
    fn output_of_a_failed_command_is_not_taken() {
        assert_eq!(output(&mut shell("echo yes")).unwrap(), "yes\n");
        assert!(output(&mut shell("echo yes; exit 1")).is_err());
        assert!(succeeds(&mut shell("exit 0")));
        assert!(!succeeds(&mut shell("exit 1")));
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert_eq!(error, "cannot start no-such-program");
    }
}
