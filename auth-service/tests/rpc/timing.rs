//! How long a refusal takes tells nobody whether there is an account.
//!
//! The one test that measures time: it compares refusals of known, unknown and suspended accounts among each other, with
//! hashing at its real cost, and asks how often chance alone would make so large a difference.

use std::time::Duration;

use docket_testkit::{TestDatabase, seeded_random};
use tokio::time::Instant;

use crate::store::suspend;
use crate::support::{Auth, Deployment, PASSWORD, sign_in};

const TRIES: usize = 60;
const SHUFFLES: usize = 5000;

/// A number below `bound` from a source that is the same in every run.
fn below(random: &docket_identity::Random, bound: usize) -> usize {
    usize::try_from(u64::from_le_bytes(random.bytes()) % u64::try_from(bound).unwrap()).unwrap()
}

fn median(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2].as_secs_f64()
}

fn difference(times: &[Duration]) -> f64 {
    let (one, other) = times.split_at(times.len() / 2);
    (median(one) - median(other)).abs()
}

/// How often the medians of two halves differ by as much where the halves are drawn by lot (a permutation test).
fn chance(one: &[Duration], other: &[Duration]) -> f64 {
    let random = seeded_random(7);
    let mut times = [one, other].concat();
    let seen = difference(&times);
    let mut as_much = 1;
    for _ in 0..SHUFFLES {
        for last in (1..times.len()).rev() {
            times.swap(last, below(&random, last + 1));
        }
        as_much += usize::from(difference(&times) >= seen);
    }
    as_much as f64 / (SHUFFLES + 1) as f64
}

async fn time_of_refusal(auth: &Auth, email: &str, password: &str) -> Duration {
    let start = Instant::now();
    auth.auth().sign_in(sign_in(email, password)).await.unwrap_err();
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_known_unknown_and_suspended_accounts_take_the_same_time() {
    let deployment = Deployment::new(TestDatabase::sqlite().await);
    let auth = deployment.start_with(&deployment.config_of(&[])).await;
    auth.sign_up("Ada").await;
    let suspended = auth.sign_up("Grace").await;
    suspend(&auth, &suspended).await;
    let branches =
        [("ada@example.org", "wrong password"), ("nobody@example.org", PASSWORD), ("grace@example.org", PASSWORD)];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let random = seeded_random(1);
    // Drawn by lot, so that whatever else the machine does falls on all alike.
    while let Some(open) = (0..3).find(|branch| times[*branch].len() < TRIES) {
        let drawn = below(&random, 3);
        let branch = if times[drawn].len() < TRIES { drawn } else { open };
        let (email, password) = branches[branch];
        times[branch].push(time_of_refusal(&auth, email, password).await);
    }
    for other in [1, 2] {
        let chance = chance(&times[0], &times[other]);
        assert!(chance > 0.001, "{} is told by its time: {:?} {:?}", branches[other].0, times[0], times[other]);
    }
}

#[test]
fn the_comparison_sees_a_difference_and_no_difference() {
    let random = seeded_random(3);
    let noisy = |base: usize| -> Vec<Duration> {
        let micros = (0..TRIES).map(|_| base + below(&random, 2000));
        micros.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap())).collect()
    };
    assert!(chance(&noisy(20_000), &noisy(20_000)) > 0.001);
    assert!(chance(&noisy(20_000), &noisy(22_000)) < 0.001);
}
