//! Logs: for people on a terminal, JSON for programs otherwise; on stderr, since stdout is for answers.

use std::io::{self, IsTerminal as _};
use std::panic::{self, PanicHookInfo};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::Fault;

/// What is logged, in the syntax of tracing's directives: `info`, `docket_rpc=debug`.
const FILTER: &str = "DOCKET_LOG";

/// Starts the logs of this process.
pub(crate) fn start() -> Result<(), Fault> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var(FILTER)
        .from_env()
        .map_err(|error| Fault::new(FILTER, error))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if io::stderr().is_terminal() {
        logs.compact().with_target(false).init();
    } else {
        logs.json().flatten_event(true).with_current_span(false).init();
    }
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic is a fault of ours like another: one entry, in the form of the others.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(location, message = panic.payload_as_str().unwrap_or_default(), "panic");
}
