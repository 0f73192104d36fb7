//! `docket migrate` and `docket doctor` with users of the services' own.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use docket_testkit::{DatabaseUrls, ROLE_PASSWORD};

fn docket(folder: &Path, arguments: &[&str]) -> Output {
    crate::program().command().args(arguments).env("DOCKET_DATA_DIR", folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn private_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    private_file(&folder.path().join("master.key"), &"07".repeat(32));
    private_file(&folder.path().join("password"), ROLE_PASSWORD);
    folder
}

fn private_file(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Migrates, and lets the services log in.
fn migrate(folder: &Path, urls: &DatabaseUrls) -> Output {
    let password = folder.join("password").display().to_string();
    let files = ["--auth-password-file", &password, "--task-password-file", &password];
    docket(folder, &[&["migrate", "--database-url", &urls.owner], &files[..]].concat())
}

/// The exit code, and the line about `name`.
fn doctor(folder: &Path, arguments: &[&str], name: &str) -> (Option<i32>, String) {
    let output = docket(folder, &[&["doctor"], arguments].concat());
    let lines = text(&output.stdout);
    let line = lines.lines().find(|line| line[7..].starts_with(name)).unwrap_or_else(|| panic!("{name}: {lines}"));
    (output.status.code(), line.to_owned())
}

#[tokio::test]
async fn the_owners_url_is_wrong_for_three_processes_and_well_for_one() {
    let (cluster, urls) = crate::cluster().await;
    let folder = private_folder();
    let done = migrate(folder.path(), &urls);
    assert!(done.status.success(), "{}", text(&done.stderr));

    let apart = ["--auth-database-url", &urls.auth, "--task-database-url", &urls.task];
    let (code, line) = doctor(folder.path(), &apart, "users");
    assert_eq!((code, line.starts_with("ok ")), (Some(0), true), "{line}");
    let (_, line) = doctor(folder.path(), &apart, "connections");
    assert!(line.contains("25 where each service has one process (auth 9, task 16)"), "{line}");

    for wrong in [
        ["--auth-database-url", &urls.owner, "--task-database-url", &urls.task],
        ["--auth-database-url", &urls.auth, "--task-database-url", &urls.owner],
    ] {
        let (code, line) = doctor(folder.path(), &wrong, "users");
        assert_eq!((code, line.starts_with("WRONG ")), (Some(1), true), "{line}");
        assert!(line.contains("has the owner's URL: run docket migrate"), "{line}");
    }
    let (code, line) = doctor(folder.path(), &["--database-url", &urls.owner], "users");
    assert_eq!((code, line.starts_with("ok ")), (Some(0), true), "{line}");

    cluster.run("CREATE ROLE powerful; GRANT powerful TO docket_task").await;
    let (code, line) = doctor(folder.path(), &apart, "users");
    assert_eq!((code, line.starts_with("WRONG ")), (Some(1), true), "{line}");
    assert!(line.contains("powerful"), "{line}");
}

#[tokio::test]
async fn a_database_that_is_read_only_or_lets_too_few_in_is_wrong() {
    let (cluster, urls) = crate::cluster().await;
    let folder = private_folder();
    assert!(migrate(folder.path(), &urls).status.success());
    let apart = ["--auth-database-url", &urls.auth, "--task-database-url", &urls.task];
    let (code, line) = doctor(folder.path(), &apart, "writing");
    assert_eq!((code, line.starts_with("ok ")), (Some(0), true), "{line}");
    cluster.run("ALTER DATABASE docket SET default_transaction_read_only = on").await;
    let (code, line) = doctor(folder.path(), &apart, "writing");
    assert_eq!((code, line.starts_with("WRONG ")), (Some(1), true), "{line}");
    cluster.run("ALTER DATABASE docket CONNECTION LIMIT 20").await;
    let (code, line) = doctor(folder.path(), &apart, "connections");
    assert_eq!((code, line.starts_with("WRONG ")), (Some(1), true), "{line}");
    assert!(line.contains("PostgreSQL allows 20"), "{line}");
}

#[tokio::test]
async fn a_password_that_others_can_read_or_guess_is_refused_without_a_word_of_it() {
    let (_cluster, urls) = crate::cluster().await;
    let folder = private_folder();
    let file = folder.path().join("password");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = migrate(folder.path(), &urls);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("run chmod 600"), "{}", text(&refused.stderr));
    private_file(&file, "hunter2");
    let refused = migrate(folder.path(), &urls);
    assert_eq!(refused.status.code(), Some(2));
    let line = text(&refused.stderr);
    assert!(line.contains("16 to 200 printable") && !line.contains("hunter2"), "{line}");
}
