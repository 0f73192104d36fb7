//! KeyService.

use std::sync::Arc;

use docket_identity::{Clock, Jwk};
use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::key_service_server::KeyService;
use docket_rpc::timestamp;
use tonic::{Request, Response, Status};

use crate::keys::{KEYS_MAX_AGE, SigningKeys};

/// The public keys.
#[derive(Clone, Debug)]
pub(crate) struct KeyHandlers {
    /// The keys to list.
    pub(crate) keys: Arc<SigningKeys>,
    /// The issuer that tokens of these keys name.
    pub(crate) issuer: String,
    /// The clock that `server_time` shows.
    pub(crate) clock: Clock,
}

#[tonic::async_trait]
impl KeyService for KeyHandlers {
    async fn list_keys(&self, _: Request<proto::ListKeysRequest>) -> Result<Response<proto::ListKeysResponse>, Status> {
        let keys = self.keys.public().into_iter().map(public_key).collect();
        let max_age_seconds = i32::try_from(KEYS_MAX_AGE.as_secs()).unwrap_or(i32::MAX);
        let (issuer, server_time) = (self.issuer.clone(), Some(timestamp(self.clock.now())));
        Ok(Response::new(proto::ListKeysResponse { keys, max_age_seconds, issuer, server_time }))
    }
}

fn public_key(jwk: Jwk) -> proto::PublicKey {
    let Jwk { kid, alg, kty, crv, x, y, .. } = jwk;
    proto::PublicKey { kid, alg, kty, crv, x, y: y.unwrap_or_default() }
}
