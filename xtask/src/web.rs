//! The web client's packages and page, made where they are missing or older than what they are made from.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use semver::{Version, VersionReq};
use serde_json::Value;

use crate::files::is_fresh;
use crate::machine::{Halt, find};
use crate::process::{output, run};
use crate::workspace::Workspace;

/// npm, on a machine that has it with a Node that the page can be built with.
pub(crate) struct Npm(PathBuf);

impl Npm {
    /// npm from the search path. It lacks where Node is too old, too: the build would break off in the middle.
    pub(crate) fn find(workspace: &Workspace) -> Result<Self, Halt> {
        let (Some(npm), Some(node)) = (find("npm"), find("node")) else {
            return Err(Halt::Lacking("npm is not installed: it comes with Node.js".to_owned()));
        };
        let version = output(workspace.command(node).arg("--version"))?;
        let wanted = wanted_node(workspace)?;
        if !suits(&version, &wanted)? {
            let reason = format!("Node {} is too old: the page is built with {wanted}", version.trim());
            return Err(Halt::Lacking(reason));
        }
        Ok(Self(npm))
    }

    /// `npm` with these arguments in `folder`.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.0);
        command.current_dir(folder).args(arguments);
        command
    }

    /// Installs what the lock file in `folder` names, unless it is installed.
    pub(crate) fn install(&self, folder: &Path) -> anyhow::Result<()> {
        // npm writes its own copy of the lock file as the last thing it does.
        if is_fresh(&folder.join("node_modules/.package-lock.json"), &[folder.join("package-lock.json")]) {
            return Ok(());
        }
        run(&mut self.command(folder, &["ci", "--no-audit", "--no-fund"]))
    }

    /// Builds the page into `web/dist`, unless it is newer than all that it is made from.
    pub(crate) fn build(&self, workspace: &Workspace) -> anyhow::Result<()> {
        let web = workspace.web();
        self.install(&web)?;
        if is_fresh(&web.join("dist/index.html"), &sources(workspace)?) {
            return Ok(());
        }
        run(&mut self.command(&web, &["run", "build"]))
    }
}

/// The versions of Node that `web/package.json` asks for.
fn wanted_node(workspace: &Workspace) -> anyhow::Result<String> {
    let path = workspace.web().join("package.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let package: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    let node = package["engines"]["node"].as_str().with_context(|| format!("{} wants no Node", path.display()))?;
    Ok(node.to_owned())
}

/// Whether the version, as `node --version` tells it, is in one of the ranges between npm's `||`. Each range must be
/// of a form that npm and cargo read alike, as `^20.19.0` and `>=22.12.0` are.
fn suits(version: &str, wanted: &str) -> anyhow::Result<bool> {
    let version = Version::parse(version.trim().trim_start_matches('v')).context("node --version is no version")?;
    let ranges: Result<Vec<_>, _> = wanted.split("||").map(VersionReq::parse).collect();
    let ranges = ranges.with_context(|| format!("{wanted} is no range of versions"))?;
    Ok(ranges.iter().any(|range| range.matches(&version)))
}

/// What the page is made from: everything at the top of `web/` and `web/src` but what is itself made, and the contracts.
fn sources(workspace: &Workspace) -> anyhow::Result<Vec<PathBuf>> {
    let mut sources = vec![workspace.root().join("proto/docket"), workspace.root().join("proto/google")];
    for (folder, made) in [("", &["dist", "node_modules", "src", "tests"][..]), ("src", &["gen"])] {
        for entry in workspace.web().join(folder).read_dir()? {
            let entry = entry?;
            if !made.iter().any(|made| entry.file_name() == *made) {
                sources.push(entry.path());
            }
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::{Duration, SystemTime};

    use tempfile::TempDir;

    use super::*;

    /// A repo whose npm only notes what it was asked for, and leaves the files by which one sees that it was done.
    struct Repo {
        workspace: Workspace,
        npm: Npm,
        _folder: TempDir,
    }

    impl Repo {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path();
            for folder in ["web/src/gen", "web/tests", "proto/docket"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            for file in ["web/package-lock.json", "web/src/main.ts", "web/src/gen/task.ts", "web/tests/a.test.ts"] {
                fs::write(root.join(file), "").unwrap();
            }
            let npm = root.join("npm");
            let script = "#!/bin/sh\necho \"$*\" >> ../calls\nmkdir -p node_modules dist\n\
                          case $1 in ci) touch node_modules/.package-lock.json;; run) touch dist/index.html;; esac\n";
            fs::write(&npm, script).unwrap();
            fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
            Self { workspace: Workspace::at(root), npm: Npm(npm), _folder: folder }
        }

        /// What npm was asked for by one build.
        fn build(&self) -> Vec<String> {
            let calls = self.workspace.root().join("calls");
            fs::write(&calls, "").unwrap();
            self.npm.build(&self.workspace).unwrap();
            fs::read_to_string(calls).unwrap().lines().map(str::to_owned).collect()
        }

        /// Makes a file newer than everything made so far.
        fn change(&self, file: &str) {
            let later = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
            File::open(self.workspace.root().join(file)).unwrap().set_modified(later).unwrap();
        }
    }

    #[test]
    fn a_version_suits_where_one_of_the_ranges_holds_it() {
        let suits = |version| suits(version, "^20.19.0 || >=22.12.0").unwrap();
        for version in ["v20.19.0\n", "v20.20.2\n", "v22.12.0\n", "v24.0.0\n"] {
            assert!(suits(version), "{version}");
        }
        for version in ["v18.20.4\n", "v20.18.3\n", "v21.7.3\n", "v22.11.0\n"] {
            assert!(!suits(version), "{version}");
        }
    }

    #[test]
    fn what_is_no_version_and_no_range_is_told() {
        assert!(suits("node", ">=22").is_err());
        assert!(suits("v22.12.0", "the newest").is_err());
    }

    #[test]
    fn the_range_of_this_repos_page_can_be_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let wanted = wanted_node(&Workspace::at(root)).unwrap();
        assert!(!suits("v18.20.4", &wanted).unwrap(), "{wanted}");
    }

    #[test]
    fn the_first_build_installs_and_the_next_does_nothing() {
        let repo = Repo::new();
        assert_eq!(repo.build(), ["ci --no-audit --no-fund", "run build"]);
        assert!(repo.build().is_empty());
    }

    #[test]
    fn a_changed_source_builds_and_a_changed_lock_file_installs_before() {
        let repo = Repo::new();
        repo.build();
        repo.change("web/src/main.ts");
        assert_eq!(repo.build(), ["run build"]);
        repo.change("web/package-lock.json");
        assert_eq!(repo.build(), ["ci --no-audit --no-fund", "run build"]);
    }

    #[test]
    fn generated_code_and_tests_are_no_sources() {
        let repo = Repo::new();
        repo.build();
        repo.change("web/src/gen/task.ts");
        repo.change("web/tests/a.test.ts");
        assert!(repo.build().is_empty());
    }
}
