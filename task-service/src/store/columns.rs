//! Rows whose columns are named once.
//!
//! [`table_row!`] takes the list of a table's columns. From it come the texts of statements, the values that they bind,
//! and the way in which a row of either database is read, so that nothing depends on a position counted by hand.

use chrono::{DateTime, Utc};
use docket_storage::SqliteTime;
use uuid::Uuid;

/// Defines a row of a table that belongs to an account. The fields are the columns behind `owner_id`, the rest of the
/// primary key (`id`) first.
///
/// The row has [`Columns`], reads itself from PostgreSQL and SQLite, and binds itself: to `$2` and the placeholders behind,
/// `$1` being the owner.
macro_rules! table_row {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $key:ident: $key_type:ty,
            $($column:ident: $type:ty,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(sqlx::FromRow)]
        $visibility struct $name {
            $visibility $key: $key_type,
            $($visibility $column: $type,)+
        }

        impl $name {
            /// Binds the values of all columns, in the order of the placeholders.
            $visibility fn bind<'q, DB: sqlx::Database>(
                self,
                query: sqlx::query::Query<'q, DB, DB::Arguments>,
            ) -> sqlx::query::Query<'q, DB, DB::Arguments>
            where
                $key_type: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
                $($type: sqlx::Encode<'q, DB> + sqlx::Type<DB>,)+
            {
                query.bind(self.$key)$(.bind(self.$column))+
            }
        }

        impl $crate::store::columns::Columns for $name {
            const COLUMNS: &'static str = concat!(stringify!($key) $(, ", ", stringify!($column))+);
            const BEHIND_THE_KEY: &'static [&'static str] = &[$(stringify!($column)),+];
        }

        /// Of a statement that selects `COLUMNS` first.
        impl TryFrom<&rusqlite::Row<'_>> for $name {
            type Error = rusqlite::Error;

            fn try_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                let mut values = $crate::store::columns::SqliteValues::of(row);
                // Fields are evaluated in the order in which they stand here.
                Ok(Self { $key: values.next()?, $($column: values.next()?,)+ })
            }
        }
    };
}

pub(super) use table_row;

/// The columns of a [`table_row!`] in the texts of statements.
pub(super) trait Columns {
    /// All but the owner: "id, a, b, …".
    const COLUMNS: &'static str;
    /// Those that an update sets.
    const BEHIND_THE_KEY: &'static [&'static str];

    /// The placeholders of all columns: "$2, $3, $4, …".
    fn placeholders() -> String {
        let numbers = 2..Self::BEHIND_THE_KEY.len() + 3;
        numbers.map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
    }

    /// The placeholder of a column behind the key: "$3".
    fn placeholder(column: &str) -> String {
        let place = Self::BEHIND_THE_KEY.iter().position(|other| *other == column);
        format!("${}", place.expect("the table has the column") + 3)
    }

    /// What an update sets: "a = $3, b = $4, …".
    fn assignments() -> String {
        let columns = Self::BEHIND_THE_KEY.iter().zip(3..);
        columns.map(|(column, number)| format!("{column} = ${number}")).collect::<Vec<_>>().join(", ")
    }
}

/// The values of a row, from the first column on.
pub(super) struct SqliteValues<'r> {
    row: &'r rusqlite::Row<'r>,
    next: usize,
}

impl<'r> SqliteValues<'r> {
    pub(super) fn of(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column's value.
    pub(super) fn next<T: FromSqliteColumn>(&mut self) -> rusqlite::Result<T> {
        let column = self.next;
        self.next += 1;
        T::read(self.row, column)
    }
}

/// What a column of SQLite is read into.
pub(super) trait FromSqliteColumn: Sized {
    fn read(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Self>;
}

macro_rules! read_as_it_is {
    ($($type:ty),+) => {
        $(impl FromSqliteColumn for $type {
            fn read(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Self> {
                row.get(column)
            }
        })+
    };
}

read_as_it_is!(bool, i16, i64, String, Option<String>, Uuid, Option<Uuid>);

impl FromSqliteColumn for DateTime<Utc> {
    fn read(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Self> {
        row.get(column).map(|SqliteTime(time)| time)
    }
}

impl FromSqliteColumn for Option<DateTime<Utc>> {
    fn read(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Self> {
        row.get(column).map(|time: Option<SqliteTime>| time.map(|SqliteTime(time)| time))
    }
}
