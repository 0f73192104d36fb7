//! The commands of `docket` as an operator sees them: output, refusals and exit codes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod configuration;
mod contract;
mod doctor;
mod logs;
mod mail;
mod mistakes;
mod operator;
mod program;
mod serve;
mod telemetry;
mod three_processes;
