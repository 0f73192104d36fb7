//! Which keys are taken, and what a verifier does about keys that it does not know.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use docket_identity::{
    Algorithm, BadKey, Claims, Expected, Jwk, KeyRing, RevocationList, SessionId, TokenError, TokenVerifier, UserId,
    VerifyingKey,
};
use docket_testkit::{FakeClock, TestIssuer, seeded_random};

const MAX_AGE: Duration = Duration::from_secs(300);

/// Published keys: RFC 8037, A.2, and RFC 7515, A.3.
fn ed25519() -> Jwk {
    Jwk {
        kid: "one".into(),
        alg: "EdDSA".into(),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into(),
        ..Jwk::default()
    }
}

fn p256() -> Jwk {
    Jwk {
        kid: "two".into(),
        alg: "ES256".into(),
        kty: "EC".into(),
        crv: "P-256".into(),
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU".into(),
        y: Some("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0".into()),
        ..Jwk::default()
    }
}

fn fault(jwk: &Jwk) -> Option<BadKey> {
    VerifyingKey::try_from(jwk).err()
}

#[test]
fn good_keys_are_taken() {
    for (jwk, algorithm) in [(ed25519(), Algorithm::EdDsa), (p256(), Algorithm::Es256)] {
        let marked = Jwk { key_use: Some("sig".into()), key_ops: Some(vec!["verify".into()]), ..jwk.clone() };
        let key = VerifyingKey::try_from(&marked).expect("the key is good");
        assert_eq!((key.id(), key.algorithm()), (jwk.kid.as_str(), algorithm));
    }
    assert_eq!(fault(&Jwk { y: Some(String::new()), ..ed25519() }), None, "absent, as proto3 writes it");
}

#[test]
fn a_key_without_an_id_is_refused() {
    assert_eq!(fault(&Jwk { kid: String::new(), ..ed25519() }), Some(BadKey::NoId));
}

#[test]
fn other_algorithms_types_and_curves_are_refused() {
    let cases = [
        Jwk { alg: "ES256".into(), ..ed25519() },
        Jwk { alg: "EdDSA".into(), ..p256() },
        Jwk { alg: String::new(), ..ed25519() },
        Jwk { alg: "none".into(), ..ed25519() },
        Jwk { kty: "EC".into(), ..ed25519() },
        Jwk { kty: "oct".into(), ..ed25519() },
        Jwk { kty: "RSA".into(), ..p256() },
        Jwk { crv: "Ed448".into(), ..ed25519() },
        Jwk { crv: "X25519".into(), ..ed25519() },
        Jwk { crv: "P-384".into(), ..p256() },
    ];
    for jwk in cases {
        assert_eq!(fault(&jwk), Some(BadKey::Unsupported), "{jwk:?}");
    }
}

#[test]
fn keys_for_other_uses_are_refused() {
    for jwk in [ed25519(), p256()] {
        assert_eq!(fault(&Jwk { key_use: Some("enc".into()), ..jwk.clone() }), Some(BadKey::NotForVerifying));
        for operations in [vec![], vec!["encrypt".to_owned()], vec!["sign".to_owned()]] {
            assert_eq!(fault(&Jwk { key_ops: Some(operations), ..jwk.clone() }), Some(BadKey::NotForVerifying));
        }
    }
}

#[test]
fn coordinates_of_another_length_or_off_the_curve_are_refused() {
    let short = URL_SAFE_NO_PAD.encode([1; 31]);
    let long = URL_SAFE_NO_PAD.encode([1; 33]);
    let padded = format!("{}=", ed25519().x);
    for x in [String::new(), "AQ".into(), short, long, padded, "not base64url!".into()] {
        assert_eq!(fault(&Jwk { x: x.clone(), ..ed25519() }), Some(BadKey::Coordinates), "{x}");
        assert_eq!(fault(&Jwk { x: x.clone(), ..p256() }), Some(BadKey::Coordinates), "{x}");
        assert_eq!(fault(&Jwk { y: Some(x), ..p256() }), Some(BadKey::Coordinates));
    }
    assert_eq!(fault(&Jwk { y: None, ..p256() }), Some(BadKey::Coordinates));
    assert_eq!(fault(&Jwk { y: Some(p256().x), ..ed25519() }), Some(BadKey::Coordinates), "superfluous");
    assert_eq!(fault(&Jwk { y: Some(p256().x), ..p256() }), Some(BadKey::Coordinates), "not on the curve");
}

#[test]
fn one_bad_key_does_not_take_the_good_ones_along() {
    let clock = FakeClock::default();
    let issuer = TestIssuer::new(clock.clock());
    let ring = Arc::new(KeyRing::default());
    let bad = Jwk { x: "AQ".into(), ..ed25519() };
    let (first, second) = (Jwk { kid: "same".into(), ..ed25519() }, Jwk { kid: "same".into(), ..p256() });
    let skipped = ring.replace(&[bad, first, issuer.jwk(), second], MAX_AGE, clock.now());
    let expected = [("one", BadKey::Coordinates), ("same", BadKey::Ambiguous), ("same", BadKey::Ambiguous)];
    assert_eq!(skipped, expected.map(|(id, fault)| (id.to_owned(), fault)));
    assert_eq!(verify(&verifier(&ring, &clock), &good_token(&issuer, &clock)), Ok(()));
}

