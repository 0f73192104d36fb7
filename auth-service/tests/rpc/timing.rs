//! How long a refusal takes tells nobody whether there is an account.
//!
//! The one test that measures time: it compares refusals of known, unknown and suspended accounts among each other, with
//! hashing at its real cost, and asks how often chance alone would make so large a difference.

use std::time::Duration;

use docket_testkit::{TestDatabase, seeded_random};
use tokio::time::Instant;

use crate::store::suspend;
use crate::support::{Auth, Deployment, PASSWORD, sign_in};

/// Branches are called in blocks that hold each of them equally often, in an order drawn by lot.
const BLOCKS: usize = 6;
const CALLS_A_BLOCK: usize = 10;
const SHUFFLES: usize = 5000;

/// How long the calls of one branch took, block by block.
type Times = Vec<[Duration; CALLS_A_BLOCK]>;

/// A number below `bound` from a source that is the same in every run.
fn below(random: &docket_identity::Random, bound: usize) -> usize {
    usize::try_from(u64::from_le_bytes(random.bytes()) % u64::try_from(bound).unwrap()).unwrap()
}

fn shuffle<T>(random: &docket_identity::Random, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(random, last + 1));
    }
}

fn median(times: &Times) -> f64 {
    let mut sorted = times.concat();
    sorted.sort();
    sorted[sorted.len() / 2].as_secs_f64()
}

fn difference(one: &Times, other: &Times) -> f64 {
    (median(one) - median(other)).abs()
}

/// How often the medians of two branches differ by as much where lots decide which time is whose (a permutation test).
///
/// Lots are drawn within each block: a machine that grows slower or faster from block to block proves nothing.
fn chance(one: &Times, other: &Times) -> f64 {
    let random = seeded_random(7);
    let (mut one, mut other) = (one.clone(), other.clone());
    let seen = difference(&one, &other);
    let mut as_much = 1;
    for _ in 0..SHUFFLES {
        for (one, other) in one.iter_mut().zip(&mut other) {
            let mut both = [*one, *other].concat();
            shuffle(&random, &mut both);
            one.copy_from_slice(&both[..CALLS_A_BLOCK]);
            other.copy_from_slice(&both[CALLS_A_BLOCK..]);
        }
        as_much += usize::from(difference(&one, &other) >= seen);
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
    let random = seeded_random(1);
    let first = times(&auth, &branches, &random).await;
    for other in [1, 2] {
        if chance(&first[0], &first[other]) > 0.001 {
            continue;
        }
        // One run in five hundred comes here by chance alone, one in 500,000 beyond the second sample.
        let second = times(&auth, &branches, &random).await;
        let chance = chance(&second[0], &second[other]);
        assert!(chance > 0.001, "{} is told by its time: {first:?} {second:?}", branches[other].0);
    }
}

/// How long each branch took to be refused, in a common order drawn by lot.
async fn times(auth: &Auth, branches: &[(&str, &str); 3], random: &docket_identity::Random) -> [Times; 3] {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..BLOCKS {
        let mut order = [0, 1, 2].repeat(CALLS_A_BLOCK);
        shuffle(random, &mut order);
        let mut block = [const { Vec::new() }; 3];
        for branch in order {
            let (email, password) = branches[branch];
            block[branch].push(time_of_refusal(auth, email, password).await);
        }
        for (times, block) in times.iter_mut().zip(block) {
            times.push(block.try_into().unwrap());
        }
    }
    times
}

#[test]
fn the_comparison_sees_a_difference_and_no_difference() {
    let random = seeded_random(3);
    // Each block is slower than the one before by more than the branches differ.
    let noisy = |base: usize| -> Times {
        let time = |block: usize| base + block * 3000 + below(&random, 2000);
        (0..BLOCKS)
            .map(|block| std::array::from_fn(|_| Duration::from_micros(u64::try_from(time(block)).unwrap())))
            .collect()
    };
    assert!(chance(&noisy(20_000), &noisy(20_000)) > 0.001);
    assert!(chance(&noisy(20_000), &noisy(22_000)) < 0.001);
}
