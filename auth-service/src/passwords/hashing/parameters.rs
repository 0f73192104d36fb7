//! What a hash costs.

use argon2::Params;

/// The parameters of Argon2id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashParameters(Params);

/// The parameters are out of argon2's range, or below what OWASP asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "password hashing with {memory_kib} KiB, {iterations} iterations and parallelism {parallelism} is too weak or not possible: the least are 47104/1/1, 19456/2/1 and 12288/3/1"
)]
pub struct WeakParameters {
    /// In KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl HashParameters {
    /// Parameters at least as costly as OWASP asks (ASVS 5.0, appendix C).
    ///
    /// # Errors
    /// See [`WeakParameters`].
    pub(crate) fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, WeakParameters> {
        let least = match iterations {
            0 => u32::MAX,
            1 => 47_104,
            2 => 19_456,
            _ => 12_288,
        };
        let params = Params::new(memory_kib, iterations, parallelism, None).ok();
        let params = params.filter(|_| memory_kib >= least);
        params.map(Self).ok_or(WeakParameters { memory_kib, iterations, parallelism })
    }

    /// The cheapest that argon2 takes. For tests of everything but hashing: no flag leads here.
    pub(crate) fn weak_for_tests() -> Self {
        Self(Params::new(Params::MIN_M_COST, 1, 1, None).expect("argon2 takes its own least"))
    }

    #[cfg(test)]
    pub(super) fn costlier_for_tests() -> Self {
        Self(Params::new(4 * Params::MIN_M_COST, 1, 1, None).expect("argon2 takes more than its least"))
    }

    pub(super) fn params(&self) -> &Params {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_owasp_is_enough_and_less_is_refused() {
        for (memory, iterations) in [(47_104, 1), (19_456, 2), (12_288, 3), (12_288, 4)] {
            assert!(HashParameters::new(memory, iterations, 1).is_ok(), "{memory} {iterations}");
            assert!(HashParameters::new(memory - 1, iterations, 1).is_err(), "{memory} {iterations}");
        }
    }

    #[test]
    fn what_argon2_cannot_do_is_refused() {
        for (memory, iterations, parallelism) in [(19_456, 0, 1), (19_456, 2, 0), (19_456, 2, 16_777_215)] {
            assert!(HashParameters::new(memory, iterations, parallelism).is_err());
        }
    }
}
