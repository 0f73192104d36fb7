//! SignOut.

use std::time::Duration;

use chrono::TimeDelta;
use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use proto::sign_out_request::Scope;

use crate::store::{events, mark_expired_sessions, open_sessions, revoked_sessions};
use crate::support::{Auth, Deployment, bearing, fields, reason};

async fn is_alive(auth: &Auth, tokens: &proto::SessionTokens) -> bool {
    let access = auth.whoami(&tokens.access_token).await.is_ok();
    let refresh = auth.refresh(&tokens.refresh_token, "").await.is_ok();
    assert_eq!(access, refresh, "both live or neither");
    access
}

on_both_databases! {
    async fn this_session_ends_at_once(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        for scope in [Scope::This, Scope::Unspecified] {
            let (ended, goes_on) = (auth.sign_in(&person).await, auth.sign_in(&person).await);
            assert_eq!(auth.sign_out(&ended.access_token, scope).await.unwrap(), 1);
            assert_eq!(reason(&auth.whoami(&ended.access_token).await.unwrap_err()), "TOKEN_REVOKED");
            assert_eq!(reason(&auth.refresh(&ended.refresh_token, "").await.unwrap_err()), "REFRESH_INVALID");
            assert!(is_alive(&auth, &goes_on).await);
        }
    }

    async fn the_others_end_and_this_goes_on(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let others = [auth.sign_in(&person).await, auth.sign_in(&person).await];
        assert_eq!(auth.sign_out(&person.tokens.access_token, Scope::Others).await.unwrap(), 2);
        assert!(is_alive(&auth, &person.tokens).await);
        for other in &others {
            assert!(!is_alive(&auth, other).await);
        }
        assert_eq!(auth.sign_out(&person.tokens.access_token, Scope::Others).await.unwrap(), 0);
        assert_eq!(events(&auth, &person).await, ["SIGNED_IN", "SIGNED_IN", "SIGNED_OUT", "SIGNED_OUT", "SIGNED_UP"]);
    }

    async fn all_end_and_nobody_elses(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, somebody_else) = (auth.sign_up("Ada").await, auth.sign_up("Grace").await);
        let all = [person.tokens.clone(), auth.sign_in(&person).await, auth.sign_in(&person).await];
        assert_eq!(auth.sign_out(&all[1].access_token, Scope::All).await.unwrap(), 3);
        for tokens in &all {
            assert!(!is_alive(&auth, tokens).await);
        }
        assert!(is_alive(&auth, &somebody_else.tokens).await);
    }

    async fn any_number_ends_at_once(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let mut all: Vec<_> = open_sessions(&auth, &person, 1_200).await;
        all.push(person.tokens.session_id.parse().unwrap());
        all.sort();
        assert_eq!(auth.sign_out(&person.tokens.access_token, Scope::All).await.unwrap(), 1_201);
        assert_eq!(reason(&auth.whoami(&person.tokens.access_token).await.unwrap_err()), "TOKEN_REVOKED");
        assert_eq!(revoked_sessions(&auth).await, all);
        let recorded = events(&auth, &person).await;
        assert_eq!(recorded.iter().filter(|kind| **kind == "SIGNED_OUT").count(), 1_201);
        let again = auth.sign_in(&person).await;
        assert_eq!(auth.sessions(&again.access_token).await.len(), 1);
    }

    async fn a_session_ends_also_while_its_last_token_is_taken_beyond_its_end(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| config.session_absolute = Duration::from_secs(60));
        let auth = deployment.start().await;
        for found_expired in [false, true] {
            let tokens = auth.sign_up(&format!("Ada{found_expired}")).await.tokens;
            auth.advance(TimeDelta::seconds(62)).await;
            if found_expired {
                mark_expired_sessions(&auth).await;
            }
            assert!(auth.whoami(&tokens.access_token).await.is_ok(), "clocks may differ");
            assert_eq!(auth.sign_out(&tokens.access_token, Scope::This).await.unwrap(), 1, "{found_expired}");
            assert_eq!(reason(&auth.whoami(&tokens.access_token).await.unwrap_err()), "TOKEN_REVOKED");
        }
    }

    async fn a_second_time_the_session_has_ended(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        let again = auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap_err();
        assert_eq!(reason(&again), "TOKEN_REVOKED");
    }

    async fn without_a_token_nothing_ends(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let refused = auth.auth().sign_out(proto::SignOutRequest { scope: Scope::All.into() }).await.unwrap_err();
        assert_eq!(reason(&refused), "TOKEN_MISSING");
        assert!(is_alive(&auth, &person.tokens).await);
    }

    async fn an_unknown_scope_is_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let message = bearing(&person.tokens.access_token, proto::SignOutRequest { scope: 9 });
        assert_eq!(fields(&auth.auth().sign_out(message).await.unwrap_err()), ["scope"]);
        assert!(is_alive(&auth, &person.tokens).await);
    }

    async fn it_lasts_over_a_new_start_and_counts_in_another_replica(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let (auth, replica) = (deployment.start().await, deployment.start().await);
        let person = auth.sign_up("Ada").await;
        assert!(replica.whoami(&person.tokens.access_token).await.is_ok());
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        docket_testkit::eventually(|| async {
            let refused = replica.whoami(&person.tokens.access_token).await.err()?;
            (reason(&refused) == "TOKEN_REVOKED").then_some(())
        })
        .await;
        let restarted = deployment.start().await;
        assert_eq!(reason(&restarted.whoami(&person.tokens.access_token).await.unwrap_err()), "TOKEN_REVOKED");
    }
}
