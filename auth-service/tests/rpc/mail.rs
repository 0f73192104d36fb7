//! Mail to the owners of accounts.

use std::path::Path;

use auth_service::{Config, MailError, operator};
use chrono::TimeDelta;
use docket_proto::auth::v1 as proto;
use docket_testkit::{MailServer, Protection, SECRET, TestDatabase, USER, eventually, on_both_databases};

use crate::support::{Auth, Deployment, PASSWORD, Person, bearing, sign_up, with_metadata};

const NEXT: &str = "eighteen orange balconies";

/// Sets a mail server that speaks in the clear.
fn to(server: &MailServer) -> impl FnOnce(&mut Config) {
    let url = format!("smtp://127.0.0.1:{}?tls=none", server.port);
    move |config| config.mail.smtp_url = Some(url.parse().unwrap())
}

async fn change_password(auth: &Auth, person: &Person) {
    let message = proto::ChangePasswordRequest { current_password: PASSWORD.into(), new_password: NEXT.into() };
    auth.accounts().change_password(bearing(&person.tokens.access_token, message)).await.unwrap();
}

/// Waits until no mail waits.
async fn none_waits(auth: &Auth) {
    eventually(|| async { (waiting(auth).await == 0).then_some(()) }).await;
}

async fn waiting(auth: &Auth) -> u64 {
    let db = auth.deployment.database.connect(docket_storage::Role::Auth).await;
    operator::waiting_mails(&db).await.unwrap().count
}

