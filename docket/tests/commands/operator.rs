//! The operator's commands, with and without a running server.

use std::process::Stdio;

use docket_identity::ServiceCredential;

use crate::program::{Done, EMAIL, Served, docket, run, sign_up};

fn operate(data: &std::path::Path, arguments: &[&str]) -> String {
    let Done { code, stdout, stderr } = run(docket(arguments).arg("--data-dir").arg(data));
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{arguments:?}");
    stdout
}

#[tokio::test]
async fn accounts_and_keys_are_listed_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let heads = |table: &str| table.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");

    let accounts = operate(folder.path(), &["accounts", "list"]);
    assert_eq!((heads(&accounts).as_str(), accounts.lines().count()), ("ID EMAIL NAME VERIFIED CREATED", 1));
    sign_up(served.channel().await).await;
    let accounts = operate(folder.path(), &["accounts", "list"]);
    assert_eq!(accounts.lines().count(), 2, "{accounts}");
    let account = accounts.lines().nth(1).unwrap();
    assert!(account.contains(EMAIL) && account.contains("Ada"), "{account}");
    // The columns are aligned.
    assert_eq!(accounts.find("EMAIL"), account.find(EMAIL));

    let keys = operate(folder.path(), &["keys", "list"]);
    assert_eq!(heads(&keys), "KID STATE ALGORITHM LISTED SIGNS FROM SIGNS UNTIL");
    assert_eq!(keys.lines().count(), 2, "{keys}");
    assert!(keys.lines().nth(1).unwrap().contains("active"), "{keys}");
}

#[test]
fn a_new_credential_is_alone_on_one_line() {
    let folder = tempfile::tempdir().unwrap();
    operate(folder.path(), &["migrate"]);
    let credential = operate(folder.path(), &["service-token", "create", "task-service"]);
    assert_eq!(credential.lines().count(), 1);
    assert!(credential.ends_with('\n') && credential.parse::<ServiceCredential>().is_ok());
}

/// What a command says that must be refused.
fn refused(data: &std::path::Path, arguments: &[&str]) -> String {
    let Done { code, stdout, stderr } = run(docket(arguments).arg("--data-dir").arg(data));
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}: {stderr}");
    stderr
}

#[test]
fn a_name_has_one_credential_until_it_is_revoked_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    operate(folder, &["migrate"]);
    let create = ["service-token", "create", "task-service"];
    let first = operate(folder, &create);
    assert!(refused(folder, &create).contains("there is a credential named task-service"));
    let second = operate(folder, &[&create[..], &["--replace"]].concat());
    assert_ne!(first, second);
    operate(folder, &["service-token", "create", "another"]);

    let listed = operate(folder, &["service-token", "list"]);
    let rows: Vec<&str> = listed.lines().collect();
    assert_eq!(rows.len(), 3, "{listed}");
    assert!(rows[0].starts_with("NAME ") && rows[1].starts_with("another ") && rows[2].starts_with("task-service "));
    let id = second.trim().parse::<ServiceCredential>().unwrap().id().to_string();
    assert!(rows[2].contains(&id) && !listed.contains(second.trim()), "{listed}");

    let said = operate(folder, &["service-token", "revoke", "task-service"]);
    assert_eq!(said, "the credential task-service is revoked\n");
    assert!(refused(folder, &["service-token", "revoke", "task-service"]).contains("no credential named task-service"));
    assert_eq!(operate(folder, &["service-token", "list"]).lines().count(), 2);
    operate(folder, &create);
}

#[tokio::test]
async fn keys_are_rotated_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let said = operate(folder.path(), &["keys", "rotate"]);
    assert!(said.starts_with("the key ") && said.contains(" signs from "), "{said}");
    let kid = said.split(' ').nth(2).unwrap();
    let listed = operate(folder.path(), &["keys", "list"]);
    let states: Vec<_> = listed.lines().skip(1).map(|row| row.split_whitespace().nth(1).unwrap()).collect();
    assert_eq!(states, ["active", "pending"], "{listed}");
    assert!(listed.lines().nth(2).is_some_and(|row| row.starts_with(kid)), "{listed}");
    assert!(refused(folder.path(), &["keys", "rotate"]).contains("the next key is there already"));
    served.terminate();
    assert!(served.ended().await.success());
    std::fs::write(folder.path().join("master.key"), "08".repeat(32)).unwrap();
    assert!(refused(folder.path(), &["keys", "rotate"]).contains("this is not the master key"));
}

#[test]
fn what_is_no_name_of_a_service_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    operate(folder.path(), &["migrate"]);
    for name in ["", "two words", "Task", &"a".repeat(300)] {
        let said = refused(folder.path(), &["service-token", "create", name]);
        assert!(said.contains("lower-case letters, digits and hyphens"), "{name}: {said}");
    }
}

#[test]
fn migrating_twice_is_migrating_once() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let said = operate(folder.path(), &["migrate"]);
        assert!(said.starts_with("the schema of sqlite:") && said.ends_with("is up to date\n"), "{said}");
    }
}

#[test]
fn an_answer_that_nobody_reads_is_one_line_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    operate(folder.path(), &["migrate"]);
    for command in [&["keys", "list"][..], &["service-token", "create", "task-service"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = docket(command);
        let output = command.arg("--data-dir").arg(folder.path()).stdout(writer).stderr(Stdio::piped()).output();
        let output = output.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.starts_with("docket: cannot print: "), "{stderr}");
    }
}
