//! Opens PostgreSQL: finds out who we are there and what stands in between, and refuses what would be no wall.

use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Error};

use crate::connect::{ACQUIRE_TIMEOUT, release};
use crate::pool_state::Waiting;
use crate::turns::Turns;
use crate::writable::Writable;
use crate::{ConnectError, PgPools, PgReaders, Pooler, PostgresSettings, Role};

/// What every session of a service has: no statement waits for ever, and none is planned anew for each call. LIMIT as a
/// parameter makes PostgreSQL prefer a plan of its own each time, which costs more than to run it.
/// `docket migrate` gives the roles the same settings, which hold through a pooler.
pub(crate) const SESSION: [(&str, &str); 5] = [
    ("statement_timeout", "3s"),
    ("lock_timeout", "2s"),
    ("idle_in_transaction_session_timeout", "5s"),
    ("plan_cache_mode", "force_generic_plan"),
    // Nobody reads notices; errors are read.
    ("client_min_messages", "error"),
];

/// One account may have one connection out of so many, and at least one.
const ACCOUNT_SHARE: u32 = 4;
/// A setting of no meaning but to see whether start-up options arrive.
const DIRECT: &str = "docket.direct";

/// invalid_parameter_value (PostgreSQL, Appendix A): what a role that does not exist gives at the start of a session.
const INVALID_PARAMETER: &str = "22023";
/// insufficient_privilege: what a role gives that the user is no member of, or may not become (PostgreSQL 16).
const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// protocol_violation: how PgBouncer refuses start-up parameters that it does not know.
const PROTOCOL_VIOLATION: &str = "08P01";

/// Opens the pools for `role`.
pub(crate) async fn open(
    options: &PgConnectOptions,
    role: Role,
    settings: &PostgresSettings,
    url: &str,
) -> Result<PgPools, ConnectError> {
    let opening = Opening { url, role };
    let plain = options
        .clone()
        .application_name("docket")
        // Docket stores no floating-point numbers, and poolers refuse the parameter.
        .extra_float_digits(None)
        .disable_statement_logging();
    let Some(name) = role.name() else {
        // The owner runs few statements, and all in transactions: they pass through a pooler without being told.
        return opening.pools(plain, true, false, settings).await;
    };
    let (mut connection, is_pooled) = opening.first(&plain, settings.database_pooler).await?;
    let session: Session = sqlx::query_as(SESSION_QUERY)
        .persistent(false)
        .fetch_one(&mut *connection.begin().await.map_err(|error| opening.unreachable(error))?)
        .await
        .map_err(|error| opening.unreachable(error))?;
    drop(connection.close().await);

    let drops_role = session.user != name;
    if drops_role && is_pooled {
        return Err(ConnectError::OwnerThroughPooler { url: url.to_owned(), role: name });
    }
    if is_pooled {
        if session.statement_timeout == 0 {
            return Err(ConnectError::NoTimeLimits { url: url.to_owned(), role: name });
        }
        return opening.pools(plain, true, false, settings).await;
    }
    let needed = role.connections(settings);
    if i64::from(needed) > session.allowed {
        return Err(ConnectError::TooManyConnections { url: url.to_owned(), needed, allowed: session.allowed });
    }
    let plain = if drops_role { plain.options([("role", name)]) } else { plain };
    opening.pools(plain.options(SESSION), false, drops_role, settings).await
}

/// Who we are on the server, and how many connections it lets us have.
#[derive(sqlx::FromRow)]
struct Session {
    user: String,
    statement_timeout: i64,
    allowed: i64,
}

