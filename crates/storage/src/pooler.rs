//! What stands between Docket and PostgreSQL, and how many connections are made to it.

/// Whether a pooler in transaction mode (PgBouncer, Supavisor, Neon's and RDS's proxies) stands before PostgreSQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Pooler {
    /// Find out: a pooler refuses or drops the options that a session starts with.
    #[default]
    Auto,
    /// None: refuse to start where one is found.
    None,
    /// One in transaction mode.
    Transaction,
}

/// How a service reaches PostgreSQL. SQLite takes none of it.
#[derive(Clone, Copy, Debug, clap::Args)]
#[group(skip)]
pub struct PostgresSettings {
    /// Whether a pooler in transaction mode stands before PostgreSQL
    #[arg(long, env = "DOCKET_DATABASE_POOLER", value_name = "KIND", value_enum, default_value_t)]
    pub database_pooler: Pooler,
    /// Connections of each pool: the auth service has one pool, and one connection besides; the task service has two
    #[arg(long, env = "DOCKET_DATABASE_CONNECTIONS", value_name = "COUNT", default_value_t = DEFAULT_CONNECTIONS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
}

/// Size of a pool where nothing else is set; also of SQLite's readers.
pub(crate) const DEFAULT_CONNECTIONS: u32 = 8;

impl Default for PostgresSettings {
    /// As the flags have it.
    fn default() -> Self {
        Self { database_pooler: Pooler::default(), database_connections: DEFAULT_CONNECTIONS }
    }
}
