//! Parses command lines. Errors are one line without values, since a URL may hold a password.

use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{Command, Parser};

use crate::Fault;

/// Why there are no flags to run with.
#[derive(Debug)]
pub(crate) enum NotParsed {
    /// Help or version was asked for, and has been printed.
    Printed(ExitCode),
    /// The flags are invalid.
    Invalid(Fault),
}

/// What a command line says.
#[derive(Debug)]
pub(crate) struct Parsed<Flags> {
    /// Of the program, and of its command where it has commands: "docket-auth".
    pub(crate) name: String,
    pub(crate) flags: Flags,
}

/// Parses `arguments`, and takes from the environment what they leave out.
pub(crate) fn parse<Flags: Parser>(arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed<Flags>, NotParsed> {
    let command = hiding_values(Flags::command());
    let mut name = command.get_name().to_owned();
    let matches = command.try_get_matches_from(arguments).and_then(|mut matches| {
        if let Some(command) = matches.subcommand_name() {
            name = format!("{name}-{command}");
        }
        Flags::from_arg_matches_mut(&mut matches)
    });
    matches.map(|flags| Parsed { name, flags }).map_err(|error| not_parsed(&error))
}

/// By default, help shows the values of environment variables.
fn hiding_values(command: Command) -> Command {
    command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(hiding_values)
}

fn not_parsed(error: &clap::Error) -> NotParsed {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Where the pipe is closed, nobody is interested.
        drop(error.print());
        return NotParsed::Printed(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)));
    }
    let argument = error.get(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::ValueValidation);
    NotParsed::Invalid(match (argument, error.source()) {
        (Some(argument), Some(cause)) => Fault::text(format!("{argument}: {cause}")),
        (Some(argument), None) => Fault::text(format!("{argument}: invalid value")),
        _ => Fault::text(first_paragraph(&error.to_string())),
    })
}

/// Usage and hints follow it.
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
            Err(NotParsed::Invalid(fault)) => fault.to_string(),
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
    fn a_missing_or_an_unknown_flag_is_refused_in_one_line() {
        assert!(refusal(&[]).ends_with("arguments were not provided: --listen <LISTEN>"), "{}", refusal(&[]));
        assert!(refusal(&["--nonsense"]).starts_with("unexpected argument '--nonsense'"));
    }
}
