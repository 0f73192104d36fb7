//! SignUp.

use std::collections::BTreeSet;

use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;

use crate::store::events;
use crate::support::{Auth, Deployment, PASSWORD, fields, reason, sign_in, sign_up, violations};

/// The violations that `message` is refused with.
async fn refused(auth: &Auth, message: proto::SignUpRequest) -> Vec<(String, String)> {
    violations(&auth.auth().sign_up(message).await.unwrap_err())
}

on_both_databases! {
    async fn a_newcomer_has_an_account_and_a_session(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let response = auth.auth().sign_up(sign_up("Ada")).await.unwrap();
        assert_eq!(response.metadata().get("cache-control").unwrap(), "no-store");
        assert!(response.metadata().get("set-cookie").is_none());
        let response = response.into_inner();
        let (account, tokens) = (response.account.unwrap(), response.tokens.unwrap());
        assert_eq!((account.display_name.as_str(), account.email.as_str()), ("Ada", "ada@example.org"));
        assert!(!account.email_verified && !response.email_verification_required);
        assert_eq!(auth.whoami(&tokens.access_token).await.unwrap(), account);
        assert!(auth.refresh(&tokens.refresh_token, "").await.is_ok());
    }

    async fn the_tokens_live_as_long_as_they_say(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let tokens = auth.sign_up("Ada").await.tokens;
        let now = auth.clock().now().timestamp();
        assert_eq!(tokens.access_expire_time.unwrap().seconds - now, 600);
        assert_eq!(tokens.refresh_expire_time.unwrap().seconds - now, 7 * 86_400);
    }

    async fn an_address_has_one_account_in_any_letter_case(database: TestDatabase) {
        let auth = Auth::start(database).await;
        auth.sign_up("Ada").await;
        let again = proto::SignUpRequest { email: " ADA@Example.ORG".into(), ..sign_up("Grace") };
        let refused = auth.auth().sign_up(again).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (tonic::Code::AlreadyExists, "EMAIL_TAKEN"));
    }

    async fn of_two_at_once_with_one_address_one_is_told_that_it_is_taken(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (mut first, mut second) = (auth.auth(), auth.auth());
        let (first, second) = tokio::join!(first.sign_up(sign_up("Ada")), second.sign_up(sign_up("Ada")));
        let outcomes: Vec<String> =
            [first, second].iter().map(|answer| answer.as_ref().map_or_else(reason, |_| "OK".into())).collect();
        assert_eq!(BTreeSet::from_iter(outcomes), BTreeSet::from(["OK".into(), "EMAIL_TAKEN".into()]));
    }

    async fn every_field_at_fault_is_named_at_once(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let message = proto::SignUpRequest { token_delivery: 99, ..Default::default() };
        let refused = auth.auth().sign_up(message).await.unwrap_err();
        assert_eq!(fields(&refused), ["display_name", "email", "password", "token_delivery"]);
    }

    async fn each_rule_of_a_field_is_told_by_its_own_words(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let with = |set: fn(&mut proto::SignUpRequest)| {
            let mut message = sign_up("Lovelace");
            set(&mut message);
            message
        };
        for (message, field, words) in [
            (with(|message| message.display_name = "   ".into()), "display_name", "required"),
            (with(|message| message.display_name = "x".repeat(101)), "display_name", "100"),
            (with(|message| message.display_name = "a\nb".into()), "display_name", "control"),
            (with(|message| message.email = "ada.example.org".into()), "email", "ada@example.org"),
            (with(|message| message.email = "a da@example.org".into()), "email", "ada@example.org"),
            (with(|message| message.email = format!("{}@example.org", "a".repeat(243))), "email", "254"),
            (with(|message| message.password = "1234567".into()), "password", "at least 8"),
            (with(|message| message.password = "x".repeat(257)), "password", "at most 256"),
            (with(|message| message.password = "password123".into()), "password", "most used"),
            (with(|message| message.password = "lovelace99".into()), "password", "name or email"),
            (with(|message| message.password = "dogdogdogdog".into()), "password", "easy to guess"),
        ] {
            let refused = refused(&auth, message.clone()).await;
            assert!(matches!(&refused[..], [(at, said)] if at == field && said.contains(words)), "{message:?}: {refused:?}");
        }
    }

    async fn a_name_is_kept_trimmed_and_composed(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let message = proto::SignUpRequest { display_name: "  Ame\u{301}lie ".into(), ..sign_up("Amelie") };
        let response = auth.auth().sign_up(message).await.unwrap().into_inner();
        assert_eq!(response.account.unwrap().display_name, "Amélie");
    }

    async fn the_longest_password_counts_to_its_last_code_point(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let longest: String = (0..256).map(|index| char::from_u32(0x1_0300 + index * 7).unwrap()).collect();
        let message = proto::SignUpRequest { password: longest.clone(), ..sign_up("Ada") };
        auth.auth().sign_up(message).await.unwrap();
        assert!(auth.auth().sign_in(sign_in("ada@example.org", &longest)).await.is_ok());
        let shorter: String = longest.chars().take(255).collect();
        assert!(auth.auth().sign_in(sign_in("ada@example.org", &shorter)).await.is_err());
    }

    async fn signing_up_is_recorded(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        assert_eq!(events(&auth, &person).await, ["SIGNED_UP"]);
    }

    async fn the_least_length_of_a_password_can_be_raised(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| {
            config.password_min_length = 30;
        });
        let auth = deployment.start().await;
        assert!(PASSWORD.len() < 30);
        let refused = refused(&auth, sign_up("Ada")).await;
        assert_eq!(refused, [("password".into(), "must have at least 30 characters".into())]);
    }
}
