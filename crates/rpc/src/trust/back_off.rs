//! Pauses that grow, each a little by chance, so that many replicas do not come back in step.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use docket_identity::Random;

use super::FollowError;

const FIRST: Duration = Duration::from_millis(100);
/// Short enough to have recovered well before revocations count as stale.
const LONGEST: Duration = Duration::from_secs(5);

/// How often it failed since it last went well.
#[derive(Debug, Default)]
pub(super) struct BackOff {
    failures: u32,
    /// What went wrong last.
    last: Option<Discriminant<FollowError>>,
}

impl BackOff {
    /// Whether something else went wrong last, or nothing since it last went well.
    pub(super) fn is_news(&mut self, broken: &FollowError) -> bool {
        self.last.replace(discriminant(broken)) != Some(discriminant(broken))
    }

    /// It went well.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// How long to wait after one failure more: 100 ms, doubled each time up to 5 s, of which at most half is left
    /// out by chance.
    pub(super) fn next(&mut self, random: &Random) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let chance = f64::from(u32::from_be_bytes(random.bytes())) / f64::from(u32::MAX);
        longest.mul_f64(1.0 - chance / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use docket_testkit::seeded_random;

    use super::*;

    #[test]
    fn pauses_double_up_to_five_seconds_and_differ_by_chance() {
        let random = seeded_random(1);
        let mut back_off = BackOff::default();
        for longest in [100, 200, 400, 800, 1600, 3200, 5000, 5000].map(Duration::from_millis) {
            let pause = back_off.next(&random);
            assert!((longest / 2..=longest).contains(&pause), "{pause:?} of {longest:?}");
        }
        back_off.reset();
        assert!(back_off.next(&random) <= FIRST);
        assert_ne!(BackOff::default().next(&random), BackOff::default().next(&random));
    }

    #[test]
    fn a_failure_is_news_until_it_repeats_the_last() {
        let mut back_off = BackOff::default();
        assert!(back_off.is_news(&FollowError::Silent));
        assert!(!back_off.is_news(&FollowError::Silent));
        assert!(back_off.is_news(&FollowError::Ended));
        back_off.reset();
        assert!(back_off.is_news(&FollowError::Ended));
    }
}
