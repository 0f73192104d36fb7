//! The commands in the documents work when they are copied line by line.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::languages::{named, output};
use crate::one_process;

/// The address in the documents.
const SHOWN: &str = "127.0.0.1:8080";

/// One command of a document, and the reason with which it has to fail, if it has to.
#[derive(Debug, PartialEq, Eq)]
struct DocumentCommand {
    line: String,
    fails_with: Option<String>,
}

/// The lines of the shell blocks that call Docket. The paragraph before a block may say which command fails: "the
/// second command fails with `REASON`".
fn commands(document: &str) -> Vec<DocumentCommand> {
    let mut commands = Vec::new();
    let mut paragraph = "";
    let mut block: Option<Vec<&str>> = None;
    for line in document.lines() {
        match (&mut block, line) {
            (None, "```sh") => block = Some(Vec::new()),
            (Some(lines), "```") => {
                if lines.iter().any(|line| line.contains("grpcurl")) {
                    commands.extend(expected(lines, paragraph));
                }
                block = None;
            }
            (Some(lines), line) => lines.push(line),
            (None, "") => {}
            (None, line) => paragraph = line,
        }
    }
    commands
}

fn expected(lines: &[&str], paragraph: &str) -> Vec<DocumentCommand> {
    let failure = paragraph.split_once(" command fails with `").map(|(before, after)| {
        let reason = after.split('`').next().unwrap_or_default();
        let place = match before.rsplit([' ', '(']).next() {
            Some("second") => 1,
            Some("last") => lines.len() - 1,
            _ => 0,
        };
        (place, reason.to_owned())
    });
    let step = |(place, line): (usize, &&str)| {
        let fails_with = failure.clone().filter(|(failing, _)| *failing == place).map(|(_, reason)| reason);
        DocumentCommand { line: (*line).to_owned(), fails_with }
    };
    lines.iter().enumerate().map(step).collect()
}

/// A shell script that runs the commands in order and stops at the first with an unexpected result.
fn script(commands: &[DocumentCommand]) -> String {
    let mut script = "set -o pipefail\n".to_owned();
    for DocumentCommand { line, fails_with } in commands {
        let shown = line.replace('\'', "'\\''");
        let wrong = format!("{{ echo 'not as the document says: {shown}'; echo \"$SEEN\"; exit 1; }}");
        match fails_with {
            None => writeln!(script, "SEEN=\n{line} || {wrong}"),
            Some(reason) => writeln!(
                script,
                "SEEN=$({line} 2>&1) && {wrong}\ngrep --quiet '\"reason\": \"{reason}\"' <<<\"$SEEN\" || {wrong}"
            ),
        }
        .expect("a string takes every text");
    }
    script
}

/// Runs the commands of the documents, in this order, against a new Docket.
async fn walk(documents: &[&str]) {
    let docket = one_process().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repo");
    let read = |document: &&str| fs::read_to_string(root.join(document)).expect("the document is there");
    let shown: Vec<DocumentCommand> = documents.iter().flat_map(|document| commands(&read(document))).collect();
    assert!(shown.len() > 5, "the documents show {} commands", shown.len());

    let grpcurl = named("DOCKET_GRPCURL", "grpcurl");
    let folder = Path::new(&grpcurl).parent().expect("a program lies in a folder").display().to_string();
    let path = std::env::var("PATH").expect("there is a search path");
    let script = script(&shown).replace(SHOWN, &docket.serve().address().to_string());
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).env("PATH", format!("{folder}:{path}"));
    output(&mut shell);
}

#[tokio::test]
async fn the_quickstarts_work_when_copied_line_by_line() {
    walk(&["specs/001-user-auth/quickstart.md", "specs/002-tasks/quickstart.md"]).await;
}

#[tokio::test]
async fn the_readme_works_when_copied_line_by_line() {
    walk(&["README.md"]).await;
}

#[test]
fn what_a_document_says_of_failing_commands_counts() {
    let document = "Look (the second command fails with `NOT_FOUND`):\n\n```sh\ngrpcurl a\ngrpcurl b\n```\n\n\
                    The command fails with `BUSY`:\n\n```sh\ngrpcurl c\n```\n\nStart it:\n\n```sh\ncargo xtask up\n```\n";
    let command =
        |line: &str, reason: Option<&str>| DocumentCommand { line: line.into(), fails_with: reason.map(str::to_owned) };
    assert_eq!(
        commands(document),
        [command("grpcurl a", None), command("grpcurl b", Some("NOT_FOUND")), command("grpcurl c", Some("BUSY"))]
    );
}
