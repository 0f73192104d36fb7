//! Docket's own services, and the credentials that the auth service knows them by.

use docket_identity::{Clock, ServiceCredential, ServiceKey, service_token_key_id};
use docket_storage::StoreError;

use crate::store::Store;

/// The use cases of services. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    store: Store,
    clock: Clock,
}

/// Why a service was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdmitError {
    /// The token is not one of a service that is known here.
    #[error("not the token of a known service")]
    Invalid,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Services {
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Takes a token that a service made with its credential, or the credential itself, for operators who look by
    /// hand.
    ///
    /// # Errors
    /// See [`AdmitError`].
    pub(crate) async fn admit(&self, bearer: &str) -> Result<(), AdmitError> {
        let credential: Option<ServiceCredential> = bearer.parse().ok();
        let id = credential.as_ref().map(ServiceCredential::id).or_else(|| service_token_key_id(bearer));
        let id = id.ok_or(AdmitError::Invalid)?;
        let stored = self.store.service_public_key(id).await?.ok_or(AdmitError::Invalid)?;
        let genuine = match credential {
            Some(credential) => credential.public_key() == stored,
            None => ServiceKey::new(id, &stored).is_some_and(|key| key.verify(bearer, self.clock.now()).is_ok()),
        };
        if genuine { Ok(()) } else { Err(AdmitError::Invalid) }
    }
}
