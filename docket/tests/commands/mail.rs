//! `docket mail`, and mail as an operator sees it.

use docket_proto::auth::v1::ChangePasswordRequest;
use docket_proto::auth::v1::account_service_client::AccountServiceClient;
use docket_testkit::{MailServer, Protection, eventually, free_address};

use crate::doctor::{doctor, found};
use crate::program::{EMAIL, PASSWORD, Served, docket, run, sign_up, signed};
use crate::telemetry::{get, series};

fn url_of(server: &MailServer) -> String {
    format!("smtp://127.0.0.1:{}?tls=none", server.port)
}

/// Signs up and changes the password, which causes a mail.
async fn cause_a_mail(served: &Served) {
    let channel = served.channel().await;
    let tokens = sign_up(channel.clone()).await;
    let new_password = format!("{PASSWORD} and more");
    let change = ChangePasswordRequest { current_password: PASSWORD.into(), new_password };
    AccountServiceClient::new(channel).change_password(signed(&tokens, change)).await.unwrap();
}

#[tokio::test]
async fn what_became_of_mails_is_counted_and_logged_without_recipient_subject_and_words_of_the_server() {
    for (answer, metric, line) in [
        (None, "docket_mails_sent_total ", "a mail was sent"),
        (Some((550, "there is no ada@example.org")), "docket_mails_refused_total ", "a mail was refused for good"),
        (Some((451, "there is no ada@example.org")), "docket_mails_waiting ", "a mail was not sent"),
    ] {
        let server = MailServer::start(Protection::None).await;
        server.answer(answer.as_slice());
        let folder = tempfile::tempdir().unwrap();
        let (log, admin) = (folder.path().join("log"), free_address());
        let flags = ["--smtp-url", &url_of(&server), "--admin-listen", &admin.to_string()];
        let served = Served::start_logging_with(folder.path(), "trace", &log, &flags);
        cause_a_mail(&served).await;
        eventually(|| async { (series(&get(admin, "/metrics").await, metric) == 1.0).then_some(()) }).await;
        served.terminate();
        assert!(served.ended().await.success());
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.contains(line), "{line}");
        for secret in [EMAIL, "Your password was changed", "there is no"] {
            assert!(!log.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn a_mail_server_that_never_answers_does_not_keep_the_server_from_stopping() {
    let server = MailServer::start(Protection::None).await;
    let folder = tempfile::tempdir().unwrap();
    let _held = server.hold_answers().await;
    let command = docket(["serve", "--listen", "127.0.0.1:0", "--smtp-url", &url_of(&server), "--data-dir"]);
    let served = Served::start_command({ command }.arg(folder.path()));
    cause_a_mail(&served).await;
    server.wait_for(1).await;
    served.terminate();
    assert!(served.ended().await.success());
}

#[test]
fn a_test_mail_goes_where_mails_go() {
    let folder = tempfile::tempdir().unwrap();
    let done = run(docket(["mail", "test", "ada@example.org", "--data-dir"]).arg(folder.path()));
    let mails = folder.path().join("mail");
    assert_eq!(done.stdout, format!("the mail went to files in {}\n", mails.display()), "{}", done.stderr);
    let files: Vec<_> = std::fs::read_dir(mails).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let mail = std::fs::read_to_string(&files[0]).unwrap();
    assert!(mail.contains("From: Docket <docket@localhost>\r\n") && mail.contains("To: ada@example.org\r\n"), "{mail}");
}

#[test]
fn a_mail_server_that_is_away_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let url = "smtp://ada:secret@127.0.0.1:9?tls=none";
    for (url, said) in
        [(url, "cannot speak with the mail server: "), ("smtp://ada@host", "--smtp-url <URL>: expected both")]
    {
        let command = ["mail", "test", "ada@example.org", "--smtp-url", url, "--data-dir"];
        let done = run(docket(command).arg(folder.path()));
        assert_eq!((done.code, done.stderr.lines().count()), (Some(2), 1), "{}", done.stderr);
        assert!(done.stderr.contains(said) && !done.stderr.contains("secret"), "{}", done.stderr);
    }
    let (code, lines) = doctor(folder.path(), &["--smtp-url", url]);
    assert_eq!(code, Some(1));
    assert!(found(&lines, "mail").starts_with("WRONG cannot speak with the mail server"), "{lines:?}");
    let done = run(docket(["mail", "test", "nobody", "--data-dir"]).arg(folder.path()));
    assert!(done.stderr.contains("must be an email address"), "{}", done.stderr);
}
