//! What services may rely on, on both databases. Tables are the tests' own: the services' change under them.

mod connections;
mod errors;
mod inspect;
mod outages;
mod readers;
mod roles;
mod schema;
mod sqlite_faults;
mod transactions;
mod urls;
