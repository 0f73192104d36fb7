//! How services show themselves to each other.

use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{ServiceCredential, ServiceKey, ServiceTokenError, service_token_key_id};
use docket_testkit::{FakeClock, TestIssuer, seeded_random};
use serde_json::{Value, json};

fn credential(seed: u64) -> ServiceCredential {
    ServiceCredential::generate(now(), &seeded_random(seed))
}

fn now() -> DateTime<Utc> {
    FakeClock::default().now()
}

fn key(credential: &ServiceCredential) -> ServiceKey {
    ServiceKey::new(credential.id(), &credential.public_key()).expect("32 bytes")
}

#[test]
fn a_token_of_a_known_credential_is_accepted() {
    let credential = credential(1);
    let token = credential.token(now());
    assert_eq!(service_token_key_id(&token), Some(credential.id()));
    assert_eq!(key(&credential).verify(&token, now()), Ok(()));
}

#[test]
fn a_credential_comes_back_from_its_text() {
    let made = credential(1);
    let text = made.expose();
    assert!(text.starts_with("docket_service_") && !text.contains(char::is_whitespace));
    let read = ServiceCredential::from_str(&format!("  {text}\n")).expect("its own text");
    assert_eq!((read.id(), read.public_key()), (made.id(), made.public_key()));
    assert_eq!(key(&made).verify(&read.token(now()), now()), Ok(()));
    assert!(!format!("{made:?}").contains(&text[20..]), "printing it for a log shows no secret");
}

#[test]
fn other_texts_are_no_credentials() {
    let text = credential(1).expose();
    let cut = &text[..text.len() - 1];
    let encode = |length: usize| format!("docket_service_{}", URL_SAFE_NO_PAD.encode(vec![7; length]));
    let texts =
        ["", "docket_service_", cut, &text["docket_service_".len()..], &format!("{text}A"), &encode(47), &encode(49)];
    for text in texts {
        assert!(ServiceCredential::from_str(text).is_err(), "{text}");
    }
}

#[test]
fn a_token_of_another_credential_is_refused() {
    let (ours, other) = (credential(1), credential(2));
    assert!(key(&ours).verify(&other.token(now()), now()).is_err());
    let same_id = ServiceKey::new(ours.id(), &other.public_key()).expect("32 bytes");
    assert!(same_id.verify(&ours.token(now()), now()).is_err());
    assert!(ServiceKey::new(ours.id(), &other.public_key()[1..]).is_none());
}

#[test]
fn a_token_is_good_for_five_minutes_and_the_difference_of_clocks() {
    let credential = credential(1);
    let (key, token) = (key(&credential), credential.token(now()));
    for (seconds, good) in [(-6, false), (-5, true), (0, true), (304, true), (305, false), (3600, false)] {
        assert_eq!(key.verify(&token, now() + TimeDelta::seconds(seconds)).is_ok(), good, "{seconds}");
    }
}

/// Whether a service token is good, as [`verified`].
fn verify(change: impl FnOnce(&mut Value, &mut Value)) -> bool {
    verified(change).is_ok()
}

/// A good service token but for what `change` does to its header and claims, signed with the key that is known.
fn verified(change: impl FnOnce(&mut Value, &mut Value)) -> Result<(), ServiceTokenError> {
    let issuer = TestIssuer::new(FakeClock::default().clock());
    let public = URL_SAFE_NO_PAD.decode(issuer.jwk().x).expect("base64url");
    let id = credential(1).id();
    let key = ServiceKey::new(id, &public).expect("32 bytes");
    let mut header = json!({ "alg": "EdDSA", "typ": "service+jwt", "kid": id });
    let iat = now().timestamp();
    let mut claims = json!({ "iss": id, "sub": id, "aud": "docket-internal", "iat": iat, "exp": iat + 300 });
    change(&mut header, &mut claims);
    key.verify(&issuer.sign_parts(&header.to_string(), &claims.to_string()), now())
}

#[test]
fn a_token_made_at_another_time_tells_how_far_the_clocks_differ() {
    let made = |seconds: i64| {
        verified(|_, claims| {
            for name in ["iat", "exp"] {
                claims[name] = (claims[name].as_i64().expect("a number") + seconds).into();
            }
        })
    };
    assert_eq!([5, -300, -304].map(made), [Ok(()); 3]);
    for seconds in [6, 3600, -305, -3600] {
        assert_eq!(made(seconds), Err(ServiceTokenError::ClockSkew { seconds }));
    }
    let of_another = verified(|_, claims| claims["aud"] = json!("docket"));
    assert_eq!(of_another, Err(ServiceTokenError::Invalid));
}

#[test]
fn a_token_that_says_something_else_is_refused() {
    assert!(verify(|_, _| {}), "so the cases below change one thing only");
    let iat = now().timestamp();
    let claims = [
        ("aud", json!("docket")),
        ("aud", json!(["docket-internal"])),
        ("iss", json!("another")),
        ("sub", json!("another")),
        ("iat", json!(iat + 6)),
        ("iat", json!(i64::MIN)),
        ("exp", json!(iat + 301)),
        ("exp", json!(iat - 1)),
        ("exp", json!(i64::MAX)),
        ("exp", json!("soon")),
    ];
    for (name, value) in claims {
        assert!(!verify(|_, claims| claims[name] = value.clone()), "{name}: {value}");
    }
    for name in ["iss", "sub", "aud", "iat", "exp"] {
        assert!(!verify(|_, claims| drop(claims.as_object_mut().expect("an object").remove(name))), "no {name}");
    }
    let header = [
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("typ", json!("at+jwt")),
        ("typ", json!("JWT")),
        ("kid", json!(credential(2).id())),
        ("crit", json!(["exp"])),
        ("jwk", json!({})),
    ];
    for (name, value) in header {
        assert!(!verify(|header, _| header[name] = value.clone()), "{name}: {value}");
    }
}

#[test]
fn an_access_token_is_no_service_token() {
    let issuer = TestIssuer::new(FakeClock::default().clock());
    let random = seeded_random(5);
    let claims =
        issuer.claims(docket_identity::UserId::new(now(), &random), docket_identity::SessionId::new(now(), &random));
    let token = issuer.sign(&claims);
    assert_eq!(service_token_key_id(&token), None, "its key is no credential");
    assert!(key(&credential(1)).verify(&token, now()).is_err());
}
