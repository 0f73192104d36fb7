//! RefreshSession against itself and against what ends sessions.

use std::collections::BTreeSet;

use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_testkit::{eventually, give_up_after, on_both_databases};
use futures_util::future::join_all;
use proto::sign_out_request::Scope;
use tokio::time::Instant;

use crate::store::{events, is_in_a_transaction, session};
use crate::support::{Auth, Deployment, PASSWORD, bearing, reason, sign_in};

const ROUNDS: usize = 200;
const CANCELS: usize = 400;

on_both_databases! {
    async fn a_hundred_at_once_with_one_token_make_one_rotation(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.refresh_token;
        let answers = join_all((0..100).map(|_| auth.refresh(token, ""))).await;
        let newest: BTreeSet<String> = answers.into_iter().map(|answer| answer.unwrap().refresh_token).collect();
        assert_eq!(newest.len(), 1, "one distinct new token");
        assert!(!newest.contains(token));
        assert_eq!(session(&auth, &person.tokens).await.unwrap().counter, 1, "one rotation");
    }

    async fn of_a_hundred_requests_at_once_one_gets_the_new_token_and_all_go_on(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.refresh_token;
        let ids: Vec<_> = (0..100).map(|number| uuid::Uuid::from_u128(number).to_string()).collect();
        let answers = join_all(ids.iter().map(|id| auth.refresh(token, id))).await;
        let given: Vec<String> = answers.into_iter().map(|answer| answer.unwrap().refresh_token).collect();
        assert_eq!(given.iter().filter(|token| !token.is_empty()).count(), 1);
        assert_eq!(session(&auth, &person.tokens).await.unwrap().counter, 1, "one rotation");
    }

    async fn two_replicas_make_one_rotation_of_one_token(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let (one, other) = (deployment.start().await, deployment.start().await);
        let person = one.sign_up("Ada").await;
        let token = &person.tokens.refresh_token;
        let answers = join_all((0..50).flat_map(|_| [one.refresh(token, ""), other.refresh(token, "")])).await;
        let newest: BTreeSet<String> = answers.into_iter().map(|answer| answer.unwrap().refresh_token).collect();
        assert_eq!(newest.len(), 1);
        assert_eq!(session(&one, &person.tokens).await.unwrap().counter, 1);
    }

    async fn after_the_answer_of_a_sign_out_no_token_of_the_session_lives(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        for round in 0..ROUNDS {
            let tokens = auth.sign_in(&person).await;
            let (first, second, signed_out) = tokio::join!(
                auth.refresh(&tokens.refresh_token, ""),
                auth.refresh(&tokens.refresh_token, ""),
                auth.sign_out(&tokens.access_token, Scope::This),
            );
            assert_eq!(signed_out.unwrap(), 1, "round {round}");
            for tokens in [Some(tokens), first.ok(), second.ok()].into_iter().flatten() {
                let refused = auth.whoami(&tokens.access_token).await.unwrap_err();
                assert_eq!(reason(&refused), "TOKEN_REVOKED", "round {round}");
                let refused = auth.refresh(&tokens.refresh_token, "").await.unwrap_err();
                assert_eq!(reason(&refused), "REFRESH_INVALID", "round {round}");
            }
        }
    }

    async fn a_replay_ends_its_session_whenever_its_caller_goes(database: TestDatabase) {
        let auth = Auth::start(database).await;
        for waits in 0..12 {
            let person = auth.sign_up(&format!("Ada{waits}")).await;
            let spent = person.tokens.refresh_token.clone();
            let newer = auth.refresh(&spent, "").await.unwrap().refresh_token;
            auth.refresh(&newer, "").await.unwrap();
            let mut local = AuthServiceClient::new(auth.service.routes());
            let message = proto::RefreshSessionRequest { refresh_token: spent, ..Default::default() };
            // Whose deadline is over besides.
            let replay = docket_storage::until(Instant::now(), local.refresh_session(message));
            drop(give_up_after(waits, replay).await);
            eventually(|| async { session(&auth, &person.tokens).await.is_none().then_some(()) }).await;
            let recorded = async || events(&auth, &person).await.contains(&"REFRESH_REPLAYED");
            eventually(|| async { recorded().await.then_some(()) }).await;
            assert_eq!(reason(&auth.refresh(&newer, "").await.unwrap_err()), "REFRESH_INVALID", "{waits}");
        }
    }

    async fn callers_who_go_leave_no_connection_in_a_transaction(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        for round in 0..CANCELS {
            let (mut signing_in, mut signing_out) = (auth.auth(), auth.auth());
            let sign_in = signing_in.sign_in(sign_in(&person.account.email, PASSWORD));
            let others = proto::SignOutRequest { scope: Scope::Others.into() };
            let sign_out = signing_out.sign_out(bearing(&person.tokens.access_token, others));
            // They get a little further each time before they are dropped.
            let patience = std::time::Duration::from_micros(u64::try_from(round * 10).unwrap());
            drop(tokio::time::timeout(patience, async { tokio::join!(sign_in, sign_out) }).await);
        }
        eventually(|| async { (!is_in_a_transaction(&auth).await).then_some(()) }).await;
        let answers = join_all((0..20).map(|_| auth.refresh(&person.tokens.refresh_token, ""))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    async fn after_a_change_of_the_password_no_other_session_lives(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let mut passwords = [PASSWORD, "eighteen orange balconies"];
        for round in 0..20 {
            let [current, next] = passwords;
            let message = proto::ChangePasswordRequest { current_password: current.into(), new_password: next.into() };
            let attempt = sign_in(&person.account.email, current);
            let (mut accounts, mut signing_in) = (auth.accounts(), auth.auth());
            let (changed, signed_in) = tokio::join!(
                accounts.change_password(bearing(&person.tokens.access_token, message)),
                signing_in.sign_in(attempt),
            );
            changed.unwrap();
            // With the old password one gets in before the change or not at all; and then the change ends it.
            if let Ok(signed_in) = signed_in {
                let tokens = signed_in.into_inner().tokens.unwrap();
                assert!(auth.refresh(&tokens.refresh_token, "").await.is_err(), "round {round}");
                assert!(auth.whoami(&tokens.access_token).await.is_err(), "round {round}");
            }
            assert_eq!(auth.sessions(&person.tokens.access_token).await.len(), 1, "round {round}");
            passwords = [next, current];
        }
    }
}
