//! Every method of the store, on both databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod cancelled;
mod cleanup;
mod kit;
mod page_cost;
mod page_plans;
mod request_log;
mod row_level_security;
mod task_lists;
mod task_page;
mod tasks;
mod turns;
