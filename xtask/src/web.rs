//! The web client's packages and page, made where they are missing or older than what they are made from.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::files::is_fresh;
use crate::machine::find;
use crate::process::run;
use crate::workspace::Workspace;

/// npm, on a machine that has it.
pub(crate) struct Npm(PathBuf);

impl Npm {
    /// npm from the search path.
    pub(crate) fn find() -> Option<Self> {
        find("npm").map(Self)
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
