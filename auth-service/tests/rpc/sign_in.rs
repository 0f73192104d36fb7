//! SignIn.

use docket_proto::auth::v1 as proto;
use docket_testkit::{eventually, on_both_databases};
use tonic::{Code, Status};

use crate::store::{events, password_hash, suspend};
use crate::support::{Auth, Deployment, PASSWORD, fields, reason, sign_in, sign_up};

const ADA: &str = "ada@example.org";

async fn refused(auth: &Auth, email: &str, password: &str) -> Status {
    auth.auth().sign_in(sign_in(email, password)).await.unwrap_err()
}

on_both_databases! {
    async fn the_right_password_opens_a_further_session(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let response = auth.auth().sign_in(sign_in(" ADA@example.org ", PASSWORD)).await.unwrap();
        assert_eq!(response.metadata().get("cache-control").unwrap(), "no-store");
        let response = response.into_inner();
        assert_eq!(response.account.unwrap(), person.account);
        let tokens = response.tokens.unwrap();
        assert_ne!(tokens.session_id, person.tokens.session_id);
        assert_eq!(auth.sessions(&tokens.access_token).await.len(), 2);
        assert!(auth.whoami(&person.tokens.access_token).await.is_ok());
        assert_eq!(events(&auth, &person).await, ["SIGNED_IN", "SIGNED_UP"]);
    }

    async fn the_password_is_taken_as_it_was_typed(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let message = proto::SignUpRequest { password: "Straße zum Café 17".into(), ..sign_up("Ada") };
        auth.auth().sign_up(message).await.unwrap();
        assert!(auth.auth().sign_in(sign_in(ADA, "Straße zum Cafe\u{301} 17")).await.is_ok());
        for wrong in ["straße zum café 17", "Straße zum Café 17 ", " Straße zum Café 17", "Strasse zum Café 17"] {
            assert_eq!(reason(&refused(&auth, ADA, wrong).await), "BAD_CREDENTIALS", "{wrong}");
        }
    }

    async fn nobody_learns_which_accounts_there_are(database: TestDatabase) {
        let auth = Auth::start(database).await;
        auth.sign_up("Ada").await;
        let suspended = auth.sign_up("Grace").await;
        suspend(&auth, &suspended).await;
        let wrong_password = refused(&auth, ADA, "something else").await;
        assert_eq!((wrong_password.code(), wrong_password.message()), (Code::Unauthenticated, "Invalid email or password"));
        for other in [
            refused(&auth, "nobody@example.org", PASSWORD).await,
            refused(&auth, "no address at all", PASSWORD).await,
            refused(&auth, &suspended.account.email, PASSWORD).await,
            refused(&auth, &suspended.account.email, "something else").await,
        ] {
            assert_eq!(other.code(), wrong_password.code());
            assert_eq!(other.message(), wrong_password.message());
            assert_eq!(other.details(), wrong_password.details());
        }
    }

    async fn a_refusal_is_recorded(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        refused(&auth, ADA, "something else").await;
        // Nobody waits for the record.
        eventually(|| async { (events(&auth, &person).await == ["SIGNED_UP", "SIGN_IN_REFUSED"]).then_some(()) }).await;
    }

    async fn empty_fields_are_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let message = proto::SignInRequest {
            device_name: "x".repeat(101),
            token_delivery: -1,
            ..proto::SignInRequest::default()
        };
        let refused = auth.auth().sign_in(message).await.unwrap_err();
        assert_eq!(fields(&refused), ["email", "password", "token_delivery", "device_name"]);
    }

    async fn a_password_that_nobody_can_have_is_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        assert_eq!(fields(&refused(&auth, ADA, &"x".repeat(257)).await), ["password"]);
    }

    async fn a_device_is_shown_by_its_name_or_its_user_agent(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let named = proto::SignInRequest { device_name: " phone ".into(), ..sign_in(ADA, PASSWORD) };
        auth.auth().sign_in(named).await.unwrap();
        let sessions = auth.sessions(&person.tokens.access_token).await;
        for session in &sessions {
            assert!(session.user_agent.starts_with("tonic/"), "{sessions:?}");
            let expected = if session.current { &session.user_agent } else { "phone" };
            assert_eq!(session.device_name, expected);
        }
        assert!(sessions.iter().all(|session| session.ip_address == "127.0.0.1"), "{sessions:?}");
    }

    async fn sign_ins_at_once_renew_a_hash_without_getting_in_each_others_way(database: TestDatabase) {
        let deployment = Deployment::new(database);
        deployment.start().await.sign_up("Ada").await;
        let auth = deployment.start_with(&deployment.dearer_hashing()).await;
        let (mut one, mut other) = (auth.auth(), auth.auth());
        let (one, other) = tokio::join!(one.sign_in(sign_in(ADA, PASSWORD)), other.sign_in(sign_in(ADA, PASSWORD)));
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    }

    async fn a_hash_with_older_parameters_is_renewed(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let auth = deployment.start().await;
        let person = auth.sign_up("Ada").await;
        let old = password_hash(&auth, &person).await;
        let auth = deployment.start_with(&deployment.dearer_hashing()).await;
        auth.auth().sign_in(sign_in(ADA, PASSWORD)).await.unwrap();
        let new = password_hash(&auth, &person).await;
        assert!(old != new && new.starts_with("$argon2id$v=19$m=12288,t=3,p=1$"), "{new}");
        assert!(auth.auth().sign_in(sign_in(ADA, PASSWORD)).await.is_ok());
        assert_eq!(password_hash(&auth, &person).await, new);
    }
}
