//! What the doctor says, line by line.

use std::process::ExitCode;

use docket_process::Fault;

use crate::stdout::print;

/// The lines so far, as they were printed.
#[derive(Debug, Default)]
pub(super) struct Report {
    is_wrong: bool,
}

/// What was found well: how it stands, and what later checks need of it.
pub(super) type Found<T> = Result<(String, T), Fault>;

impl Report {
    /// Tells what was found of `name`.
    pub(super) fn add(&mut self, name: &str, found: Result<String, Fault>) {
        match found {
            Ok(text) => tell("ok", name, &text),
            Err(fault) => {
                self.is_wrong = true;
                tell("WRONG", name, &fault.to_string());
            }
        }
    }

    /// The same, and gives what was found where it is well.
    pub(super) fn take<T>(&mut self, name: &str, found: Found<T>) -> Option<T> {
        let (found, value) = match found {
            Ok((text, value)) => (Ok(text), Some(value)),
            Err(fault) => (Err(fault), None),
        };
        self.add(name, found);
        value
    }

    /// Tells why `name` can't be looked at.
    pub(super) fn skip(&mut self, name: &str, why: &str) {
        tell("?", name, why);
    }

    /// 0 where all is well.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.is_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn tell(verdict: &str, name: &str, text: &str) {
    // The exit code says the most of it, to whoever does not read.
    drop(print(&format!("{verdict:<6} {name:<14} {text}")));
}