on_both_databases! {
    async fn a_changed_password_is_told_by_mail(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        let auth = Deployment::with(database, to(&server)).start().await;
        let person = auth.sign_up("Ada").await;
        change_password(&auth, &person).await;
        let taken = server.wait_for(1).await;
        assert_eq!((taken[0].from.as_str(), &taken[0].to[..]), ("docket@localhost", &["ada@example.org".to_owned()][..]));
        let data = &taken[0].data;
        for part in ["Subject: Your password was changed\r\n", "Auto-Submitted: auto-generated\r\n", "Hello Ada,", "text/html"] {
            assert!(data.contains(part), "{part}: {data}");
        }
        none_waits(&auth).await;
        assert_eq!(server.taken().len(), 1);
    }

    async fn a_replayed_refresh_token_is_told_by_mail(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        let auth = Deployment::with(database, to(&server)).start().await;
        let person = auth.sign_up("Ada").await;
        auth.refresh(&person.tokens.refresh_token, "").await.unwrap();
        auth.advance(TimeDelta::minutes(1)).await;
        auth.refresh(&person.tokens.refresh_token, "").await.unwrap_err();
        assert!(server.wait_for(1).await[0].data.contains("Subject: A device was signed out for your safety\r\n"));
    }

    async fn a_mail_that_is_put_off_is_sent_after_a_minute_and_once(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        server.answer(&[(451, "come back later"), (451, "come back later")]);
        let auth = Deployment::with(database, to(&server)).start().await;
        let person = auth.sign_up("Ada").await;
        change_password(&auth, &person).await;
        for (minutes, left) in [(1, 1), (2, 0)] {
            server.has_answered_but(left).await;
            auth.advance(TimeDelta::minutes(minutes)).await;
        }
        server.wait_for(1).await;
        none_waits(&auth).await;
        assert_eq!(server.taken().len(), 1);
    }

    async fn a_mail_that_is_refused_for_good_is_dropped(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        server.answer(&[(550, "no such person")]);
        let auth = Deployment::with(database, to(&server)).start().await;
        change_password(&auth, &auth.sign_up("Ada").await).await;
        server.has_answered_but(0).await;
        none_waits(&auth).await;
        assert_eq!(server.taken().len(), 0);
        change_password(&auth, &auth.sign_up("Grace").await).await;
        assert_eq!(server.wait_for(1).await[0].to, ["grace@example.org"]);
    }

    async fn mails_wait_for_a_server_that_is_away_and_for_a_restart(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        let deployment = Deployment::with(database, to(&server));
        let away = deployment.config_with(|config| config.mail.smtp_url = Some("smtp://127.0.0.1:9?tls=none".parse().unwrap()));
        let auth = deployment.start_with(&away).await;
        change_password(&auth, &auth.sign_up("Ada").await).await;
        drop(auth);
        let auth = deployment.start().await;
        auth.advance(TimeDelta::minutes(2)).await;
        server.wait_for(1).await;
        none_waits(&auth).await;
        assert_eq!(server.taken().len(), 1);
    }

    async fn a_mail_that_is_under_way_at_the_shutdown_is_not_sent_again(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        let deployment = Deployment::with(database, to(&server));
        let auth = deployment.start().await;
        let held = server.hold_answers().await;
        change_password(&auth, &auth.sign_up("Ada").await).await;
        server.wait_for(1).await;
        // It is told to stop first.
        tokio::join!(auth.server.stop(), async { drop(held) });
        let auth = deployment.start().await;
        none_waits(&auth).await;
        auth.advance(TimeDelta::minutes(2)).await;
        assert_eq!(server.taken().len(), 1);
    }

    async fn two_replicas_send_each_mail_once(database: TestDatabase) {
        let server = MailServer::start(Protection::None).await;
        let deployment = Deployment::with(database, to(&server));
        let (auth, other) = (deployment.start().await, deployment.start().await);
        for name in ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald"] {
            change_password(&auth, &auth.sign_up(name).await).await;
        }
        server.wait_for(6).await;
        none_waits(&other).await;
        let mut recipients: Vec<_> = server.taken().into_iter().flat_map(|mail| mail.to).collect();
        recipients.sort();
        recipients.dedup();
        assert_eq!((server.taken().len(), recipients.len()), (6, 6));
    }

    async fn a_mail_is_given_up_after_a_day(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| {
            config.mail.smtp_url = Some("smtp://127.0.0.1:9?tls=none".parse().unwrap());
        });
        let auth = deployment.start().await;
        change_password(&auth, &auth.sign_up("Ada").await).await;
        auth.advance(TimeDelta::hours(25)).await;
        none_waits(&auth).await;
    }

    async fn the_mails_of_an_account_are_bounded_and_go_with_it(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| {
            config.mail.smtp_url = Some("smtp://127.0.0.1:9?tls=none".parse().unwrap());
        });
        let auth = deployment.start().await;
        let person = auth.sign_up("Ada").await;
        let change = async |token: &str, current: &str, next: &str| {
            let message = proto::ChangePasswordRequest { current_password: current.into(), new_password: next.into() };
            auth.accounts().change_password(bearing(token, message)).await.unwrap();
        };
        let token = &person.tokens.access_token;
        for _ in 0..11 {
            change(token, PASSWORD, NEXT).await;
            change(token, NEXT, PASSWORD).await;
        }
        assert_eq!(waiting(&auth).await, 20);
        auth.advance(TimeDelta::hours(25)).await;
        none_waits(&auth).await;
        let token = &auth.sign_in(&person).await.access_token;
        change(token, PASSWORD, NEXT).await;
        assert_eq!(waiting(&auth).await, 1);
        let message = proto::DeleteAccountRequest { current_password: NEXT.into() };
        auth.accounts().delete_account(bearing(token, message)).await.unwrap();
        assert_eq!(waiting(&auth).await, 0);
    }
}

#[tokio::test]
async fn mail_is_written_in_the_language_of_the_sign_up() {
    let server = MailServer::start(Protection::None).await;
    let auth = Deployment::with(TestDatabase::sqlite().await, to(&server)).start().await;
    let request = with_metadata("accept-language", "de-CH,en;q=0.5", sign_up("Ada"));
    let response = auth.auth().sign_up(request).await.unwrap().into_inner();
    let person = Person { account: response.account.unwrap(), tokens: response.tokens.unwrap() };
    change_password(&auth, &person).await;
    let data = &server.wait_for(1).await[0].data;
    // RFC 2047: Dein Passwort wurde geändert.
    assert!(data.contains("Subject: Dein Passwort wurde =?utf-8?b?Z2XDpG5kZXJ0?=\r\n"), "{data}");
    assert!(data.contains("Hallo Ada,"), "{data}");
}

