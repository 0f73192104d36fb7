//! `cargo xtask up`: from a fresh clone to a running Docket.

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::machine::Halt;
use crate::process;
use crate::web::Npm;
use crate::workspace::Workspace;

/// Builds the page and the release binary, then becomes `docket serve` on `./data`, with `arguments` behind.
/// Gives an error where a build fails or the binary can't be started, and otherwise does not come back.
pub(crate) fn up(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<ExitCode> {
    // The page comes first, since the release binary carries it.
    match Npm::find(workspace) {
        Ok(npm) => npm.build(workspace)?,
        Err(Halt::Lacking(reason)) => {
            eprintln!("{reason}. The web page is missing; gRPC and gRPC-Web are served all the same.");
        }
        Err(Halt::Failed(error)) => return Err(error),
    }
    process::run(&mut workspace.build_release())?;
    let binary = workspace.release_binary();
    // In our place, so that it alone gets the terminal's signals and its exit code is ours.
    let error = workspace.command(&binary).args(serve(arguments)).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

fn serve(arguments: &[String]) -> Vec<&str> {
    let elsewhere = arguments.iter().any(|argument| argument == "--data-dir" || argument.starts_with("--data-dir="));
    let own = if elsewhere { &["serve"][..] } else { &["serve", "--data-dir", "./data"] };
    own.iter().copied().chain(arguments.iter().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        serve(&arguments).join(" ")
    }

    #[test]
    fn arguments_are_passed_on_and_another_folder_takes_the_place_of_ours() {
        assert_eq!(served(&[]), "serve --data-dir ./data");
        assert_eq!(served(&["--listen", "127.0.0.1:1"]), "serve --data-dir ./data --listen 127.0.0.1:1");
        assert_eq!(served(&["--data-dir", "a"]), "serve --data-dir a");
        assert_eq!(served(&["--data-dir=a"]), "serve --data-dir=a");
    }
}
