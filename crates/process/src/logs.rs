//! Logs: for people on a terminal, JSON for programs otherwise; on stderr, since stdout is for answers.

use std::io::{self, IsTerminal as _};
use std::panic::{self, PanicHookInfo};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use crate::Fault;
use crate::json::JsonLines;

/// What is logged: a level, and levels of modules, with commas between: `warn,docket_rpc=debug`. Without a level of
/// its own, the rest is logged from `info` on.
const FILTER: &str = "DOCKET_LOG";

/// Starts the logs of this process.
pub(crate) fn start() -> Result<(), Fault> {
    let filter = filter(&std::env::var(FILTER).unwrap_or_default())?;
    let logs = fmt::layer().with_writer(io::stderr);
    let logs = if io::stderr().is_terminal() {
        logs.compact().with_target(false).boxed()
    } else {
        logs.json().event_format(JsonLines).boxed()
    };
    registry().with(logs).with(filter).init();
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn filter(text: &str) -> Result<Targets, Fault> {
    if text.is_empty() {
        return Ok(Targets::new().with_default(LevelFilter::INFO));
    }
    let levels: Targets = text.parse().map_err(|error| Fault::new(FILTER, error))?;
    Ok(if levels.default_level().is_some() { levels } else { levels.with_default(LevelFilter::INFO) })
}

/// A panic is a fault of ours like another: one entry, in the form of the others.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    tracing::error!(location, message = panic.payload_as_str().unwrap_or_default(), "panic");
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn what_is_not_named_is_logged_from_info_on() {
        for (text, module, level, logged) in [
            ("", "hyper", Level::INFO, true),
            ("", "hyper", Level::DEBUG, false),
            ("warn", "hyper", Level::INFO, false),
            ("docket_rpc=debug", "docket_rpc::shield", Level::DEBUG, true),
            ("docket_rpc=debug", "hyper", Level::INFO, true),
            ("warn,docket_rpc=debug", "hyper", Level::INFO, false),
        ] {
            assert_eq!(filter(text).unwrap().would_enable(module, &level), logged, "{text:?} {module} {level}");
        }
        assert!(filter("docket_rpc=loud").is_err());
    }
}
