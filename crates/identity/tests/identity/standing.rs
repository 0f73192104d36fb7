//! What is known of a token beyond itself: revocations, and how fresh the news are. Every case runs on a token that
//! was seen before and on one that was not.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{
    Claims, Revocation, RevocationList, RevocationTarget, SessionId, TokenError, TokenVerifier, UserId,
};
use docket_testkit::{FakeClock, TestIssuer, seeded_random};

struct Scene {
    clock: FakeClock,
    issuer: TestIssuer,
    revocations: Arc<RevocationList>,
    verifier: TokenVerifier,
    claims: Claims,
    /// Was verified once.
    seen: String,
}

impl Scene {
    fn new() -> Self {
        let clock = FakeClock::default();
        let issuer = TestIssuer::new(clock.clock());
        let revocations = Arc::new(RevocationList::new(Duration::from_secs(60)));
        revocations.heard(clock.now());
        let verifier = issuer.verifier(Arc::clone(&revocations));
        let random = seeded_random(3);
        let claims = issuer.claims(UserId::new(clock.now(), &random), SessionId::new(clock.now(), &random));
        let seen = issuer.sign(&claims);
        verifier.verify(&seen).expect("the token is good");
        Self { clock, issuer, revocations, verifier, claims, seen }
    }

    fn revoke(&self, target: RevocationTarget, revoke_time: DateTime<Utc>, life: TimeDelta) {
        self.revocations.insert(Revocation { target, revoke_time, expire_time: revoke_time + life });
    }

    /// How the seen token and an unseen twin stand; both must stand alike.
    #[track_caller]
    fn standing(&self) -> Result<(), TokenError> {
        let unseen = self.issuer.sign(&Claims { jti: "unseen".into(), ..self.claims.clone() });
        let seen = self.verifier.verify(&self.seen).map(drop);
        // A verifier of its own, so that it stays unseen.
        let fresh = self.issuer.verifier(Arc::clone(&self.revocations)).verify(&unseen).map(drop);
        assert_eq!(seen, fresh);
        seen
    }
}

const LIFE: TimeDelta = TimeDelta::seconds(600);

#[test]
fn a_revoked_session_subject_or_key_ends_its_tokens_at_once() {
    let targets: [fn(&Claims) -> RevocationTarget; 3] = [
        |claims| RevocationTarget::Session(claims.sid),
        |claims| RevocationTarget::Subject(claims.sub),
        |_| RevocationTarget::Key(TestIssuer::KEY_ID.into()),
    ];
    for target in targets {
        let scene = Scene::new();
        assert_eq!(scene.standing(), Ok(()));
        scene.revoke(target(&scene.claims), scene.clock.now(), LIFE);
        assert_eq!(scene.standing(), Err(TokenError::Revoked));
    }
}

#[test]
fn revocations_of_others_change_nothing() {
    let scene = Scene::new();
    let (now, random) = (scene.clock.now(), seeded_random(9));
    scene.revoke(RevocationTarget::Session(SessionId::new(now, &random)), now, LIFE);
    scene.revoke(RevocationTarget::Subject(UserId::new(now, &random)), now, LIFE);
    scene.revoke(RevocationTarget::Key("another".into()), now, LIFE);
    assert_eq!(scene.standing(), Ok(()));
}

#[test]
fn a_revoked_token_is_revoked_also_where_the_clock_is_behind() {
    let scene = Scene::new();
    scene.clock.advance(TimeDelta::seconds(-60));
    let fresh = scene.issuer.verifier(Arc::clone(&scene.revocations));
    assert_eq!(fresh.verify(&scene.seen).map(drop), Err(TokenError::ClockBehind { seconds: 60 }));
    scene.revoke(RevocationTarget::Session(scene.claims.sid), scene.clock.now(), LIFE);
    assert_eq!(fresh.verify(&scene.seen).map(drop), Err(TokenError::Revoked));
}

