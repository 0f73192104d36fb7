//! The commands that the documents show work when they are copied line by line.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::languages::{named, output};
use crate::one_process;

/// The address that the documents show.
const SHOWN: &str = "127.0.0.1:8080";

/// One command of a document, and the reason with which it has to fail, if it has to.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    line: String,
    fails_with: Option<String>,
}

/// The lines of the shell blocks that call Docket. What the text before a block says of failing commands counts:
/// "the second command fails with `REASON`".
fn steps(document: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut paragraph = "";
    let mut block: Option<Vec<&str>> = None;
    for line in document.lines() {
        match (&mut block, line) {
            (None, "```sh") => block = Some(Vec::new()),
            (Some(lines), "```") => {
                if lines.iter().any(|line| line.contains("grpcurl")) {
                    steps.extend(expected(lines, paragraph));
                }
                block = None;
            }
            (Some(lines), line) => lines.push(line),
            (None, "") => {}
            (None, line) => paragraph = line,
        }
    }
    steps
}

fn expected(lines: &[&str], paragraph: &str) -> Vec<Step> {
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
        Step { line: (*line).to_owned(), fails_with }
    };
    lines.iter().enumerate().map(step).collect()
}

/// One shell script that runs the steps in order, as a terminal does, and stops at the first that goes wrong.
fn script(steps: &[Step]) -> String {
    let mut script = "set -o pipefail\n".to_owned();
    for Step { line, fails_with } in steps {
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

/// Runs the documents' commands, in this order, against a new Docket.
async fn walk(documents: &[&str]) {
    let docket = one_process().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the repo");
    let read = |document: &&str| fs::read_to_string(root.join(document)).expect("the document is there");
    let steps: Vec<Step> = documents.iter().flat_map(|document| steps(&read(document))).collect();
    assert!(steps.len() > 5, "the documents show {} commands", steps.len());

    let grpcurl = named("DOCKET_GRPCURL", "grpcurl");
    let folder = Path::new(&grpcurl).parent().expect("a program lies in a folder").display().to_string();
    let path = std::env::var("PATH").expect("there is a search path");
    let script = script(&steps).replace(SHOWN, &docket.serve().address().to_string());
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
    let step = |line: &str, reason: Option<&str>| Step { line: line.into(), fails_with: reason.map(str::to_owned) };
    assert_eq!(
        steps(document),
        [step("grpcurl a", None), step("grpcurl b", Some("NOT_FOUND")), step("grpcurl c", Some("BUSY"))]
    );
}
