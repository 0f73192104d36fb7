//! Counts and durations of calls, as metrics.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use docket_proto::METHODS;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the histogram, in seconds.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// What health checks ask, beside the contracts.
const HEALTH_METHODS: [&str; 2] = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];
/// The label of methods that are not in the contracts: what clients make up must not make labels.
const OTHER: &str = "other";

/// How many calls ended, how, and after what time: `docket_call_duration_seconds`, by method and code. Clones share
/// the counts.
#[derive(Clone, Debug)]
pub struct CallMetrics {
    durations: Family<Labels, Histogram, fn() -> Histogram>,
    methods: Arc<HashMap<&'static str, &'static str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    code: &'static str,
}

impl CallMetrics {
    /// Counts of calls, as part of `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let help = "Time from a call's arrival to the end of its answer";
        registry.register_with_unit("docket_call_duration", help, Unit::Seconds, durations.clone());
        let methods = METHODS.iter().copied().chain(HEALTH_METHODS);
        let methods = methods.map(|path| (path, path.trim_start_matches('/'))).collect();
        Self { durations, methods: Arc::new(methods) }
    }

    /// The label of the method at `path`.
    pub(crate) fn method(&self, path: &str) -> &'static str {
        self.methods.get(path).copied().unwrap_or(OTHER)
    }

    /// Counts a call of the method with this label that ended with `code`.
    pub(crate) fn count(&self, method: &'static str, code: &'static str, duration: Duration) {
        self.durations.get_or_create(&Labels { method, code }).observe(duration.as_secs_f64());
    }
}
