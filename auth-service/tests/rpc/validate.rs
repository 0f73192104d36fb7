//! ValidateToken.

use chrono::TimeDelta;
use docket_proto::auth::v1 as proto;
use docket_testkit::{TestIssuer, on_both_databases, within_ten_seconds};
use proto::sign_out_request::Scope;

use crate::store::{break_revocations, mend_revocations};
use crate::support::{Auth, reason};

async fn validate(auth: &Auth, token: &str) -> Result<proto::ValidateTokenResponse, tonic::Status> {
    let message = proto::ValidateTokenRequest { access_token: token.into() };
    auth.auth().validate_token(message).await.map(tonic::Response::into_inner)
}

on_both_databases! {
    async fn a_good_token_is_active_with_its_claims(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.advance(TimeDelta::seconds(60)).await;
        let tokens = auth.refresh(&person.tokens.refresh_token, "").await.unwrap();
        let response = validate(&auth, &tokens.access_token).await.unwrap();
        let claims = response.claims.unwrap();
        let now = auth.clock().now().timestamp();
        assert!(response.active);
        assert_eq!(claims.issuer, "http://127.0.0.1:8080");
        assert_eq!(claims.audience, ["docket"]);
        assert_eq!((claims.subject, claims.session_id), (person.account.id, tokens.session_id));
        assert_eq!((claims.issue_time.unwrap().seconds, claims.expire_time.unwrap().seconds), (now, now + 600));
        assert_eq!(claims.auth_time.unwrap().seconds, now - 60, "when the password was given");
        assert!(!claims.token_id.is_empty() && claims.roles.is_empty());
    }

    async fn any_other_token_is_not_and_nothing_is_said_of_it(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (expiring, revoked) = (auth.sign_up("Ada").await, auth.sign_up("Grace").await);
        auth.sign_out(&revoked.tokens.access_token, Scope::This).await.unwrap();
        let foreign = TestIssuer::new(auth.clock().clock());
        let foreign = foreign.sign(&foreign.claims(expiring.id(), expiring.tokens.session_id.parse().unwrap()));
        let expired = &expiring.tokens.access_token;
        let mut tampered = expired.clone();
        tampered.replace_range(tampered.len() - 8.., "AAAAAAAA");
        let inactive = proto::ValidateTokenResponse { active: false, claims: None };
        for bad in
            ["", "x", "a.b.c", &foreign, &tampered, &revoked.tokens.access_token, &expiring.tokens.refresh_token]
        {
            assert_eq!(validate(&auth, bad).await.unwrap(), inactive, "{bad}");
        }
        auth.advance(TimeDelta::seconds(606)).await;
        assert_eq!(validate(&auth, expired).await.unwrap(), inactive);
    }

    async fn without_news_of_revocations_nobody_is_believed_and_it_mends_by_itself(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = auth.sign_up("Ada").await.tokens.access_token;
        break_revocations(&auth).await;
        within_ten_seconds(async {
            while auth.service.is_ready().await {
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert!(validate(&auth, &token).await.unwrap().active, "known for as long as the staleness allows");
        auth.clock().advance(TimeDelta::seconds(61));
        assert_eq!(reason(&validate(&auth, &token).await.unwrap_err()), "REVOCATIONS_STALE");
        assert_eq!(reason(&auth.whoami(&token).await.unwrap_err()), "REVOCATIONS_STALE");
        mend_revocations(&auth).await;
        auth.advance(TimeDelta::zero()).await;
        assert!(validate(&auth, &token).await.unwrap().active);
        assert!(auth.whoami(&token).await.is_ok());
    }
}
