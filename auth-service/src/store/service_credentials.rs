//! The table `service_credentials`: the public keys of Docket's own services.

use chrono::{DateTime, Utc};
use docket_storage::{StoreError, on_database};
use sqlx::QueryBuilder;
use tracing::instrument;
use uuid::Uuid;

use super::Store;
use super::row::row;
use crate::domain::KnownService;

row! {
    struct ServiceRow, service_columns! {
        id: Uuid,
        name: String,
        public_key: Vec<u8>,
        create_time: DateTime<Utc>,
    }
}

impl From<ServiceRow> for KnownService {
    fn from(row: ServiceRow) -> Self {
        let ServiceRow { id, name, public_key, create_time } = row;
        Self { id, name, public_key, create_time }
    }
}

impl From<&KnownService> for ServiceRow {
    fn from(service: &KnownService) -> Self {
        let KnownService { id, name, public_key, create_time } = service.clone();
        Self { id, name, public_key, create_time }
    }
}

/// The statement that adds a service, for either database, with what is to happen where its name is taken.
macro_rules! insert_service {
    ($service:expr, $conflict:expr) => {{
        let mut insert = QueryBuilder::new(concat!("INSERT INTO service_credentials (", service_columns!(), ") "));
        insert.push_values([ServiceRow::from($service)], |mut values, row| row.push_to(&mut values));
        insert.push($conflict);
        insert
    }};
}

impl Store {
    /// Stores a credential.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] where its name is taken; else where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn insert_service(&self, service: &KnownService) -> Result<(), StoreError> {
        on_database!(self.db.write(), |pool| {
            insert_service!(service, "").build().execute(pool).await?;
        });
        Ok(())
    }

    /// Stores a credential, and replaces the one of the same name.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn replace_service(&self, service: &KnownService) -> Result<(), StoreError> {
        let replace = " ON CONFLICT (name) DO UPDATE
             SET id = excluded.id, public_key = excluded.public_key, create_time = excluded.create_time";
        on_database!(self.db.write(), |pool| {
            insert_service!(service, replace).build().execute(pool).await?;
        });
        Ok(())
    }

    /// All services whose credentials are good, by name.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn services(&self) -> Result<Vec<KnownService>, StoreError> {
        let rows: Vec<ServiceRow> = on_database!(self.db.read(), |pool| {
            sqlx::query_as(concat!("SELECT ", service_columns!(), " FROM service_credentials ORDER BY name"))
                .fetch_all(pool)
                .await?
        });
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Deletes the credential `name`. Returns whether there was one.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn delete_service(&self, name: &str) -> Result<bool, StoreError> {
        let deleted: Option<Uuid> = on_database!(self.db.write(), |pool| {
            sqlx::query_scalar(
                "DELETE FROM service_credentials
                 WHERE name = $1
                 RETURNING id",
            )
            .bind(name)
            .fetch_optional(pool)
            .await?
        });
        Ok(deleted.is_some())
    }

    /// The public key of the credential `id`.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
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
