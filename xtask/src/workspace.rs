//! Where the repo and its build output lie, and which test targets it has: what `cargo metadata` knows.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::process;

/// The repo as cargo sees it.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    test_targets: Vec<String>,
}

impl Workspace {
    /// Asks cargo about the workspace that this binary was started in.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let mut command = Command::new(cargo());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
            command.current_dir(folder);
        }
        let metadata = process::output(&mut command)?;
        Self::parse(&metadata).context("cargo metadata has another form than expected")
    }

    fn parse(metadata: &str) -> anyhow::Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let folder = |key: &str| metadata[key].as_str().map(PathBuf::from).with_context(|| format!("no {key}"));
        let mut test_targets: Vec<String> = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|package| package["targets"].as_array())
            .flatten()
            .filter(|target| target["kind"][0] == "test")
            .filter_map(|target| target["name"].as_str().map(str::to_owned))
            .collect();
        test_targets.sort();
        test_targets.dedup();
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")?, test_targets })
    }

    /// A repo without crates.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), target: root.join("target"), test_targets: Vec::new() }
    }

    /// The repo's top folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The web client's folder.
    pub(crate) fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// Where tools are kept that only this repo's tests need. It goes away with `cargo clean`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The names of all integration tests of the workspace, sorted.
    pub(crate) fn test_targets(&self) -> &[String] {
        &self.test_targets
    }

    /// A command that runs in the repo's top folder.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// `cargo` with these arguments, in the repo's top folder.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(cargo());
        command.args(arguments);
        command
    }

    /// The command that builds the release binary, with whatever page lies in `web/dist`.
    pub(crate) fn build_release(&self) -> Command {
        self.cargo(&["build", "--release", "--locked", "--package", "docket", "--bin", "docket"])
    }

    /// Where that binary then lies.
    pub(crate) fn release_binary(&self) -> PathBuf {
        self.target.join("release/docket")
    }
}

/// The cargo that runs us, so that all steps use one toolchain.
fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_gives_the_folders_and_each_test_target_once() {
        let metadata = r#"{
            "workspace_root": "repo", "target_directory": "repo/target",
            "packages": [
                {"targets": [{"kind": ["lib"], "name": "auth_service"}, {"kind": ["test"], "name": "store"}]},
                {"targets": [{"kind": ["test"], "name": "store"}, {"kind": ["test"], "name": "rpc"}]}
            ]
        }"#;
        let workspace = Workspace::parse(metadata).unwrap();
        assert_eq!(workspace.test_targets(), ["rpc", "store"]);
        assert_eq!(workspace.release_binary(), Path::new("repo/target/release/docket"));
        assert_eq!(workspace.tools(), Path::new("repo/target/tools"));
    }

    #[test]
    fn metadata_without_a_root_is_refused() {
        assert!(Workspace::parse(r#"{"packages": []}"#).is_err());
    }
}
