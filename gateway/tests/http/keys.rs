//! `/.well-known/jwks.json`.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::site::{Place, Site};

const PATH: &str = "/.well-known/jwks.json";

/// How long the response may be cached, in seconds.
fn max_age(answer: &Response<Bytes>) -> u32 {
    let cache_control = answer.headers()["cache-control"].to_str().unwrap();
    cache_control.strip_prefix("public, max-age=").unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_keys_are_a_jwk_set() {
    for place in [Place::InProcess, Place::Remote] {
        let site = Site::start_with(place, &[]).await;
        let answer = site.get(PATH).await;
        assert_eq!(answer.status(), StatusCode::OK, "{place:?}");
        assert_eq!(answer.headers()["content-type"], "application/jwk-set+json");
        assert!((280..=300).contains(&max_age(&answer)), "{place:?}: {}", max_age(&answer));
        let set: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        let key = |kid: &str| serde_json::json!({ "kid": kid, "alg": "EdDSA", "kty": "OKP", "crv": "Ed25519", "x": "eA", "use": "sig" });
        let mut second = key("two");
        second["y"] = "eQ".into();
        assert_eq!(set, serde_json::json!({ "keys": [key("one"), second] }), "{place:?}");
    }
}

#[tokio::test]
async fn the_service_is_not_asked_each_time() {
    let site = Site::start().await;
    for _ in 0..5 {
        assert_eq!(site.get(PATH).await.status(), StatusCode::OK);
    }
    assert_eq!(site.stubs.keys.calls(), 1);
}

#[tokio::test]
async fn keys_that_were_never_known_are_not_available() {
    let site = Site::start().await;
    site.stubs.keys.fail();
    let answer = site.get(PATH).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    // The next request does not ask the service again.
    assert_eq!(site.get(PATH).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.stubs.keys.calls(), 1);
}

#[tokio::test]
async fn keys_hold_while_the_service_is_gone_and_no_longer_than_they_may() {
    let site = Site::start().await;
    assert_eq!(site.get(PATH).await.status(), StatusCode::OK);
    site.stubs.keys.fail();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(100)).await;
    tokio::time::resume();
    let answer = site.get(PATH).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!((180..=200).contains(&max_age(&answer)), "{}", max_age(&answer));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(200)).await;
    tokio::time::resume();
    assert_eq!(site.get(PATH).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}
