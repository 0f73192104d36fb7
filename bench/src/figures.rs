//! What a measurement gives, and how several become one.

use std::time::Duration;

/// What one run of a case gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figures {
    /// Answers a second.
    pub(crate) per_second: f64,
    /// The time that half of the answers stayed below.
    pub(crate) median: Duration,
    /// The time that 99 of 100 answers stayed below.
    pub(crate) late: Duration,
    /// What the server's processes computed for one answer; none where there is no server of ours.
    pub(crate) cpu: Option<Duration>,
}

impl Figures {
    /// Figures of answers that took these times within `elapsed`, while the server computed for `cpu`.
    pub(crate) fn new(mut times: Vec<Duration>, elapsed: Duration, cpu: Option<Duration>) -> Option<Self> {
        let count = u32::try_from(times.len()).ok().filter(|count| *count > 0)?;
        times.sort_unstable();
        Some(Self {
            per_second: f64::from(count) / elapsed.as_secs_f64(),
            median: quantile(&times, 50),
            late: quantile(&times, 99),
            cpu: cpu.map(|cpu| cpu / count),
        })
    }

    /// Of several runs the one in the middle, by answers a second; of an even number the slower.
    pub(crate) fn middle(mut runs: Vec<Self>) -> Option<Self> {
        runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        let middle = runs.len().checked_sub(1)? / 2;
        Some(runs[middle])
    }
}

/// The smallest of the sorted `times` that at least `percent` of them do not exceed.
fn quantile(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() * percent).div_ceil(100).max(1) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(range: std::ops::RangeInclusive<u64>) -> Vec<Duration> {
        range.map(Duration::from_millis).collect()
    }

    #[test]
    fn figures_of_a_hundred_answers_in_two_seconds() {
        let figures =
            Figures::new(milliseconds(1..=100), Duration::from_secs(2), Some(Duration::from_millis(50))).unwrap();
        assert_eq!(figures.per_second, 50.0);
        assert_eq!(figures.median, Duration::from_millis(50));
        assert_eq!(figures.late, Duration::from_millis(99));
        assert_eq!(figures.cpu, Some(Duration::from_micros(500)));
    }

    #[test]
    fn no_answers_give_no_figures() {
        assert_eq!(Figures::new(Vec::new(), Duration::from_secs(1), None), None);
        assert_eq!(Figures::middle(Vec::new()), None);
    }

    #[test]
    fn the_run_in_the_middle_counts() {
        let run = |seconds| Figures::new(milliseconds(1..=1), Duration::from_secs(seconds), None).unwrap();
        assert_eq!(Figures::middle(vec![run(1), run(4), run(2)]), Some(run(2)));
        assert_eq!(Figures::middle(vec![run(1), run(2)]), Some(run(2)));
    }
}