#[test]
fn a_revoked_subject_may_sign_in_again() {
    let mut scene = Scene::new();
    scene.revoke(RevocationTarget::Subject(scene.claims.sub), scene.clock.now() - TimeDelta::seconds(1), LIFE);
    assert_eq!(scene.standing(), Ok(()), "issued a second after");
    scene.revoke(RevocationTarget::Subject(scene.claims.sub), scene.clock.now() + TimeDelta::milliseconds(900), LIFE);
    assert_eq!(scene.standing(), Err(TokenError::Revoked), "issued in the second of the revocation: not let through");
    scene.clock.advance(TimeDelta::seconds(1));
    scene.revocations.heard(scene.clock.now());
    scene.claims.iat += 1;
    scene.seen = scene.issuer.sign(&scene.claims);
    assert_eq!(scene.standing(), Ok(()));
}

#[test]
fn an_older_revocation_of_a_subject_does_not_soften_a_newer_one() {
    let scene = Scene::new();
    let now = scene.clock.now();
    scene.revoke(RevocationTarget::Subject(scene.claims.sub), now, LIFE);
    scene.revoke(RevocationTarget::Subject(scene.claims.sub), now - TimeDelta::seconds(60), LIFE);
    assert_eq!(scene.standing(), Err(TokenError::Revoked));
}

#[test]
fn a_revocation_stays_until_no_token_that_it_ends_is_let_through() {
    let scene = Scene::new();
    // Kept until the token expires, and not a second longer: the verifier adds what it lets through beyond.
    scene.revoke(RevocationTarget::Session(scene.claims.sid), scene.clock.now(), LIFE);
    scene.clock.advance(TimeDelta::seconds(604));
    scene.revocations.heard(scene.clock.now());
    assert_eq!(scene.standing(), Err(TokenError::Revoked));
    scene.clock.advance(TimeDelta::seconds(1));
    scene.revocations.heard(scene.clock.now());
    assert_eq!(scene.standing(), Err(TokenError::Expired));
}

#[test]
fn without_news_for_longer_than_the_bound_nobody_is_let_in_and_nobody_is_called_wrong() {
    let scene = Scene::new();
    scene.clock.advance(TimeDelta::seconds(60));
    assert_eq!(scene.standing(), Ok(()));
    scene.clock.advance(TimeDelta::milliseconds(1));
    assert!(scene.revocations.is_stale(scene.clock.now()));
    assert_eq!(scene.standing(), Err(TokenError::RevocationsStale));
    scene.revocations.heard(scene.clock.now());
    assert_eq!(scene.standing(), Ok(()), "it recovers with the first news");
}

#[test]
fn a_revocation_that_is_known_counts_while_the_news_are_stale() {
    let scene = Scene::new();
    scene.revoke(RevocationTarget::Session(scene.claims.sid), scene.clock.now(), LIFE);
    scene.clock.advance(TimeDelta::seconds(61));
    assert_eq!(scene.standing(), Err(TokenError::Revoked));
}

#[test]
fn before_the_first_news_nobody_is_let_in() {
    let scene = Scene::new();
    let silent = scene.issuer.verifier(Arc::new(RevocationList::new(Duration::from_secs(60))));
    assert_eq!(silent.verify(&scene.seen).map(drop), Err(TokenError::RevocationsStale));
}

#[test]
fn a_clock_set_back_does_not_stretch_the_bound() {
    let mut scene = Scene::new();
    scene.clock.advance(TimeDelta::seconds(-5));
    for time in [&mut scene.claims.iat, &mut scene.claims.nbf, &mut scene.claims.exp] {
        *time -= 10;
    }
    scene.seen = scene.issuer.sign(&scene.claims);
    assert_eq!(scene.standing(), Ok(()), "clocks may differ by five seconds");
    scene.clock.advance(TimeDelta::seconds(-1));
    assert_eq!(scene.standing(), Err(TokenError::RevocationsStale));
    scene.revocations.heard(scene.clock.now());
    assert_eq!(scene.standing(), Ok(()));
}
