//! Every reason to refuse an access token, each on a token that is good in all else.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use docket_identity::{Caller, Claims, RevocationList, SessionId, TokenError, TokenVerifier, UserId};
use docket_testkit::{FakeClock, TestIssuer, seeded_random};
use serde_json::{Value, json};

struct Scene {
    clock: FakeClock,
    issuer: TestIssuer,
    verifier: TokenVerifier,
    claims: Claims,
}

impl Scene {
    fn new() -> Self {
        let clock = FakeClock::default();
        let issuer = TestIssuer::new(clock.clock());
        let revocations = Arc::new(RevocationList::new(Duration::from_secs(3600)));
        revocations.heard(clock.now());
        let verifier = issuer.verifier(revocations);
        let random = seeded_random(2);
        let claims = issuer.claims(UserId::new(clock.now(), &random), SessionId::new(clock.now(), &random));
        Self { clock, issuer, verifier, claims }
    }

    fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        self.verifier.verify(token)
    }

    /// A good token but for what `change` does to its header.
    fn header(&self, change: impl FnOnce(&mut Value)) -> Result<Caller, TokenError> {
        let mut header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": TestIssuer::KEY_ID });
        change(&mut header);
        let claims = serde_json::to_string(&self.claims).expect("claims are JSON");
        self.verify(&self.issuer.sign_parts(&header.to_string(), &claims))
    }

    /// A good token but for what `change` does to its claims.
    fn claims(&self, change: impl FnOnce(&mut Value)) -> Result<Caller, TokenError> {
        let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": TestIssuer::KEY_ID });
        let mut claims = serde_json::to_value(&self.claims).expect("claims are JSON");
        change(&mut claims);
        self.verify(&self.issuer.sign_parts(&header.to_string(), &claims.to_string()))
    }

    fn claim(&self, name: &str, value: impl Into<Value>) -> Result<Caller, TokenError> {
        self.claims(|claims| claims[name] = value.into())
    }
}

/// Fails unless the token was refused as none of ours.
#[track_caller]
fn assert_invalid(result: &Result<Caller, TokenError>) {
    assert_eq!(result.as_ref().map(|_| ()), Err(&TokenError::Invalid));
}

#[test]
fn a_good_token_lets_its_caller_in() {
    let scene = Scene::new();
    let caller = scene.verify(&scene.issuer.sign(&scene.claims)).expect("the token is good");
    assert_eq!(caller.user_id(), scene.claims.sub);
    assert_eq!(caller.session_id(), scene.claims.sid);
    assert_eq!(caller.claims(), &scene.claims);
    assert!(scene.header(|_| {}).is_ok() && scene.claims(|_| {}).is_ok(), "so the cases below change one thing only");
}

#[test]
fn anything_but_three_parts_is_refused() {
    let scene = Scene::new();
    let token = scene.issuer.sign(&scene.claims);
    let (header_and_claims, signature) = token.rsplit_once('.').expect("it has dots");
    let shapes = [
        "".into(),
        ".".into(),
        "..".into(),
        header_and_claims.into(),
        format!("{header_and_claims}."),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header_and_claims}..{signature}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        token.replace('.', ":"),
    ];
    for shape in shapes {
        assert_invalid(&scene.verify(&shape));
    }
}

#[test]
fn a_token_above_four_kibibytes_is_refused() {
    let scene = Scene::new();
    let with = |length: usize| Claims { amr: vec!["x".repeat(length)], ..scene.claims.clone() };
    let length = |length| scene.issuer.sign(&with(length)).len();
    let longest = (2_000..4_000).rev().find(|size| length(*size) <= 4096).expect("one fits");
    assert!(scene.verify(&scene.issuer.sign(&with(longest))).is_ok());
    assert_invalid(&scene.verify(&scene.issuer.sign(&with(longest + 4))));
}

#[test]
fn another_algorithm_than_the_keys_own_is_refused() {
    let scene = Scene::new();
    for algorithm in ["ES256", "none", "None", "HS256", "RS256", "Ed25519", "eddsa", ""] {
        assert_invalid(&scene.header(|header| header["alg"] = algorithm.into()));
    }
    assert_invalid(&scene.header(|header| drop(header.as_object_mut().expect("an object").remove("alg"))));
}

