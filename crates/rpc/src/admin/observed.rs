//! Metrics whose values are read when somebody asks for them.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// A metric: its name, what it says, and whether it can fall.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    name: &'static str,
    help: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Gauge,
    Counter,
}

impl Metric {
    /// A value that rises and falls.
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, help, kind: Kind::Gauge }
    }

    /// A number that only grows. Its name is told with `_total` at its end.
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self { name, help, kind: Kind::Counter }
    }
}

/// The names and values that tell one series of a metric from the others.
pub type Labels = Vec<(&'static str, &'static str)>;

/// All that is read when somebody asks.
#[derive(Debug, Default)]
pub(super) struct Observed(Vec<Family>);

/// A metric with its series.
#[derive(Debug)]
struct Family {
    metric: Metric,
    series: Vec<Series>,
}

struct Series {
    labels: Labels,
    value: Box<dyn Fn() -> Option<f64> + Send + Sync>,
}

impl Observed {
    pub(super) fn add(
        &mut self,
        metric: Metric,
        labels: Labels,
        value: impl Fn() -> Option<f64> + Send + Sync + 'static,
    ) {
        let series = Series { labels, value: Box::new(value) };
        match self.0.iter_mut().find(|family| family.metric.name == metric.name) {
            Some(family) => family.series.push(series),
            None => self.0.push(Family { metric, series: vec![series] }),
        }
    }
}

impl Collector for Observed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Family { metric: Metric { name, help, kind }, series } in &self.0 {
            let mut family = encoder.encode_descriptor(name, help, None, kind.of_library())?;
            for Series { labels, value } in series {
                if let Some(value) = value() {
                    kind.encode(family.encode_family(labels)?, value)?;
                }
            }
        }
        Ok(())
    }
}

impl Kind {
    fn of_library(self) -> MetricType {
        match self {
            Self::Gauge => MetricType::Gauge,
            Self::Counter => MetricType::Counter,
        }
    }

    fn encode(self, mut encoder: MetricEncoder<'_>, value: f64) -> fmt::Result {
        match self {
            Self::Gauge => encoder.encode_gauge(&value),
            Self::Counter => encoder.encode_counter::<NoLabelSet, f64, f64>(&value, None),
        }
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.labels.fmt(formatter)
    }
}
