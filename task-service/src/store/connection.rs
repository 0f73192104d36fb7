//! A connection inside a transaction, of whichever database is open.

use sqlx::{PgConnection, SqliteConnection};

/// Lets the steps of a transaction be functions: the macros of `docket_storage` expand in place.
pub(super) enum Connection<'c> {
    Postgres(&'c mut PgConnection),
    Sqlite(&'c mut SqliteConnection),
}

impl<'c> From<&'c mut PgConnection> for Connection<'c> {
    fn from(connection: &'c mut PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

impl<'c> From<&'c mut SqliteConnection> for Connection<'c> {
    fn from(connection: &'c mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

/// Runs `$body` with `$name` bound to the open connection. Expanded in place, once a database, as `on_pool!` is.
macro_rules! on_connection {
    ($connection:expr, |$name:ident| $body:expr) => {
        match $connection {
            $crate::store::connection::Connection::Postgres(connection) => {
                let $name = &mut **connection;
                $body
            }
            $crate::store::connection::Connection::Sqlite(connection) => {
                let $name = &mut **connection;
                $body
            }
        }
    };
}

pub(super) use on_connection;
