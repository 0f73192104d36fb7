//! Randomness, as a parameter.

use std::fmt;
use std::sync::Arc;

/// Gives random bytes. Cloning is cheap; clones draw from the same source.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// A source that `fill` fills from. Tests pass a seeded one.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// The operating system's cryptographically secure source (ASVS v5.0.0-11.5.1). For composition roots only.
    ///
    /// It panics where the operating system has no entropy to give: nothing may go on without.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for randomness")]
    pub fn system() -> Self {
        Self::new(|bytes| aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes"))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Random")
    }
}
