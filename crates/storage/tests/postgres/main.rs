//! PostgreSQL as people have it: an owner that is no superuser, users of the services' own, TLS, a pooler, a fail-over.
//! Each test starts a cluster of its own; `cargo xtask test postgres` runs them on PostgreSQL 15 and on the newest.

mod failover;
mod kit;
mod limits;
mod log;
mod plans;
mod pooler;
mod roles;
mod tls;
