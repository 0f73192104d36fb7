//! Logging to stderr: text on a terminal, JSON otherwise. stdout is for the output of commands.

use std::io::{self, IsTerminal as _};
use std::panic::{self, PanicHookInfo};

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use crate::json::{JsonFields, JsonLines};
use crate::traces::Traces;
use crate::{Fault, log_queue};

/// The environment variable with the levels to log, one for all modules and others for single ones:
/// `warn,docket_rpc=debug`. The default is `info`.
const FILTER: &str = "DOCKET_LOG";
/// h2 warns of each PING acknowledgement that nobody asked for: any client could fill the log.
const NOISY: &str = "h2";

/// Starts the logging of this process. Lines that wait when the guard is dropped are written then.
///
/// With traces, each has a filter of its own: spans that are sent are not logged.
pub(crate) fn start(traces: Option<&Traces>) -> Result<Option<WorkerGuard>, Fault> {
    let filter = filter(&std::env::var(FILTER).unwrap_or_default())?;
    let (logs, guard) = if io::stderr().is_terminal() {
        (fmt::layer().with_writer(io::stderr).compact().with_target(false).boxed(), None)
    } else {
        let (queue, guard) = log_queue::start(io::stderr());
        let logs = fmt::layer().with_writer(queue).fmt_fields(JsonFields).event_format(JsonLines);
        (logs.boxed(), Some(guard))
    };
    match traces {
        Some(traces) => registry().with(logs.with_filter(filter)).with(traces.layer()).init(),
        // One filter for all costs less than one for each.
        None => registry().with(logs).with(filter).init(),
    }
    panic::set_hook(Box::new(log_panic));
    Ok(guard)
}

fn filter(text: &str) -> Result<Targets, Fault> {
    let mut levels = Targets::new();
    if !text.is_empty() {
        levels = text.parse().map_err(|error| Fault::new(FILTER, error))?;
    }
    if levels.default_level().is_none() {
        levels = levels.with_default(LevelFilter::INFO);
    }
    let is_named = levels.iter().any(|(target, _)| target.starts_with(NOISY));
    Ok(if is_named { levels } else { levels.with_target(NOISY, LevelFilter::ERROR) })
}

/// Logs a panic as one event, in the format of all others.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(location, message = panic.payload_as_str().unwrap_or_default(), "panic");
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn modules_without_a_level_are_logged_from_info_on() {
        for (text, module, level, logged) in [
            ("", "hyper", Level::INFO, true),
            ("", "hyper", Level::DEBUG, false),
            ("warn", "hyper", Level::INFO, false),
            ("docket_rpc=debug", "docket_rpc::shield", Level::DEBUG, true),
            ("docket_rpc=debug", "hyper", Level::INFO, true),
            ("warn,docket_rpc=debug", "hyper", Level::INFO, false),
            ("", "h2::proto::ping_pong", Level::WARN, false),
            ("debug", "h2::proto::ping_pong", Level::WARN, false),
            ("h2=debug", "h2::proto::ping_pong", Level::DEBUG, true),
        ] {
            assert_eq!(filter(text).unwrap().would_enable(module, &level), logged, "{text:?} {module} {level}");
        }
        assert!(filter("docket_rpc=loud").is_err());
    }
}
