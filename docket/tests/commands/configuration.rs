//! An invalid configuration gives one clear line on stderr without secrets, and exit code 2.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use docket_testkit::PostgresDatabase;
use tempfile::TempDir;

use crate::program::{Done, docket, run};

/// Runs a command that has to refuse, with these words in its line on stderr.
#[track_caller]
fn assert_refused(arguments: &[&str], words: &[&str]) {
    let Done { code, stdout, stderr } = run(&mut docket(arguments));
    assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
    assert_eq!(stdout, "", "{arguments:?}");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("docket: "), "{arguments:?}: {stderr}");
    for word in words {
        assert!(stderr.contains(word), "{arguments:?}: {word:?} is not in {stderr}");
    }
    assert!(!stderr.contains("hunter2"), "{arguments:?}: {stderr}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn serve<'a>(data: &'a TempDir, more: &[&'a str]) -> Vec<&'a str> {
    [&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(data.path())], more].concat()
}

#[test]
fn values_that_make_no_sense_are_refused_by_name_and_without_the_value() {
    let data = tempfile::tempdir().unwrap();
    for (flag, value, words) in [
        ("--listen", "nowhere", "--listen"),
        ("--database-url", "postgress://docket:hunter2@db/docket", "not a database URL"),
        ("--public-url", "docket.example.org", "--public-url"),
        ("--public-url", "https://docket.example.org/path", "--public-url"),
        ("--public-url", "https://docket.example.org:443", "https://docket.example.org"),
        ("--allowed-origins", "*", "--allowed-origins"),
        ("--allowed-origins", "https://app.example.org/", "as browsers do: https://app.example.org"),
        ("--trusted-proxies", "10.0.0.0/99", "--trusted-proxies"),
        ("--session-idle", "soon", "--session-idle"),
        ("--revocation-staleness", "2h", "revocation staleness"),
        ("--password-min-length", "3", "--password-min-length"),
        ("--hash-memory-kib", "64", "64"),
        ("--reflection", "perhaps", "--reflection"),
    ] {
        let arguments = ["serve", "--data-dir", text(data.path()), flag, value];
        let listens = flag == "--listen";
        assert_refused(&[&arguments[..], if listens { &[] } else { &["--listen", "127.0.0.1:0"] }].concat(), &[words]);
    }
    assert_refused(&["serve", "--nonsense"], &["--nonsense"]);
    assert_refused(&["auth"], &["--database-url"]);
    for (part, flag) in [("task", "--auth-url"), ("gateway", "--auth-url"), ("gateway", "--task-url")] {
        for url in ["https://auth:50051", "http://auth:50051/path", "http://docket:hunter2@auth:50051", "auth:50051"] {
            assert_refused(&[part, flag, url], &[flag, "expected http://host:port"]);
        }
    }
    // With a mistyped URL, all tokens would have another issuer.
    for part in ["auth", "task", "gateway"] {
        assert_refused(
            &[part, "--public-url", "https://docket.example.org/"],
            &["as browsers do: https://docket.example.org"],
        );
    }
}

#[test]
fn a_value_from_the_environment_is_refused_alike() {
    let done = run(docket(["serve"]).env("DOCKET_DATABASE_URL", "postgress://docket:hunter2@db/docket"));
    assert_eq!((done.code, done.stderr.lines().count()), (Some(2), 1), "{}", done.stderr);
    assert!(!done.stderr.contains("hunter2"), "{}", done.stderr);
}

#[test]
fn help_shows_no_value_of_the_environment() {
    let done = run(docket(["serve", "--help"]).env("DOCKET_DATABASE_URL", "postgres://docket:hunter2@db/docket"));
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("DOCKET_DATABASE_URL") && !done.stdout.contains("hunter2"), "{}", done.stdout);
}

#[test]
fn a_taken_port_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let arguments = ["serve", "--data-dir", text(data.path()), "--listen", &address];
    assert_refused(&arguments, &["cannot listen", &address, "in use"]);
    assert_refused(&["gateway", "--listen", &address], &["cannot listen", &address, "in use"]);
}

#[test]
fn a_database_that_is_not_there_is_refused_in_time() {
    let data = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    drop(held);
    let url = format!("postgres://docket:hunter2@127.0.0.1:{port}/docket");
    let at = format!("127.0.0.1:{port}/docket");
    assert_refused(&serve(&data, &["--database-url", &url]), &["cannot connect", &at]);
    assert_refused(&["auth", "--listen", "127.0.0.1:0", "--database-url", &url], &["cannot connect", &at]);
    assert_refused(&["migrate", "--database-url", &url], &["cannot connect", &at]);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below = file.join("data");
    assert_refused(&["serve", "--listen", "127.0.0.1:0", "--data-dir", text(&below)], &[text(&below)]);
}

#[test]
fn a_key_file_that_is_not_as_it_should_be_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let key = data.path().join("the.key");
    let arguments = serve(&data, &["--master-key-file", text(&key)]);
    assert_refused(&arguments, &["cannot read", text(&key), "No such file"]);
    let write = |content: &str, mode: u32| {
        std::fs::write(&key, content).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    write(&"07".repeat(32), 0o644);
    assert_refused(&arguments, &[text(&key), "open to other users", "chmod 600"]);
    write("hunter2", 0o600);
    assert_refused(&arguments, &[text(&key), "32 bytes"]);
    std::fs::remove_file(&key).unwrap();
    std::fs::create_dir(&key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_refused(&arguments, &[text(&key), "cannot read"]);
}

#[test]
fn parts_of_their_own_refuse_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", text(&data.path().join("docket.db")));
    assert_refused(&["auth", "--database-url", &url], &["needs PostgreSQL"]);
    let token = data.path().join("token");
    let arguments = ["task", "--database-url", &url, "--service-token-file", text(&token)];
    assert_refused(&arguments, &["needs PostgreSQL"]);
    assert!(!data.path().join("docket.db").exists());
}

#[tokio::test]
async fn a_service_token_that_is_none_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let token = data.path().join("token");
    let database = PostgresDatabase::new().await;
    let url = database.url();
    let arguments = ["task", "--database-url", &url, "--service-token-file", text(&token)];
    assert_refused(&arguments, &["cannot read", text(&token), "No such file"]);
    std::fs::write(&token, "hunter2").unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_refused(&arguments, &[text(&token), "not a service credential"]);
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(run(&mut docket(arguments)).stderr.contains("other users can read the service token"));
}

#[tokio::test]
async fn a_database_that_was_never_migrated_is_refused_with_what_to_run() {
    let data = tempfile::tempdir().unwrap();
    let database = PostgresDatabase::new().await;
    let url = database.url();
    for arguments in [
        serve(&data, &["--database-url", &url]),
        vec!["auth", "--listen", "127.0.0.1:0", "--database-url", &url],
        vec!["accounts", "list", "--database-url", &url],
    ] {
        assert_refused(&arguments, &["run docket migrate"]);
    }
}

#[test]
fn a_folder_without_a_database_is_told_and_none_is_made() {
    let data = tempfile::tempdir().unwrap();
    for command in [&["accounts", "list"][..], &["keys", "list"], &["service-token", "create", "task-service"]] {
        assert_refused(&[command, &["--data-dir", text(data.path())]].concat(), &["there is no database"]);
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
}
