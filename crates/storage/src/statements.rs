//! Statements on PostgreSQL, on a connection of our own or through a pooler in transaction mode.
//!
//! Through a pooler the next message may reach another server process: a statement that was prepared under a name is
//! not known there, and sqlx prepares and runs a statement in two messages. So each statement runs there without a
//! name and inside a transaction, which a pooler gives one server process.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Error, Execute, Executor, PgPool, Postgres, SqlStr};

use crate::PgPools;

type Step = Either<PgQueryResult, PgRow>;

/// A transaction on PostgreSQL, to run statements in.
#[derive(Debug)]
pub struct PgTransaction<'c> {
    inner: sqlx::Transaction<'c, Postgres>,
    is_pooled: bool,
}

impl<'c> PgTransaction<'c> {
    /// Statements of `transaction`; unnamed ones where there is a pooler.
    pub(crate) fn new(inner: sqlx::Transaction<'c, Postgres>, is_pooled: bool) -> Self {
        Self { inner, is_pooled }
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        self.inner.commit().await
    }

    pub(crate) async fn roll_back(self) -> Result<(), Error> {
        self.inner.rollback().await
    }
}

impl<'e> Executor<'e> for &'e mut PgTransaction<'_> {
    type Database = Postgres;

    fn fetch_many<'s, 'q: 's, Q>(self, query: Q) -> BoxStream<'s, Result<Step, Error>>
    where
        'e: 's,
        Q: 'q + Execute<'q, Postgres>,
    {
        if self.is_pooled { self.inner.fetch_many(Unnamed(query)) } else { self.inner.fetch_many(query) }
    }

    fn fetch_optional<'s, 'q: 's, Q>(self, query: Q) -> BoxFuture<'s, Result<Option<PgRow>, Error>>
    where
        'e: 's,
        Q: 'q + Execute<'q, Postgres>,
    {
        if self.is_pooled { self.inner.fetch_optional(Unnamed(query)) } else { self.inner.fetch_optional(query) }
    }

    fn prepare_with<'s>(self, sql: SqlStr, parameters: &'s [PgTypeInfo]) -> BoxFuture<'s, Result<PgStatement, Error>>
    where
        'e: 's,
    {
        self.inner.prepare_with(sql, parameters)
    }

    fn describe<'s>(self, sql: SqlStr) -> BoxFuture<'s, Result<Describe<Postgres>, Error>>
    where
        'e: 's,
    {
        self.inner.describe(sql)
    }
}

/// Single statements. Through a pooler each is committed before its first row is given.
impl<'e> Executor<'e> for &'e PgPools {
    type Database = Postgres;

    fn fetch_many<'s, 'q: 's, Q>(self, query: Q) -> BoxStream<'s, Result<Step, Error>>
    where
        'e: 's,
        Q: 'q + Execute<'q, Postgres>,
    {
        let steps = if self.is_pooled() {
            let steps = async move {
                let mut transaction = begin(&self.pool).await?;
                let steps: Vec<Step> = transaction.fetch_many(query).try_collect().await?;
                transaction.commit().await?;
                Ok::<_, Error>(stream::iter(steps).map(Ok))
            };
            stream::once(steps).try_flatten().boxed()
        } else {
            self.pool.fetch_many(query)
        };
        steps.inspect_err(|error| self.writable.judge(error)).boxed()
    }

    fn fetch_optional<'s, 'q: 's, Q>(self, query: Q) -> BoxFuture<'s, Result<Option<PgRow>, Error>>
    where
        'e: 's,
        Q: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move {
            let row = if self.is_pooled() {
                let mut transaction = begin(&self.pool).await?;
                let row = transaction.fetch_optional(query).await;
                if row.is_ok() {
                    transaction.commit().await?;
                }
                row
            } else {
                self.pool.fetch_optional(query).await
            };
            row.inspect_err(|error| self.writable.judge(error))
        })
    }

    fn prepare_with<'s>(self, sql: SqlStr, parameters: &'s [PgTypeInfo]) -> BoxFuture<'s, Result<PgStatement, Error>>
    where
        'e: 's,
    {
        self.pool.prepare_with(sql, parameters)
    }

    fn describe<'s>(self, sql: SqlStr) -> BoxFuture<'s, Result<Describe<Postgres>, Error>>
    where
        'e: 's,
    {
        self.pool.describe(sql)
    }
}

async fn begin(pool: &PgPool) -> Result<PgTransaction<'static>, Error> {
    Ok(PgTransaction::new(pool.begin().await?, true))
}

/// A statement that is prepared without a name.
struct Unnamed<Q>(Q);

impl<'q, Q: Execute<'q, Postgres>> Execute<'q, Postgres> for Unnamed<Q> {
    fn sql(self) -> SqlStr {
        self.0.sql()
    }

    fn statement(&self) -> Option<&PgStatement> {
        self.0.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<PgArguments>, BoxDynError> {
        self.0.take_arguments()
    }

    fn persistent(&self) -> bool {
        false
    }
}
