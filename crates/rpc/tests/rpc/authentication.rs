//! Who is let through to a handler, and how the others are refused.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use docket_identity::{Claims, Revocation, RevocationList, RevocationTarget, SessionId, UserId};
use docket_rpc::{AuthenticateLayer, Shielded, shield};
use docket_testkit::{FakeClock, TestIssuer, seeded_random};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::codegen::http::{HeaderValue, Request};
use tonic::service::Routes;
use tower::Layer as _;

use crate::echo::{Answer, Echo, SAY, TELL, assert_refused, call, message, request, settings};

struct Scene {
    clock: FakeClock,
    issuer: TestIssuer,
    revocations: Arc<RevocationList>,
    claims: Claims,
    echo: Echo,
    service: Shielded,
}

impl Scene {
    fn new() -> Self {
        let clock = FakeClock::default();
        let issuer = TestIssuer::new(clock.clock());
        let revocations = Arc::new(RevocationList::new(Duration::from_secs(60)));
        revocations.heard(clock.now());
        let layer = AuthenticateLayer::new(Arc::new(issuer.verifier(Arc::clone(&revocations)))).open(&[TELL]);
        let echo = Echo::default();
        let service = shield(Routes::new(layer.layer(echo.clone())), settings(&CancellationToken::new()));
        let random = seeded_random(2);
        let claims = issuer.claims(UserId::new(clock.now(), &random), SessionId::new(clock.now(), &random));
        Self { clock, issuer, revocations, claims, echo, service }
    }

    /// A call with these `authorization` headers.
    async fn call(&self, path: &str, headers: &[&str]) -> Answer {
        let mut request: Request<_> = request(path, message("who signed in"));
        for header in headers {
            let header = HeaderValue::from_bytes(header.as_bytes()).expect("a header");
            request.headers_mut().append("authorization", header);
        }
        call(&self.service, request).await
    }

    async fn assert_refused(&self, headers: &[&str], reason: &str, code: Code) {
        let answer = self.call(SAY, headers).await;
        let details = assert_refused(&answer, reason, code);
        assert_eq!(details.retry_info().is_some(), code == Code::Unavailable);
        assert!(self.echo.last_headers().is_none(), "no handler was reached");
    }

    fn token(&self) -> String {
        self.issuer.sign(&self.claims)
    }
}

#[tokio::test]
async fn a_handler_learns_who_the_token_names() {
    let scene = Scene::new();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = scene.call(SAY, &[&format!("{scheme} {}", scene.token())]).await;
        assert_eq!(answer.data, message(&scene.claims.sub.to_string()));
    }
}

#[tokio::test]
async fn a_call_without_a_token_is_told_so() {
    Scene::new().assert_refused(&[], "TOKEN_MISSING", Code::Unauthenticated).await;
}

#[tokio::test]
async fn two_tokens_are_none_even_where_both_are_good() {
    let scene = Scene::new();
    let header = format!("Bearer {}", scene.token());
    scene.assert_refused(&[&header, &header], "TOKEN_INVALID", Code::Unauthenticated).await;
    let joined = format!("{header}, {header}");
    scene.assert_refused(&[&joined], "TOKEN_INVALID", Code::Unauthenticated).await;
}

#[tokio::test]
async fn other_schemes_and_other_texts_are_no_tokens() {
    let scene = Scene::new();
    let token = scene.token();
    let headers = ["", "Bearer", "Bearer ", "ü", &token, &format!("Basic {token}"), &format!("Bearer  {token}")];
    for header in headers {
        scene.assert_refused(&[header], "TOKEN_INVALID", Code::Unauthenticated).await;
    }
}

#[tokio::test]
async fn an_expired_a_revoked_and_an_unjudged_token_are_told_apart() {
    let scene = Scene::new();
    let header = format!("Bearer {}", scene.token());
    scene.clock.advance(TimeDelta::seconds(61));
    scene.assert_refused(&[&header], "REVOCATIONS_STALE", Code::Unavailable).await;
    scene.revocations.heard(scene.clock.now());
    let now = scene.clock.now();
    let target = RevocationTarget::Session(scene.claims.sid);
    scene.revocations.insert(Revocation { target, revoke_time: now, expire_time: now + TimeDelta::seconds(600) });
    scene.assert_refused(&[&header], "TOKEN_REVOKED", Code::Unauthenticated).await;
    scene.clock.advance(TimeDelta::seconds(600));
    scene.assert_refused(&[&header], "TOKEN_EXPIRED", Code::Unauthenticated).await;
}

#[tokio::test]
async fn a_caller_that_came_in_by_another_way_is_no_proof() {
    let scene = Scene::new();
    for path in [SAY, TELL] {
        let mut request = request(path, message("who signed in"));
        let smuggled = scene.issuer.caller(scene.claims.sub, scene.claims.sid);
        request.extensions_mut().insert(smuggled);
        let answer = call(&scene.service, request).await;
        assert!(!String::from_utf8_lossy(&answer.data).contains(&scene.claims.sub.to_string()), "{path}");
        assert_refused(&answer, "TOKEN_MISSING", Code::Unauthenticated);
    }
}

#[tokio::test]
async fn an_open_method_needs_no_token_looks_at_none_and_has_no_caller() {
    let scene = Scene::new();
    let token = format!("Bearer {}", scene.token());
    for headers in [vec![], vec!["Bearer nonsense"], vec![token.as_str()]] {
        let mut request = request(TELL, message("hello"));
        for header in headers {
            request.headers_mut().append("authorization", HeaderValue::from_str(header).expect("a header"));
        }
        let answer = call(&scene.service, request).await;
        assert_eq!(answer.data, message("hello"));
    }
    let answer = scene.call(TELL, &[&token]).await;
    assert_refused(&answer, "TOKEN_MISSING", Code::Unauthenticated);
}