fn verifier(ring: &Arc<KeyRing>, clock: &FakeClock) -> TokenVerifier {
    let revocations = RevocationList::new(Duration::from_secs(3600));
    revocations.heard(clock.now());
    let expected = Expected {
        issuer: TestIssuer::ISSUER.into(),
        audience: "docket".into(),
        longest_life: Duration::from_secs(600),
    };
    TokenVerifier::new(expected, Arc::clone(ring), Arc::new(revocations), clock.clock())
}

fn good_claims(issuer: &TestIssuer, clock: &FakeClock) -> Claims {
    let random = seeded_random(4);
    issuer.claims(UserId::new(clock.now(), &random), SessionId::new(clock.now(), &random))
}

fn good_token(issuer: &TestIssuer, clock: &FakeClock) -> String {
    issuer.sign(&good_claims(issuer, clock))
}

fn verify(verifier: &TokenVerifier, token: &str) -> Result<(), TokenError> {
    verifier.verify(token).map(drop)
}

#[test]
fn without_any_key_the_fault_is_ours() {
    let clock = FakeClock::default();
    let ring = Arc::new(KeyRing::default());
    assert!(ring.is_empty());
    let token = good_token(&TestIssuer::new(clock.clock()), &clock);
    assert_eq!(verify(&verifier(&ring, &clock), &token), Err(TokenError::KeysUnavailable));
}

#[test]
fn an_unknown_key_is_the_tokens_fault_while_the_list_is_fresh_and_ours_after() {
    let clock = FakeClock::default();
    let issuer = TestIssuer::new(clock.clock());
    let ring = Arc::new(KeyRing::default());
    ring.replace(&[p256()], MAX_AGE, clock.now());
    let verifier = verifier(&ring, &clock);
    let token = good_token(&issuer, &clock);
    assert_eq!(verify(&verifier, &token), Err(TokenError::Invalid));
    clock.advance(TimeDelta::seconds(299));
    assert_eq!(verify(&verifier, &token), Err(TokenError::Invalid));
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(verify(&verifier, &token), Err(TokenError::KeysUnavailable));
    ring.replace(&[issuer.jwk()], MAX_AGE, clock.now());
    assert_eq!(verify(&verifier, &token), Ok(()), "the new list knows it");
}

#[test]
fn a_known_key_verifies_however_old_the_list_is() {
    let clock = FakeClock::default();
    let issuer = TestIssuer::new(clock.clock());
    let ring = Arc::new(KeyRing::default());
    ring.replace(&[issuer.jwk()], MAX_AGE, clock.now());
    clock.advance(TimeDelta::seconds(1800));
    assert_eq!(verify(&verifier(&ring, &clock), &good_token(&issuer, &clock)), Ok(()));
}

#[test]
fn a_list_without_a_usable_key_changes_nothing_not_even_its_age() {
    let clock = FakeClock::default();
    let issuer = TestIssuer::new(clock.clock());
    let ring = Arc::new(KeyRing::default());
    ring.replace(&[issuer.jwk()], MAX_AGE, clock.now());
    clock.advance(TimeDelta::seconds(301));
    assert_eq!(ring.replace(&[], MAX_AGE, clock.now()), []);
    ring.replace(&[Jwk::default()], MAX_AGE, clock.now());
    let verifier = verifier(&ring, &clock);
    assert_eq!(verify(&verifier, &good_token(&issuer, &clock)), Ok(()));
    let header = r#"{"alg":"EdDSA","typ":"at+jwt","kid":"another"}"#;
    assert_eq!(verify(&verifier, &issuer.sign_parts(header, "{}")), Err(TokenError::KeysUnavailable));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "ECDSA draws a number of its own for each signature")]
fn a_token_signed_with_es256_verifies_with_its_own_key_only() {
    let clock = FakeClock::default();
    let ed25519 = TestIssuer::new(clock.clock());
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).expect("a key");
    let point = key.public_key().as_ref();
    let jwk = Jwk {
        kid: "es256".into(),
        x: URL_SAFE_NO_PAD.encode(&point[1..33]),
        y: Some(URL_SAFE_NO_PAD.encode(&point[33..])),
        ..p256()
    };
    let ring = Arc::new(KeyRing::default());
    ring.replace(&[jwk, ed25519.jwk()], MAX_AGE, clock.now());
    let verifier = verifier(&ring, &clock);
    let claims = serde_json::to_string(&good_claims(&ed25519, &clock)).expect("JSON");
    let sign = |algorithm: &str, kid: &str| {
        let header = format!(r#"{{"alg":"{algorithm}","typ":"at+jwt","kid":"{kid}"}}"#);
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&claims));
        let signature = key.sign(&random, message.as_bytes()).expect("it signs");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    assert_eq!(verify(&verifier, &sign("ES256", "es256")), Ok(()));
    assert_eq!(verify(&verifier, &sign("EdDSA", "es256")), Err(TokenError::Invalid));
    assert_eq!(verify(&verifier, &sign("ES256", TestIssuer::KEY_ID)), Err(TokenError::Invalid));
}