#[tokio::test]
async fn a_display_name_adds_no_header_no_recipient_and_no_markup() {
    let server = MailServer::start(Protection::None).await;
    let auth = Deployment::with(TestDatabase::sqlite().await, to(&server)).start().await;
    let name = "Ada\" <eve@example.org>, <b>\\";
    let request = proto::SignUpRequest { display_name: name.into(), ..sign_up("Ada") };
    let response = auth.auth().sign_up(request).await.unwrap().into_inner();
    let person = Person { account: response.account.unwrap(), tokens: response.tokens.unwrap() };
    change_password(&auth, &person).await;
    let mail = &server.wait_for(1).await[0];
    assert_eq!(mail.to, ["ada@example.org"]);
    let to = mail.data.lines().find(|line| line.starts_with("To: ")).unwrap();
    // RFC 2047: the whole name is one word.
    assert_eq!(to, "To: =?utf-8?b?QWRhIiA8ZXZlQGV4YW1wbGUub3JnPiwgPGI+XA==?= <ada@example.org>");
    assert!(mail.data.contains("&lt;b&gt;") || mail.data.contains("&#60;b&#62;"), "{}", mail.data);
}

#[tokio::test]
async fn without_a_mail_server_mails_are_files_in_the_data_folder() {
    let auth = Auth::start(TestDatabase::sqlite().await).await;
    change_password(&auth, &auth.sign_up("Ada").await).await;
    let folder = auth.deployment.config.data_dir.join("mail");
    none_waits(&auth).await;
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].extension().is_some_and(|extension| extension == "eml"));
    assert!(std::fs::read_to_string(&files[0]).unwrap().contains("To: Ada <ada@example.org>\r\n"));
    assert_eq!((mode(&folder), mode(&files[0])), (0o700, 0o600));
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Sends a test mail to `server` by `url`, with its issuer trusted or not.
async fn try_to_send(server: &MailServer, url: &str, is_trusted: bool) -> Result<String, MailError> {
    let folder = tempfile::tempdir().unwrap();
    let issuer = folder.path().join("issuer.pem");
    std::fs::write(&issuer, &server.issuer).unwrap();
    let mut config = Config::for_tests(folder.path());
    config.mail.smtp_url = Some(url.replace("PORT", &server.port.to_string()).parse().unwrap());
    config.mail.smtp_root_cert = is_trusted.then_some(issuer);
    let recipient = auth_service::domain::Email::parse("ada@example.org").unwrap();
    operator::send_test_mail(&config, &recipient, &docket_identity::Clock::system()).await
}

#[tokio::test]
async fn mail_goes_by_tls_to_a_server_of_the_right_name_and_a_trusted_issuer_alone() {
    for (protection, scheme) in [(Protection::Implicit, "smtps"), (Protection::StartTls, "smtp")] {
        let server = MailServer::start(protection).await;
        let secret = SECRET.replace(' ', "%20");
        let url = format!("{scheme}://{USER}:{secret}@localhost:PORT");
        assert_eq!(
            try_to_send(&server, &url, true).await.unwrap(),
            format!("the mail server localhost:{}", server.port)
        );
        assert_eq!(server.taken().len(), 1);
        for (url, is_trusted) in [(url.clone(), false), (url.replace("localhost", "127.0.0.1"), true)] {
            let refused = try_to_send(&server, &url, is_trusted).await.unwrap_err();
            assert!(refused.to_string().contains("cannot speak with the mail server"), "{refused}");
        }
        let refused = try_to_send(&server, &url.replace(&secret, "another"), true).await.unwrap_err();
        assert_eq!(refused.to_string(), "the mail server answers with code 535");
        assert_eq!(server.taken().len(), 1);
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail() {
    let server = MailServer::start(Protection::None).await;
    try_to_send(&server, "smtp://localhost:PORT", true).await.unwrap_err();
    assert_eq!(server.taken().len(), 0);
}

#[tokio::test]
async fn what_the_mail_server_says_is_in_no_error() {
    let server = MailServer::start(Protection::None).await;
    for code in [451, 550, 42] {
        server.answer(&[(code, "there is no ada@example.org")]);
        let error = try_to_send(&server, "smtp://127.0.0.1:PORT?tls=none", true).await.unwrap_err();
        let said = format!("{error:?}");
        assert!(!said.contains("there is no") && !said.contains("ada@"), "{said}");
    }
}
