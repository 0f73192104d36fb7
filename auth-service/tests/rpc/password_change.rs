//! ChangePassword.

use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use tonic::Status;

use crate::store::events;
use crate::support::{Auth, Deployment, PASSWORD, bearing, fields, reason, sign_in, violations};

const NEXT: &str = "eighteen orange balconies";

async fn change(auth: &Auth, token: &str, current: &str, new: &str) -> Result<(), Status> {
    let message = proto::ChangePasswordRequest { current_password: current.into(), new_password: new.into() };
    auth.accounts().change_password(bearing(token, message)).await.map(drop)
}

on_both_databases! {
    async fn every_other_session_ends_and_the_new_password_counts(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let others = [auth.sign_in(&person).await, auth.sign_in(&person).await];
        change(&auth, &person.tokens.access_token, PASSWORD, NEXT).await.unwrap();
        for tokens in &others {
            assert_eq!(reason(&auth.whoami(&tokens.access_token).await.unwrap_err()), "TOKEN_REVOKED");
            assert_eq!(reason(&auth.refresh(&tokens.refresh_token, "").await.unwrap_err()), "REFRESH_INVALID");
        }
        assert!(auth.whoami(&person.tokens.access_token).await.is_ok());
        assert!(auth.refresh(&person.tokens.refresh_token, "").await.is_ok());
        let refused = auth.auth().sign_in(sign_in(&person.account.email, PASSWORD)).await.unwrap_err();
        assert_eq!(reason(&refused), "BAD_CREDENTIALS");
        assert!(auth.auth().sign_in(sign_in(&person.account.email, NEXT)).await.is_ok());
        let recorded = events(&auth, &person).await;
        assert!(recorded.contains(&"PASSWORD_CHANGED"), "{recorded:?}");
        assert_eq!(recorded.iter().filter(|kind| **kind == "SESSION_REVOKED").count(), 2);
    }

    async fn a_wrong_current_password_changes_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let other = auth.sign_in(&person).await;
        let refused = change(&auth, &person.tokens.access_token, "something else", NEXT).await.unwrap_err();
        assert_eq!(reason(&refused), "BAD_CREDENTIALS");
        assert!(auth.whoami(&other.access_token).await.is_ok());
        assert!(auth.auth().sign_in(sign_in(&person.account.email, PASSWORD)).await.is_ok());
    }

    async fn a_weak_new_password_is_named_with_the_reason(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = auth.sign_up("Lovelace").await.tokens.access_token;
        for (new, words) in [("password123", "most used"), ("lovelace1", "name or email"), ("x", "at least 8")] {
            let refused = violations(&change(&auth, &token, PASSWORD, new).await.unwrap_err());
            assert!(matches!(&refused[..], [(field, said)] if field == "new_password" && said.contains(words)), "{refused:?}");
        }
        assert_eq!(fields(&change(&auth, &token, "", "").await.unwrap_err()), ["current_password", "new_password"]);
    }

    async fn a_sign_in_that_renews_the_hash_does_not_get_in_the_way(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let person = deployment.start().await.sign_up("Ada").await;
        let auth = deployment.start_with(&deployment.dearer_hashing()).await;
        let mut signing_in = auth.auth();
        // It hashes once where the change does twice.
        let sign_in = signing_in.sign_in(sign_in(&person.account.email, PASSWORD));
        let (_, changed) = tokio::join!(sign_in, change(&auth, &person.tokens.access_token, PASSWORD, NEXT));
        changed.unwrap();
    }

    async fn of_two_changes_at_once_one_counts(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.access_token;
        let other = "nineteen yellow umbrellas";
        let (first, second) = tokio::join!(change(&auth, token, PASSWORD, NEXT), change(&auth, token, PASSWORD, other));
        let expected = if first.is_ok() { NEXT } else { other };
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        assert!(auth.auth().sign_in(sign_in(&person.account.email, expected)).await.is_ok());
    }
}
