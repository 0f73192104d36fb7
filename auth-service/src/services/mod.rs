//! Docket's own services, and the credentials that the auth service knows them by.

use std::sync::Arc;

use docket_identity::{Clock, ServiceKey, ServiceTokenError, service_token_key_id};
use docket_rpc::LogLimit;
use docket_storage::StoreError;
use tracing::instrument;
use uuid::Uuid;

use crate::store::Store;

/// The use cases of services. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    store: Store,
    clock: Clock,
    /// Bounds the line about a service's clock, which anybody with an old token could cause again and again.
    clock_differs: Arc<LogLimit>,
}

/// A service that has shown a good token, by the credential that it made the token with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdmittedService(Uuid);

/// Why a service was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmitError {
    /// The token is not one of a service that is known here.
    #[error("not the token of a known service")]
    Invalid,
    /// The clocks of the two machines differ.
    #[error("the clock of a known service differs from this one")]
    ClockSkew,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Services {
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, clock_differs: Arc::default() }
    }

    /// Lets in whoever made `token` with a credential that is known here. The credential itself is refused: it is a
    /// secret that never travels.
    ///
    /// # Errors
    /// See [`AdmitError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn admit(&self, token: &str) -> Result<AdmittedService, AdmitError> {
        let id = service_token_key_id(token).ok_or(AdmitError::Invalid)?;
        let public_key = self.store.service_public_key(id).await?.ok_or(AdmitError::Invalid)?;
        let key = ServiceKey::new(id, &public_key).ok_or(AdmitError::Invalid)?;
        match key.verify(token, self.clock.now()) {
            Ok(()) => Ok(AdmittedService(id)),
            Err(ServiceTokenError::Invalid) => Err(AdmitError::Invalid),
            Err(ServiceTokenError::ClockSkew { seconds }) => {
                if self.clock_differs.permits() {
                    tracing::warn!(credential = %id, seconds_ahead = seconds, "the clock of a service differs from this one");
                }
                Err(AdmitError::ClockSkew)
            }
        }
    }

    /// Checks that the credential of a service that was let in was not revoked since.
    ///
    /// # Errors
    /// See [`AdmitError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn check(&self, AdmittedService(id): AdmittedService) -> Result<(), AdmitError> {
        self.store.service_public_key(id).await?.map(|_| ()).ok_or(AdmitError::Invalid)
    }
}
