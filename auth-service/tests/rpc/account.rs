//! GetAccount, UpdateAccount and DeleteAccount.

use chrono::TimeDelta;
use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use prost_types::FieldMask;
use tonic::Status;

use crate::store::password_hash;
use crate::support::{Auth, Deployment, PASSWORD, bearing, fields, reason, sign_in, sign_up};

async fn rename(auth: &Auth, token: &str, name: &str, mask: Option<&[&str]>) -> Result<proto::Account, Status> {
    let message = proto::UpdateAccountRequest {
        account: Some(proto::Account { display_name: name.into(), ..Default::default() }),
        update_mask: mask.map(|paths| FieldMask { paths: paths.iter().map(|path| (*path).into()).collect() }),
    };
    let answered = auth.accounts().update_account(bearing(token, message)).await;
    answered.map(|response| response.into_inner().account.unwrap())
}

async fn delete(auth: &Auth, token: &str, password: &str) -> Result<(), Status> {
    let message = proto::DeleteAccountRequest { current_password: password.into() };
    auth.accounts().delete_account(bearing(token, message)).await.map(drop)
}

on_both_databases! {
    async fn the_name_changes_and_nothing_else(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.access_token;
        auth.advance(TimeDelta::seconds(5)).await;
        for mask in [None, Some(&[][..]), Some(&["display_name"])] {
            let renamed = rename(&auth, token, " Grace ", mask).await.unwrap();
            assert_eq!(renamed.display_name, "Grace");
            assert_eq!(renamed.update_time.unwrap().seconds, auth.clock().now().timestamp());
            let before = proto::Account { display_name: "Grace".into(), update_time: renamed.update_time, ..person.account.clone() };
            assert_eq!(renamed, before);
            assert_eq!(auth.whoami(token).await.unwrap(), renamed);
        }
    }

    async fn what_cannot_be_changed_here_is_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.access_token;
        for (name, mask, expected) in [
            ("Grace", Some(&["email"][..]), &["update_mask"][..]),
            ("Grace", Some(&["display_name", "email"]), &["update_mask"]),
            ("", Some(&["display_name"]), &["account.display_name"]),
            ("", None, &["account.display_name"]),
            ("", Some(&["*"]), &["update_mask", "account.display_name"]),
        ] {
            assert_eq!(fields(&rename(&auth, token, name, mask).await.unwrap_err()), expected, "{mask:?}");
        }
        let nothing = bearing(token, proto::UpdateAccountRequest::default());
        assert_eq!(fields(&auth.accounts().update_account(nothing).await.unwrap_err()), ["account.display_name"]);
        assert_eq!(auth.whoami(token).await.unwrap(), person.account);
    }

    async fn no_call_of_the_account_works_without_a_token(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let mut accounts = auth.accounts();
        let refusals = [
            accounts.get_account(proto::GetAccountRequest {}).await.map(drop),
            accounts.update_account(proto::UpdateAccountRequest::default()).await.map(drop),
            accounts.change_password(proto::ChangePasswordRequest::default()).await.map(drop),
            accounts.change_email(proto::ChangeEmailRequest::default()).await.map(drop),
            accounts.delete_account(proto::DeleteAccountRequest::default()).await.map(drop),
            accounts.export_account(proto::ExportAccountRequest {}).await.map(drop),
            accounts.list_sessions(proto::ListSessionsRequest {}).await.map(drop),
            accounts.revoke_session(proto::RevokeSessionRequest::default()).await.map(drop),
            accounts.list_security_events(proto::ListSecurityEventsRequest::default()).await.map(drop),
        ];
        for refused in refusals {
            assert_eq!(reason(&refused.unwrap_err()), "TOKEN_MISSING");
        }
    }

    async fn a_deleted_account_leaves_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, somebody_else) = (auth.sign_up("Ada").await, auth.sign_up("Grace").await);
        let other_session = auth.sign_in(&person).await;
        delete(&auth, &person.tokens.access_token, PASSWORD).await.unwrap();
        for tokens in [&person.tokens, &other_session] {
            assert_eq!(reason(&auth.whoami(&tokens.access_token).await.unwrap_err()), "TOKEN_REVOKED");
            assert_eq!(reason(&auth.refresh(&tokens.refresh_token, "").await.unwrap_err()), "REFRESH_INVALID");
        }
        let refused = auth.auth().sign_in(sign_in(&person.account.email, PASSWORD)).await.unwrap_err();
        assert_eq!(reason(&refused), "BAD_CREDENTIALS");
        assert!(auth.whoami(&somebody_else.tokens.access_token).await.is_ok());
        // Within the same second: its tokens are of another account.
        let again = auth.auth().sign_up(sign_up("Ada")).await.unwrap().into_inner();
        assert_ne!(again.account.unwrap().id, person.account.id);
        assert!(auth.whoami(&again.tokens.unwrap().access_token).await.is_ok());
    }

    async fn a_sign_in_that_renews_the_hash_keeps_nobody_from_deleting(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let first = deployment.start().await;
        let people = [first.sign_up("Ada").await, first.sign_up("Bob").await, first.sign_up("Eve").await];
        let auth = deployment.start_with(&deployment.dearer_hashing()).await;
        for person in people {
            let mut signing_in = auth.auth();
            let sign_in = signing_in.sign_in(sign_in(&person.account.email, PASSWORD));
            let (_, deleted) = tokio::join!(sign_in, delete(&auth, &person.tokens.access_token, PASSWORD));
            deleted.unwrap();
        }
    }

    async fn a_sign_in_that_renews_the_hash_leaves_the_time_of_a_change(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let person = deployment.start().await.sign_up("Ada").await;
        let auth = deployment.start_with(&deployment.dearer_hashing()).await;
        let mut signing_in = auth.auth();
        let sign_in = signing_in.sign_in(sign_in(&person.account.email, PASSWORD));
        auth.clock().advance(TimeDelta::seconds(5));
        // Hashing takes far longer than this.
        let (signed_in, renamed) = tokio::join!(sign_in, rename(&auth, &person.tokens.access_token, "Grace", None));
        signed_in.unwrap();
        assert_eq!(auth.whoami(&person.tokens.access_token).await.unwrap(), renamed.unwrap());
    }

    async fn without_the_password_nothing_is_deleted(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.access_token;
        assert_eq!(reason(&delete(&auth, token, "something else").await.unwrap_err()), "BAD_CREDENTIALS");
        assert_eq!(fields(&delete(&auth, token, "").await.unwrap_err()), ["current_password"]);
        assert_eq!(auth.whoami(token).await.unwrap(), person.account);
        assert!(password_hash(&auth, &person).await.starts_with("$argon2id$"));
    }
}
