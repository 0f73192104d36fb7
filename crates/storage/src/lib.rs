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
mod pool_state;
mod pooler;
mod postgres_readers;
mod require_schema;
mod roles;
mod service_database;
mod session;
mod sqlite;
mod sqlite_file;
mod sqlite_readers;
mod statements;
mod transaction;
mod turns;
mod url;
mod writable;

pub use connect::{ConnectError, Role, connect, connect_with};
pub use db::{Db, OnDatabase, PgPools};
pub use deadline::{until, without_deadline};
pub use detached::{DETACHED_LIMIT, detached, within};
pub use error::{CorruptValue, StoreError};
pub use inspect::{Excess, RowSecurity, allowed_connections, database_time, excess, row_security};
pub use migrations::{MigrateError, Schema, migrate, schema};
pub use pool_state::PoolState;
pub use pooler::{Pooler, PostgresSettings};
pub use postgres_readers::PgReaders;
pub use require_schema::{SchemaError, require_current_schema};
pub use roles::{BadPassword, RolePassword, allow_login};
pub use service_database::{ServiceDatabase, ServiceDatabaseError};
pub use sqlite::SqlitePools;
pub use sqlite_readers::{SqliteReaders, SqliteTime};
pub use statements::PgTransaction;
pub use transaction::Transaction;
pub use url::{DatabaseUrl, ParseDatabaseUrlError};
