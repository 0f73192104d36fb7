//! The output of the checks, one line each.

use std::process::ExitCode;

use docket_process::Fault;

use crate::stdout::print;

/// Prints results, and remembers whether one was wrong.
#[derive(Debug, Default)]
pub(super) struct Report {
    is_wrong: bool,
}

/// The result of a check: a text for the operator, and what later checks need.
pub(super) type Found<T> = Result<(String, T), Fault>;

impl Report {
    /// Prints the result of the check `name`.
    pub(super) fn add(&mut self, name: &str, found: Result<String, Fault>) {
        match found {
            Ok(text) => print_line("ok", name, &text),
            Err(fault) => {
                self.is_wrong = true;
                print_line("WRONG", name, &fault.to_string());
            }
        }
    }

    /// The same, and returns what later checks need where the check has succeeded.
    pub(super) fn take<T>(&mut self, name: &str, found: Found<T>) -> Option<T> {
        let (found, value) = match found {
            Ok((text, value)) => (Ok(text), Some(value)),
            Err(fault) => (Err(fault), None),
        };
        self.add(name, found);
        value
    }

    /// Prints why the check `name` cannot run.
    pub(super) fn skip(&mut self, name: &str, why: &str) {
        print_line("?", name, why);
    }

    /// 0 where no check has failed, else 1.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.is_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn print_line(verdict: &str, name: &str, text: &str) {
    // Where stdout is closed, the exit code still tells the result.
    drop(print(&format!("{verdict:<6} {name:<14} {text}")));
}
