//! The check that a program makes before it works on a database, and what it tells the operator.

use crate::{Db, Schema, StoreError, schema};

/// Why a program can't work on a database.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// Migrations are missing.
    #[error("the database has an older schema: run docket migrate")]
    Older,
    /// A newer program has migrated the database.
    #[error("the database has a newer schema: run the newer release")]
    Newer,
    /// The schema is made of something else than this program's migrations.
    #[error(
        "migration {version} was applied to the database in another form than this release has: run the release that \
         migrated it, or restore a backup"
    )]
    Altered {
        /// Its number.
        version: i64,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Refuses a database whose schema is not the one of this program. Changes nothing.
///
/// # Errors
/// See [`SchemaError`].
pub async fn require_current_schema(db: &Db) -> Result<(), SchemaError> {
    match schema(db).await? {
        Schema::Current => Ok(()),
        Schema::Older => Err(SchemaError::Older),
        Schema::Newer => Err(SchemaError::Newer),
        Schema::Altered { version } => Err(SchemaError::Altered { version }),
    }
}
