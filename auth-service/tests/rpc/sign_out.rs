//! SignOut.

use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use proto::sign_out_request::Scope;

use crate::store::events;
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
