//! Command lines, and refusals of them in one line that holds no value: a URL may carry a password.

use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{Command, Parser};

use crate::Fault;

/// Why there are no flags to run with.
#[derive(Debug)]
pub(crate) enum Refused {
    /// What was asked for (help, version) has been printed.
    Answered(ExitCode),
    /// They make no sense.
    Bad(Fault),
}

/// Reads `arguments`, and the environment for what they leave out.
pub(crate) fn parse<Flags: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<Flags, Refused> {
    let matches = hiding_values(Flags::command()).try_get_matches_from(arguments);
    matches.and_then(|mut matches| Flags::from_arg_matches_mut(&mut matches)).map_err(|error| refused(&error))
}

/// Help shows what an environment variable holds, unless told not to.
fn hiding_values(command: Command) -> Command {
    command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(hiding_values)
}

fn refused(error: &clap::Error) -> Refused {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A closed pipe is nothing to tell about.
        drop(error.print());
        return Refused::Answered(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)));
    }
    let argument = error.get(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::ValueValidation);
    Refused::Bad(match (argument, error.source()) {
        (Some(argument), Some(cause)) => Fault::text(format!("{argument}: {cause}")),
        (Some(argument), None) => Fault::text(format!("{argument}: not a value that it takes")),
        _ => Fault::text(first_paragraph(&error.to_string())),
    })
}

/// Behind it stand usage and hints.
fn first_paragraph(text: &str) -> &str {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    text.split_once("\n\n").map_or(text, |(paragraph, _)| paragraph)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[arg(long, value_parser = no_secret)]
        url: Option<String>,
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        count: Option<u8>,
    }

    fn no_secret(text: &str) -> Result<String, &'static str> {
        if text.contains("secret") { Err("not a URL") } else { Ok(text.to_owned()) }
    }

    fn refusal(arguments: &[&str]) -> String {
        let arguments = ["docket"].iter().chain(arguments).map(OsString::from);
        match parse::<Flags>(arguments) {
            Err(Refused::Bad(fault)) => fault.to_string(),
            other => panic!("{arguments:?}: {other:?}", arguments = other.as_ref().err()),
        }
    }

    #[test]
    fn a_bad_value_is_refused_by_name_without_the_value() {
        let refused = refusal(&["--listen", "127.0.0.1:1", "--url", "postgres://u:secret@host"]);
        assert_eq!(refused, "--url <URL>: not a URL");
        assert_eq!(refusal(&["--listen", "nowhere"]), "--listen <LISTEN>: invalid socket address syntax");
        assert_eq!(refusal(&["--listen", "127.0.0.1:1", "--count", "900"]), "--count <COUNT>: 900 is not in 0..=255");
    }

    #[test]
    fn what_is_missing_or_unknown_is_one_line() {
        assert!(refusal(&[]).ends_with("arguments were not provided: --listen <LISTEN>"), "{}", refusal(&[]));
        assert!(refusal(&["--nonsense"]).starts_with("unexpected argument '--nonsense'"));
    }
}
