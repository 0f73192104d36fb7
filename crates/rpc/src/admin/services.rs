//! What the metrics tell of a service, beside its calls.

use std::sync::Arc;

use chrono::TimeDelta;
use docket_identity::{TokenVerifier, VerifierState};

use super::{Admin, Job, Metric};
use crate::Trust;

const TOKENS: Metric = Metric::gauge("docket_token_cache_entries", "Verified tokens that are remembered");
const SIGNATURES: Metric = Metric::counter(
    "docket_token_signatures_checked",
    "Tokens whose signature was checked, since they were not remembered",
);
const KEYS_AGE: Metric = Metric::gauge("docket_keys_age_seconds", "Time since the public keys last came");
const REVOCATIONS_AGE: Metric =
    Metric::gauge("docket_revocations_age_seconds", "Time since news of revocations last came");
const CLOCK_OFFSET: Metric =
    Metric::gauge("docket_clock_offset_seconds", "How far the auth service's clock is ahead of this one");
const JOB_AGE: Metric = Metric::gauge("docket_job_age_seconds", "Time since the job last succeeded");
const JOB_FAILURES: Metric = Metric::counter("docket_job_failures", "Runs of the job that failed");

impl Admin {
    /// Tells what the verifier of `service` holds.
    pub fn observe_verifier(&mut self, service: &'static str, verifier: &Arc<TokenVerifier>) {
        let mut observe = |metric: Metric, value: fn(VerifierState) -> Option<f64>| {
            let verifier = Arc::clone(verifier);
            self.observe(metric, vec![("service", service)], move || value(verifier.state()));
        };
        observe(TOKENS, |state| Some(state.tokens as f64));
        observe(SIGNATURES, |state| Some(state.signatures_checked as f64));
        observe(KEYS_AGE, |state| state.keys_age.map(TimeDelta::as_seconds_f64));
        observe(REVOCATIONS_AGE, |state| state.revocations_age.map(TimeDelta::as_seconds_f64));
    }

    /// Tells how far the auth service's clock is ahead of that of `service`.
    pub fn observe_trust(&mut self, service: &'static str, trust: &Trust) {
        let trust = trust.clone();
        let offset = move || trust.clock_offset().map(TimeDelta::as_seconds_f64);
        self.observe(CLOCK_OFFSET, vec![("service", service)], offset);
    }

    /// Tells how `job` of `service` goes.
    pub fn observe_job(&mut self, service: &'static str, job: &Job) {
        let labels = vec![("service", service), ("job", job.name())];
        let (age, failures) = (job.clone(), job.clone());
        self.observe(JOB_AGE, labels.clone(), move || Some(age.seconds_since_success()));
        self.observe(JOB_FAILURES, labels, move || Some(failures.failures() as f64));
    }
}

#[cfg(feature = "storage")]
mod database {
    use docket_storage::{Db, PoolState};

    use super::{Admin, Metric};

    const MAX: Metric =
        Metric::gauge("docket_database_connections_max", "Connections that the pool may have open at most");
    const OPEN: Metric = Metric::gauge("docket_database_connections_open", "Open connections of the pool");
    const IN_USE: Metric =
        Metric::gauge("docket_database_connections_in_use", "Open connections of the pool that work on something");
    const WAITING: Metric = Metric::gauge(
        "docket_database_waiting",
        "Transactions and frequent reads that wait for a connection of the pool",
    );

    impl Admin {
        /// Tells how the connections of `service` to its database are used.
        pub fn observe_database(&mut self, service: &'static str, db: &Db) {
            for (place, PoolState { pool, .. }) in db.pools().into_iter().enumerate() {
                let mut observe = |metric: Metric, value: fn(PoolState) -> u32| {
                    let db = db.clone();
                    let value = move || db.pools().get(place).map(|pool| f64::from(value(*pool)));
                    self.observe(metric, vec![("service", service), ("pool", pool)], value);
                };
                observe(MAX, |pool| pool.max);
                observe(OPEN, |pool| pool.open);
                observe(IN_USE, |pool| pool.in_use);
                observe(WAITING, |pool| pool.waiting);
            }
        }
    }
}
