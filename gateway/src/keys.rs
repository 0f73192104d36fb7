//! `/.well-known/jwks.json`: the keys that verify Docket's tokens, as a JWK set (RFC 7517).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use docket_identity::Jwk;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::auth::v1::{ListKeysRequest, ListKeysResponse, PublicKey};
use docket_rpc::Shielded;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::body::Body;

use crate::refusal::plain;

/// A list is asked for anew after this part of the time that it holds.
const REFRESH_PART: u32 = 10;
/// How long after a fault nobody asks again.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Gives out the auth service's keys. Cloning is cheap; clones share what they hold.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    service: KeyServiceClient<Shielded>,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    list: Option<KeyList>,
    /// When the service did not answer.
    fault: Option<Instant>,
}

#[derive(Clone, Debug)]
struct KeyList {
    document: Bytes,
    fetched: Instant,
    max_age: Duration,
}

#[derive(Serialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

impl Keys {
    pub(crate) fn new(auth: Shielded) -> Self {
        Self { service: KeyServiceClient::new(auth), held: Arc::default() }
    }

    /// Answers a GET. A list that can't be renewed is given out for as long as it holds, and no longer.
    pub(crate) async fn answer(&self) -> Response<Body> {
        let Some((document, max_age)) = self.current().await else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "the signing keys are not available; try again\n");
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")),
            (header::CACHE_CONTROL, cache_control(max_age)),
        ];
        let mut response = Response::new(Body::new(Full::new(document)));
        response.headers_mut().extend(headers);
        response
    }

    /// The document, and for how long it holds yet: a key must be listed that long before it signs, wherever the list
    /// has waited in between.
    async fn current(&self) -> Option<(Bytes, Duration)> {
        // One asks, the others wait for its answer.
        let mut held = self.held.lock().await;
        if held.is_due() {
            let answer = self.service.clone().list_keys(ListKeysRequest {}).await;
            match answer.map(|answer| KeyList::new(answer.into_inner())) {
                Ok(list) => *held = Held { list: Some(list), fault: None },
                Err(status) => {
                    tracing::warn!(code = ?status.code(), "the signing keys can't be fetched");
                    held.fault = Some(Instant::now());
                }
            }
        }
        let list = held.list.as_ref()?;
        let left = list.max_age.checked_sub(list.fetched.elapsed()).filter(|left| !left.is_zero())?;
        Some((list.document.clone(), left))
    }
}

impl Held {
    fn is_due(&self) -> bool {
        let is_old = self.list.as_ref().is_none_or(|list| list.fetched.elapsed() >= list.max_age / REFRESH_PART);
        is_old && self.fault.is_none_or(|fault| fault.elapsed() >= BACK_OFF)
    }
}

impl KeyList {
    fn new(answer: ListKeysResponse) -> Self {
        let set = JwkSet { keys: answer.keys.into_iter().map(jwk).collect() };
        let document = serde_json::to_vec(&set).expect("strings are JSON").into();
        let max_age = Duration::from_secs(u64::try_from(answer.max_age_seconds).unwrap_or_default());
        Self { document, fetched: Instant::now(), max_age }
    }
}

fn cache_control(max_age: Duration) -> HeaderValue {
    let text = format!("public, max-age={}", max_age.as_secs());
    HeaderValue::try_from(text).expect("words and digits are ASCII")
}

fn jwk(key: PublicKey) -> Jwk {
    let PublicKey { kid, alg, kty, crv, x, y } = key;
    Jwk { kid, alg, kty, crv, x, y: Some(y).filter(|y| !y.is_empty()), key_use: Some("sig".to_owned()), key_ops: None }
}
