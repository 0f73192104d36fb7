//! `/.well-known/jwks.json`: the keys that verify Docket's tokens, as a JWK set (RFC 7517).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use docket_identity::Jwk;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::auth::v1::{ListKeysRequest, ListKeysResponse, PublicKey};
use docket_rpc::{Origin, Shielded, jwk};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::body::Body;

use crate::refusal::plain;

/// A list is refreshed after its maximum age divided by this.
const REFRESH_DIVISOR: u32 = 10;
/// Interval between looks at who issues tokens.
const COMPARE_INTERVAL: Duration = Duration::from_secs(60);
/// Pause after a failure before the service is asked again.
const BACK_OFF: Duration = Duration::from_secs(1);

/// Serves the auth service's keys from a cache. Cloning is cheap; clones share the cache.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    service: KeyServiceClient<Shielded>,
    cache: Arc<Mutex<Cache>>,
}

#[derive(Debug, Default)]
struct Cache {
    list: Option<KeyList>,
    /// When the service last failed to answer.
    failed_at: Option<Instant>,
}

#[derive(Clone, Debug)]
struct KeyList {
    document: Bytes,
    /// Empty where the auth service is of an earlier release.
    issuer: String,
    fetched: Instant,
    max_age: Duration,
}

#[derive(Serialize)]
struct JwkSet {
    keys: Vec<Jwk>,
}

impl Keys {
    pub(crate) fn new(auth: Shielded) -> Self {
        Self { service: KeyServiceClient::new(auth), cache: Arc::default() }
    }

    /// Answers a GET. A list that cannot be refreshed is served until its maximum age, and no longer.
    pub(crate) async fn answer(&self) -> Response<Body> {
        let Some((KeyList { document, .. }, max_age)) = self.current().await else {
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

    /// Says in the log where tokens are issued under another URL than the one that users see here, whenever that changes,
    /// for ever.
    pub(crate) async fn compare_issuer(&self, public_url: &Origin) {
        let (expected, mut told) = (public_url.to_string(), None);
        loop {
            let Some((KeyList { issuer, .. }, _)) = self.current().await else {
                tokio::time::sleep(BACK_OFF).await;
                continue;
            };
            let differs = !issuer.is_empty() && issuer != expected;
            if differs && told.as_ref() != Some(&issuer) {
                tracing::error!(
                    %issuer,
                    public_url = expected,
                    "the auth service issues tokens under another URL: give both the same --public-url"
                );
            }
            told = differs.then_some(issuer);
            tokio::time::sleep(COMPARE_INTERVAL).await;
        }
    }

    /// The list, and how long it may still be kept. Its age counts from the service's answer: a key must be listed
    /// for the maximum age before it signs.
    async fn current(&self) -> Option<(KeyList, Duration)> {
        // One request asks the service; the others wait for the lock, and then find its answer.
        let mut cache = self.cache.lock().await;
        if cache.is_due() {
            let answer = self.service.clone().list_keys(ListKeysRequest {}).await;
            match answer.map(|answer| KeyList::new(answer.into_inner())) {
                Ok(list) => *cache = Cache { list: Some(list), failed_at: None },
                Err(status) => {
                    if cache.failed_at.is_none() {
                        tracing::warn!(code = ?status.code(), "failed to fetch the signing keys; trying again");
                    }
                    cache.failed_at = Some(Instant::now());
                }
            }
        }
        let list = cache.list.as_ref()?;
        let left = list.max_age.checked_sub(list.fetched.elapsed()).filter(|left| !left.is_zero())?;
        Some((list.clone(), left))
    }
}

impl Cache {
    /// Whether the service has to be asked.
    fn is_due(&self) -> bool {
        let is_old = self.list.as_ref().is_none_or(|list| list.fetched.elapsed() >= list.max_age / REFRESH_DIVISOR);
        is_old && self.failed_at.is_none_or(|failed_at| failed_at.elapsed() >= BACK_OFF)
    }
}

impl KeyList {
    fn new(answer: ListKeysResponse) -> Self {
        let set = JwkSet { keys: answer.keys.into_iter().map(for_signatures).collect() };
        let document = serde_json::to_vec(&set).expect("strings are JSON").into();
        let max_age = Duration::from_secs(u64::try_from(answer.max_age_seconds).unwrap_or_default());
        Self { document, issuer: answer.issuer, fetched: Instant::now(), max_age }
    }
}

fn cache_control(max_age: Duration) -> HeaderValue {
    let text = format!("public, max-age={}", max_age.as_secs());
    HeaderValue::try_from(text).expect("a directive with digits is ASCII")
}

fn for_signatures(key: PublicKey) -> Jwk {
    Jwk { key_use: Some("sig".to_owned()), ..jwk(key) }
}
