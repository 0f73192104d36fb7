//! KeyService.

use std::sync::Arc;

use docket_identity::Jwk;
use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::key_service_server::KeyService;
use tonic::{Request, Response, Status};

use crate::keys::{KEYS_MAX_AGE, SigningKeys};

/// The public keys.
#[derive(Clone, Debug)]
pub(crate) struct KeyHandlers {
    /// Where they are.
    pub(crate) keys: Arc<SigningKeys>,
}

#[tonic::async_trait]
impl KeyService for KeyHandlers {
    async fn list_keys(&self, _: Request<proto::ListKeysRequest>) -> Result<Response<proto::ListKeysResponse>, Status> {
        let keys = self.keys.public().into_iter().map(public_key).collect();
        let max_age_seconds = i32::try_from(KEYS_MAX_AGE.as_secs()).unwrap_or(i32::MAX);
        Ok(Response::new(proto::ListKeysResponse { keys, max_age_seconds }))
    }
}

fn public_key(jwk: Jwk) -> proto::PublicKey {
    let Jwk { kid, alg, kty, crv, x, y, .. } = jwk;
    proto::PublicKey { kid, alg, kty, crv, x, y: y.unwrap_or_default() }
}
