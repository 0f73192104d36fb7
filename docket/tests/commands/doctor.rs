//! `docket doctor`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use docket_testkit::PostgresDatabase;

use crate::program::{Done, Served, docket, run};

/// The exit code, and the result of each check with its text, by the name of the check.
pub(crate) fn doctor(data: &Path, more: &[&str]) -> (Option<i32>, Vec<(String, String)>) {
    let Done { code, stdout, stderr } = run(docket(["doctor", "--data-dir"]).arg(data).args(more));
    assert_eq!(stderr, "");
    let line = |line: &str| (line[7..21].trim().to_owned(), format!("{} {}", line[..7].trim(), line[21..].trim()));
    (code, stdout.lines().map(line).collect())
}

pub(crate) fn found<'a>(lines: &'a [(String, String)], name: &str) -> &'a str {
    &lines.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("{name}: {lines:?}")).1
}

fn private_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

#[tokio::test]
async fn all_is_well_after_serve_has_run() {
    let folder = private_folder();
    drop(Served::start(folder.path()));
    let (code, lines) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(0), "{lines:?}");
    let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "configuration",
            "data folder",
            "mail",
            "master key",
            "database",
            "users",
            "connections",
            "writing",
            "row security",
            "schema",
            "signing keys",
            "waiting mails",
            "clock"
        ]
    );
    for (name, text) in &lines {
        assert!(text.starts_with("ok "), "{name}: {text}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_with_what_to_do() {
    let folder = private_folder();
    let (code, lines) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(found(&lines, "master key").starts_with("WRONG cannot read"), "{lines:?}");
    assert!(found(&lines, "database").contains("there is no database"), "{lines:?}");
    assert!(found(&lines, "signing keys").starts_with('?'), "{lines:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it looks and makes nothing");

    drop(Served::start(folder.path()));
    let key = folder.path().join("master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, lines) = doctor(folder.path(), &["--revocation-staleness", "1h"]);
    assert_eq!(code, Some(1));
    assert!(found(&lines, "configuration").contains("staleness"), "{lines:?}");
    assert!(found(&lines, "data folder").contains("chmod 700"), "{lines:?}");
    assert!(found(&lines, "master key").contains("chmod 600"), "{lines:?}");

    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&key, "08".repeat(32)).unwrap();
    let (code, lines) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1));
    assert!(found(&lines, "master key").starts_with("ok"), "{lines:?}");
    assert!(found(&lines, "signing keys").contains("use the master key with which they were encrypted"), "{lines:?}");
}

#[tokio::test]
async fn postgres_is_looked_at_in_every_role() {
    let folder = private_folder();
    let database = PostgresDatabase::new().await;
    let url = database.url();
    std::fs::write(folder.path().join("master.key"), "07".repeat(32)).unwrap();
    std::fs::set_permissions(folder.path().join("master.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let (code, lines) = doctor(folder.path(), &["--database-url", &url]);
    assert_eq!(code, Some(1));
    let wrong: Vec<_> = lines.iter().filter(|(_, text)| text.starts_with("WRONG")).collect();
    assert!(wrong.len() == 1 && wrong[0].1.contains("run docket migrate"), "{lines:?}");

    assert_eq!(run(docket(["migrate", "--database-url"]).arg(&url)).code, Some(0));
    let (code, lines) = doctor(folder.path(), &["--database-url", &url]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert!(found(&lines, "database").contains("as docket_auth and as docket_task"), "{lines:?}");
    assert!(found(&lines, "row security").contains("in force"), "{lines:?}");
    assert!(found(&lines, "clock").contains("agrees with the database"), "{lines:?}");
    for (_, text) in &lines {
        assert!(!text.contains("postgres@"), "{text}");
    }
}