#[test]
fn a_token_without_a_signature_is_refused_whatever_it_says() {
    let scene = Scene::new();
    for algorithm in ["none", "EdDSA"] {
        let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": TestIssuer::KEY_ID }).to_string();
        let token = scene.issuer.sign_parts(&header, &serde_json::to_string(&scene.claims).expect("JSON"));
        let (unsigned, _) = token.rsplit_once('.').expect("it has dots");
        assert_invalid(&scene.verify(&format!("{unsigned}.")));
    }
}

#[test]
fn another_type_of_token_is_refused() {
    let scene = Scene::new();
    for typ in [json!("JWT"), json!("service+jwt"), json!("AT+JWT"), json!(""), json!(null), json!(["at+jwt"])] {
        assert_invalid(&scene.header(|header| header["typ"] = typ));
    }
    assert_invalid(&scene.header(|header| drop(header.as_object_mut().expect("an object").remove("typ"))));
}

#[test]
fn a_token_that_brings_extensions_or_its_own_key_is_refused() {
    let scene = Scene::new();
    let jwk = serde_json::to_value(scene.issuer.jwk()).expect("JSON");
    let cases = [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("jku", json!("https://example.org/keys")),
        ("jwk", jwk),
        ("x5u", json!("https://example.org/chain")),
        ("x5c", json!(["MIIB"])),
    ];
    for (name, value) in cases {
        assert_invalid(&scene.header(|header| header[name] = value));
    }
}

#[test]
fn a_header_that_is_no_plain_object_is_refused() {
    let scene = Scene::new();
    let claims = serde_json::to_string(&scene.claims).expect("JSON");
    let twice = r#"{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"test-key"}"#;
    for header in [twice, r#"["EdDSA","at+jwt","test-key"]"#, "null", "\"EdDSA\"", "{", ""] {
        assert_invalid(&scene.verify(&scene.issuer.sign_parts(header, &claims)));
    }
}

#[test]
fn an_unknown_key_or_none_is_refused() {
    let scene = Scene::new();
    assert_invalid(&scene.header(|header| header["kid"] = "another".into()));
    assert_invalid(&scene.header(|header| header["kid"] = 1.into()));
    assert_invalid(&scene.header(|header| drop(header.as_object_mut().expect("an object").remove("kid"))));
}

#[test]
fn a_changed_token_is_refused() {
    let scene = Scene::new();
    let token = scene.issuer.sign(&scene.claims);
    let other = scene.issuer.sign(&Claims { jti: "another".into(), ..scene.claims.clone() });
    let (message, _) = token.rsplit_once('.').expect("it has dots");
    let (_, signature) = other.rsplit_once('.').expect("it has dots");
    assert_invalid(&scene.verify(&format!("{message}.{signature}")));
    for index in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        assert_invalid(&scene.verify(std::str::from_utf8(&changed).expect("ASCII")));
    }
}

#[test]
fn another_issuer_is_refused_to_the_letter() {
    let scene = Scene::new();
    for issuer in ["", "http://127.0.0.1:8080/", "HTTP://127.0.0.1:8080", "https://127.0.0.1:8080"] {
        assert_invalid(&scene.claim("iss", issuer));
    }
    assert_invalid(&scene.claim("iss", json!([TestIssuer::ISSUER])));
}

#[test]
fn an_audience_without_ours_or_of_other_things_than_strings_is_refused() {
    let scene = Scene::new();
    for audience in [json!("docket"), json!(["docket"]), json!(["other", "docket"])] {
        assert!(scene.claim("aud", audience).is_ok());
    }
    let bad = [
        json!("docket-internal"),
        json!("Docket"),
        json!(""),
        json!([]),
        json!(["other"]),
        json!([["docket"]]),
        json!(["docket", 1]),
        json!(123),
        json!({ "docket": true }),
        json!(null),
    ];
    for audience in bad {
        assert_invalid(&scene.claim("aud", audience));
    }
}

#[test]
fn a_token_that_lacks_a_claim_is_refused() {
    let scene = Scene::new();
    for name in ["exp", "nbf", "iat", "iss", "aud", "sub", "sid", "jti"] {
        assert_invalid(&scene.claims(|claims| drop(claims.as_object_mut().expect("an object").remove(name))));
    }
    for name in ["auth_time", "amr", "roles"] {
        assert!(scene.claims(|claims| drop(claims.as_object_mut().expect("an object").remove(name))).is_ok(), "{name}");
    }
}

