//! What it costs to verify an access token that was verified before.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use docket_identity::{Clock, Expected, Jwk, KeyRing, RevocationList, TokenVerifier};
use docket_proto::auth::v1::ListKeysRequest;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use tonic::transport::Channel;

const BATCHES: usize = 5;
const BATCH: u32 = 200_000;

/// The time of one hit, of `access_token` with the keys that `auth` lists: the middle one of a few batches.
pub(crate) async fn measure(auth: Channel, issuer: &str, access_token: &str) -> anyhow::Result<Duration> {
    let clock = Clock::system();
    let listed = KeyServiceClient::new(auth).list_keys(ListKeysRequest {}).await?.into_inner();
    let keys = listed.keys.into_iter().map(|key| Jwk {
        kid: key.kid,
        alg: key.alg,
        kty: key.kty,
        crv: key.crv,
        x: key.x,
        ..Jwk::default()
    });
    let ring = Arc::new(KeyRing::default());
    let skipped = ring.replace(&keys.collect::<Vec<_>>(), Duration::from_secs(3600), clock.now());
    ensure!(skipped.is_empty(), "bad keys are listed");
    let revocations = Arc::new(RevocationList::new(Duration::from_secs(3600)));
    revocations.heard(clock.now());
    let expected =
        Expected { issuer: issuer.to_owned(), audience: "docket".to_owned(), longest_life: Duration::from_secs(600) };
    let verifier = TokenVerifier::new(expected, ring, revocations, clock);
    verifier.verify(access_token).context("the server's own token is refused")?;

    let mut times: Vec<Duration> = (0..BATCHES).map(|_| batch(&verifier, access_token)).collect();
    times.sort_unstable();
    Ok(times[BATCHES / 2] / BATCH)
}

fn batch(verifier: &TokenVerifier, access_token: &str) -> Duration {
    let start = Instant::now();
    for _ in 0..BATCH {
        black_box(verifier.verify(black_box(access_token))).expect("it was good before");
    }
    start.elapsed()
}
