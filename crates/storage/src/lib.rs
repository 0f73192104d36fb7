//! How services reach a database: one SQL text for PostgreSQL and SQLite, run on whichever is open.
//!
//! Knows no table. The SQL stands in each service's `store/`; the schema in `migrations/`.

mod connect;
mod db;
mod deadline;
mod detached;
mod error;
mod inspect;
mod migrations;
mod postgres_readers;
mod require_schema;
mod sqlite;
mod sqlite_file;
mod sqlite_readers;
mod transaction;
mod url;

pub use connect::{ConnectError, Role, connect};
pub use db::{Db, OnDatabase, PgPools};
pub use deadline::{at_leisure, until};
pub use detached::{DETACHED_LIMIT, detached, within};
pub use error::{CorruptValue, StoreError};
pub use inspect::{RowSecurity, database_time, row_security};
pub use migrations::{MigrateError, Schema, migrate, schema};
pub use postgres_readers::PgReaders;
pub use require_schema::{SchemaError, require_current_schema};
pub use sqlite::SqlitePools;
pub use sqlite_readers::{SqliteReaders, SqliteTime};
pub use transaction::Transaction;
pub use url::{DatabaseUrl, ParseDatabaseUrlError};