#[test]
fn times_that_are_no_whole_numbers_are_refused() {
    let scene = Scene::new();
    for name in ["exp", "nbf", "iat", "auth_time"] {
        for value in [json!("1795262400"), json!(1.5), json!(1e300), json!(u64::MAX), json!([]), json!(true)] {
            assert_invalid(&scene.claim(name, value));
        }
    }
    for name in ["exp", "nbf", "iat"] {
        assert_invalid(&scene.claim(name, json!(null)));
    }
}

#[test]
fn ids_in_another_form_are_refused() {
    let scene = Scene::new();
    let id = scene.claims.sub.to_string();
    let forms = ["".into(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}"), "me".into()];
    for form in forms {
        assert_invalid(&scene.claim("sub", form.clone()));
        assert_invalid(&scene.claim("sid", form));
    }
    assert_invalid(&scene.claim("jti", ""));
}

#[test]
fn claims_that_are_no_plain_object_are_refused() {
    let scene = Scene::new();
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": TestIssuer::KEY_ID }).to_string();
    let good = serde_json::to_string(&scene.claims).expect("JSON");
    let twice = good.replacen('{', r#"{"iss":"http://127.0.0.1:8080","#, 1);
    let claims = &scene.claims;
    let times = (claims.iat, claims.nbf, claims.exp);
    let array = json!([claims.iss, claims.aud, claims.sub, claims.sid, claims.jti, times.0, times.1, times.2]);
    for claims in [twice, array.to_string(), "null".into(), String::new(), format!("{good}{good}")] {
        assert_invalid(&scene.verify(&scene.issuer.sign_parts(&header, &claims)));
    }
}

#[test]
fn a_life_above_the_longest_is_refused() {
    let scene = Scene::new();
    let now = scene.clock.now().timestamp();
    assert!(scene.claim("exp", now + 600).is_ok());
    for exp in [now + 601, i64::MAX, now - 1] {
        assert_invalid(&scene.claim("exp", exp));
    }
    assert_invalid(&scene.claims(|claims| {
        claims["iat"] = i64::MIN.into();
        claims["exp"] = i64::MAX.into();
    }));
}

#[test]
fn a_good_token_from_more_than_five_seconds_ahead_says_that_the_clock_is_behind() {
    let scene = Scene::new();
    let now = scene.clock.now().timestamp();
    let behind = |seconds| Err(TokenError::ClockBehind { seconds });
    for name in ["nbf", "iat"] {
        assert!(scene.claim(name, now + 5).is_ok());
        assert_eq!(scene.claim(name, now + 6).map(drop), behind(6));
    }
    assert_eq!(scene.claim("nbf", i64::MAX).map(drop), behind(i64::MAX - now));
    scene.clock.advance(TimeDelta::seconds(-60));
    let token = scene.issuer.sign(&scene.claims);
    assert_eq!(scene.verify(&token).map(drop), behind(60));
    scene.clock.advance(TimeDelta::seconds(60));
    assert!(scene.verify(&token).is_ok(), "it was not remembered as a bad one");
}

#[test]
fn a_token_from_the_future_that_is_not_ours_is_invalid_as_any_other() {
    let scene = Scene::new();
    scene.clock.advance(TimeDelta::seconds(-60));
    let good = scene.issuer.sign(&scene.claims);
    let mut forged = good.clone();
    let last = if forged.ends_with("AA") { "BB" } else { "AA" };
    forged.replace_range(good.len() - 8..good.len() - 6, last);
    assert_invalid(&scene.verify(&forged));
    for (name, value) in [("iss", json!("https://other.example")), ("aud", json!("other")), ("jti", json!(""))] {
        assert_invalid(&scene.claim(name, value));
    }
}

#[test]
fn an_expired_token_is_refused_after_five_seconds_seen_before_or_not() {
    let scene = Scene::new();
    let seen = scene.issuer.sign(&scene.claims);
    assert!(scene.verify(&seen).is_ok());
    scene.clock.advance(TimeDelta::seconds(604) + TimeDelta::milliseconds(999));
    assert!(scene.verify(&seen).is_ok(), "clocks may differ by less than five seconds");
    scene.clock.advance(TimeDelta::milliseconds(1));
    let unseen = scene.issuer.sign(&Claims { jti: "unseen".into(), ..scene.claims.clone() });
    for token in [&seen, &unseen, &seen] {
        assert_eq!(scene.verify(token).map(|_| ()), Err(TokenError::Expired));
    }
}
