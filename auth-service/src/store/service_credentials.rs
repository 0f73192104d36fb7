//! The table `service_credentials`: the public halves of what our own services show.

use chrono::{DateTime, Utc};
use docket_storage::{StoreError, on_database};
use uuid::Uuid;

use super::Store;

/// What is kept of a service's credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// The credential's own id.
    pub id: Uuid,
    /// As the operator named the service.
    pub name: String,
    /// 32 bytes.
    pub public_key: Vec<u8>,
    /// When it was made.
    pub create_time: DateTime<Utc>,
}

impl Store {
    /// Keeps a credential.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn insert_service_credential(&self, credential: &StoredCredential) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            sqlx::query(
                "INSERT INTO service_credentials (id, name, public_key, create_time)
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(credential.id)
            .bind(&credential.name)
            .bind(&credential.public_key)
            .bind(credential.create_time)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// The public key of the credential `id`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn service_public_key(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(on_database!(self.db.read(), |pool| {
            sqlx::query_scalar(
                "SELECT public_key
                 FROM service_credentials
                 WHERE id = $1",
            )
            .bind(id)
            .fetch_optional(pool)
            .await?
        }))
    }
}
