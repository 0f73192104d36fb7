//! ListSessions and RevokeSession.

use chrono::TimeDelta;
use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use tonic::Status;

use crate::store::events;
use crate::support::{Auth, bearing, fields, reason};

async fn revoke(auth: &Auth, token: &str, session_id: &str) -> Result<(), Status> {
    let message = proto::RevokeSessionRequest { session_id: session_id.into() };
    auth.accounts().revoke_session(bearing(token, message)).await.map(drop)
}

on_both_databases! {
    async fn each_living_session_is_listed_and_one_is_this(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.sign_up("Grace").await;
        auth.advance(TimeDelta::minutes(1)).await;
        let other = auth.sign_in(&person).await;
        auth.advance(TimeDelta::minutes(1)).await;
        auth.refresh(&person.tokens.refresh_token, "").await.unwrap();
        let sessions = auth.sessions(&person.tokens.access_token).await;
        let ids: Vec<_> = sessions.iter().map(|session| (session.id.as_str(), session.current)).collect();
        assert_eq!(ids, [(other.session_id.as_str(), false), (person.tokens.session_id.as_str(), true)]);
        let now = auth.clock().now().timestamp();
        assert_eq!(sessions[1].last_use_time.unwrap().seconds, now);
        assert_eq!(sessions[1].create_time.unwrap().seconds, now - 120);
        assert_eq!(sessions[1].expire_time.unwrap().seconds, now + 7 * 86_400);
        assert_eq!(sessions[0].last_use_time.unwrap().seconds, now - 60);
    }

    async fn sessions_past_their_end_are_not_listed(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.advance(TimeDelta::days(8)).await;
        let tokens = auth.sign_in(&person).await;
        assert_eq!(auth.sessions(&tokens.access_token).await.len(), 1);
    }

    async fn one_of_ones_own_can_be_ended(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let other = auth.sign_in(&person).await;
        revoke(&auth, &person.tokens.access_token, &other.session_id).await.unwrap();
        assert_eq!(reason(&auth.whoami(&other.access_token).await.unwrap_err()), "TOKEN_REVOKED");
        assert_eq!(reason(&auth.refresh(&other.refresh_token, "").await.unwrap_err()), "REFRESH_INVALID");
        assert!(auth.whoami(&person.tokens.access_token).await.is_ok());
        assert_eq!(events(&auth, &person).await, ["SESSION_REVOKED", "SIGNED_IN", "SIGNED_UP"]);
        let again = revoke(&auth, &person.tokens.access_token, &other.session_id).await.unwrap_err();
        assert_eq!(reason(&again), "NOT_FOUND");
    }

    async fn one_of_somebody_else_answers_as_one_that_does_not_exist(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, somebody_else) = (auth.sign_up("Ada").await, auth.sign_up("Grace").await);
        let token = &person.tokens.access_token;
        let foreign = revoke(&auth, token, &somebody_else.tokens.session_id).await.unwrap_err();
        let unknown = revoke(&auth, token, "018f3c1e-0000-7000-8000-000000000001").await.unwrap_err();
        assert_eq!(reason(&foreign), "NOT_FOUND");
        assert_eq!(
            (foreign.code(), foreign.message(), foreign.details()),
            (unknown.code(), unknown.message(), unknown.details())
        );
        assert!(auth.whoami(&somebody_else.tokens.access_token).await.is_ok());
    }

    async fn what_is_no_id_is_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = auth.sign_up("Ada").await.tokens.access_token;
        for bad in ["", "1", "018f3c1e000070008000000000000001"] {
            assert_eq!(fields(&revoke(&auth, &token, bad).await.unwrap_err()), ["session_id"], "{bad:?}");
        }
    }
}
