//! Mistakes in the configuration of three processes: each has a line of its own in the log, once, and in `docket doctor`.

use std::os::unix::fs::PermissionsExt as _;

use chrono::{DateTime, Utc};
use docket_identity::ServiceCredential;
use docket_testkit::{Process, Program, ThreeProcesses, eventually, seeded_random};

use crate::doctor::{doctor, found};

const OTHER_URL: &str = "https://other.example";

async fn prepared() -> ThreeProcesses {
    ThreeProcesses::prepare(&Program::named_or(env!("CARGO_BIN_EXE_docket"))).await
}

/// Waits until the process has logged this.
async fn logged(process: &Process, text: &str) {
    eventually(|| std::future::ready(process.log().contains(text).then_some(()))).await;
}

fn times(process: &Process, text: &str) -> usize {
    process.log().matches(text).count()
}

/// What `docket doctor` finds about `name`, run beside nothing but the services.
fn diagnosis(arguments: &[&str], name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (_, lines) = doctor(folder.path(), arguments);
    found(&lines, name).to_owned()
}

#[tokio::test]
async fn another_public_url_in_one_process_is_named() {
    let three = prepared().await;
    let _auth = three.start_auth().ready().await;
    let other = [("DOCKET_PUBLIC_URL", OTHER_URL)];
    let (task, gateway) = (three.start_task(&other), three.start_gateway(&other));
    let line = "issues tokens under another URL";
    logged(&task, line).await;
    logged(&gateway, line).await;
    assert!(!task.is_serving().await, "it would refuse every token");
    assert_eq!([times(&task, line), times(&gateway, line)], [1, 1]);

    let auth_url = three.auth_url();
    let wrong = diagnosis(&["--auth-url", &auth_url, "--public-url", OTHER_URL], "auth service");
    assert!(wrong.starts_with("WRONG ") && wrong.contains("issues tokens under http://127.0.0.1:8080"), "{wrong}");
    let well = diagnosis(&["--auth-url", &auth_url], "auth service");
    assert!(well.starts_with("ok "), "{well}");
}

#[tokio::test]
async fn services_that_are_swapped_at_the_gateway_are_named() {
    let three = prepared().await;
    let (auth, task) = (three.start_auth().ready().await, three.start_task(&[]).ready().await);
    let (auth_url, task_url) = (three.auth_url(), three.task_url());
    let gateway = three.start_gateway(&[("DOCKET_AUTH_URL", &task_url), ("DOCKET_TASK_URL", &auth_url)]);
    let line = |flag| format!("what answers there is another service, or of another release: check {flag}");
    let lines = ["--auth-url", "--task-url"].map(line);
    for line in &lines {
        logged(&gateway, line).await;
    }

    let wrong = diagnosis(&["--auth-url", &task_url], "auth service");
    assert!(wrong.starts_with("WRONG ") && wrong.contains("what answers there is no auth service"), "{wrong}");
    let wrong = diagnosis(&["--task-url", &auth_url], "task service");
    assert!(wrong.starts_with("WRONG ") && wrong.contains("is no task service"), "{wrong}");
    let well = diagnosis(&["--task-url", &task_url], "task service");
    assert!(well.starts_with("ok "), "{well}");
    assert_eq!(lines.map(|line| times(&gateway, &line)), [1, 1], "{}", gateway.log());
    drop((auth, task));
}

#[tokio::test]
async fn an_auth_service_that_can_not_be_reached_is_named_once_and_found_later() {
    let three = prepared().await;
    let task = three.start_task(&[]);
    logged(&task, "revocations can't be followed").await;
    let wrong = diagnosis(&["--auth-url", &three.auth_url()], "auth service");
    assert!(wrong.starts_with("WRONG ") && wrong.contains("can't be reached"), "{wrong}");
    let _auth = three.start_auth().ready().await;
    let task = task.ready().await;
    assert_eq!(times(&task, "revocations can't be followed"), 1, "{}", task.log());
    assert!(times(&task, "the auth service can't be reached") >= 1, "{}", task.log());
}

#[tokio::test]
async fn a_credential_that_the_auth_service_does_not_know_is_named() {
    let three = prepared().await;
    let _auth = three.start_auth().ready().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let credential = ServiceCredential::generate(DateTime::<Utc>::UNIX_EPOCH, &seeded_random(9));
    std::fs::write(&file, credential.expose()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    let task = three.start_task(&[("DOCKET_SERVICE_TOKEN_FILE", file)]);
    let line = "does not know this service's credential";
    logged(&task, line).await;

    let auth_url = three.auth_url();
    let wrong = diagnosis(&["--auth-url", &auth_url, "--service-token-file", file], "auth service");
    assert!(wrong.starts_with("WRONG ") && wrong.contains(line), "{wrong}");
    let known = three.token_file().to_str().unwrap();
    let well = diagnosis(&["--auth-url", &auth_url, "--service-token-file", known], "auth service");
    assert!(well.starts_with("ok ") && well.contains("knows the credential"), "{well}");
    assert_eq!(times(&task, line), 1, "{}", task.log());
}