/// How many connections the server lets the user of the session have, all processes together.
macro_rules! allowed_connections {
    () => {
        "LEAST(
             (SELECT sum(CASE name WHEN 'max_connections' THEN setting::bigint ELSE -setting::bigint END)::bigint
              FROM pg_settings
              WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')),
             (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = session_user),
             (SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
         )"
    };
}
pub(crate) use allowed_connections;

const SESSION_QUERY: &str = concat!(
    "SELECT session_user::text AS user,
         (SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout, ",
    allowed_connections!(),
    " AS allowed"
);

struct Opening<'a> {
    url: &'a str,
    role: Role,
}

impl Opening<'_> {
    /// A first connection, and whether a pooler stands in between.
    async fn first(&self, plain: &PgConnectOptions, pooler: Pooler) -> Result<(PgConnection, bool), ConnectError> {
        if pooler == Pooler::Transaction {
            return Ok((self.connect(plain).await?, true));
        }
        let mut direct = match plain.clone().options([(DIRECT, "on")]).connect().await {
            Ok(connection) => Some(connection),
            Err(Error::Database(error)) if error.code().as_deref() == Some(PROTOCOL_VIOLATION) => None,
            Err(error) => return Err(self.unreachable(error)),
        };
        if let Some(connection) = &mut direct {
            let arrived = sqlx::raw_sql("SELECT current_setting('docket.direct', true) IS NOT NULL");
            let arrived =
                sqlx::Executor::fetch_one(connection, arrived).await.map_err(|error| self.unreachable(error))?;
            if sqlx::Row::get::<bool, _>(&arrived, 0) {
                return Ok((direct.expect("it is there"), false));
            }
        }
        match pooler {
            Pooler::None => Err(ConnectError::PoolerFound { url: self.url.to_owned() }),
            _ => Ok((self.connect(plain).await?, true)),
        }
    }

    async fn connect(&self, options: &PgConnectOptions) -> Result<PgConnection, ConnectError> {
        options.connect().await.map_err(|error| self.unreachable(error))
    }

    async fn pools(
        &self,
        options: PgConnectOptions,
        is_pooled: bool,
        drops_role: bool,
        settings: &PostgresSettings,
    ) -> Result<PgPools, ConnectError> {
        // sqlx knows statements by name, and behind a pooler there are no names.
        let options = if is_pooled { options.statement_cache_capacity(0) } else { options };
        let (size, writable) = (settings.database_connections, Writable::default());
        let (before, after) = (writable.clone(), writable.clone());
        let pool = PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // The ping would double the cost of every statement.
            .test_before_acquire(false)
            .before_acquire(move |_, connection| Box::pin(std::future::ready(Ok(before.trusts(connection.age)))))
            .after_release(move |connection, _| {
                let writable = after.clone();
                Box::pin(async move { release(connection, &writable).await })
            })
            .connect_with(options.clone())
            .await
            .map_err(|error| self.refused(error))?;
        let readers = PgReaders::new(options, size, is_pooled, writable.clone());
        Ok(PgPools {
            pool,
            readers,
            writable,
            kind: Arc::new(Kind { is_pooled, drops_role }),
            waiting: Waiting::default(),
            turns: Turns::new((size / ACCOUNT_SHARE).max(1) as usize),
        })
    }

    /// The fault of a session that starts with the role dropped.
    fn refused(&self, error: Error) -> ConnectError {
        let code = error.as_database_error().and_then(|error| error.code());
        match (code.as_deref(), self.role.name()) {
            (Some(INVALID_PARAMETER), Some(role)) => ConnectError::NoRole { url: self.url.to_owned(), role },
            (Some(INSUFFICIENT_PRIVILEGE), Some(role)) => ConnectError::RoleRefused { url: self.url.to_owned(), role },
            _ => self.unreachable(error),
        }
    }

    fn unreachable(&self, source: Error) -> ConnectError {
        ConnectError::Unreachable { url: self.url.to_owned(), source }
    }
}

/// How connections stand to the server.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) is_pooled: bool,
    pub(crate) drops_role: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::STATEMENT_TIMEOUT;

    #[test]
    fn sessions_have_the_time_limit_that_transactions_shorten() {
        assert_eq!(SESSION[0], ("statement_timeout", format!("{}s", STATEMENT_TIMEOUT.as_secs()).as_str()));
    }
}
