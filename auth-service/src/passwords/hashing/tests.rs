//! The hash pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use docket_testkit::seeded_random;

use super::*;

fn new(text: &str) -> NewPassword {
    NewPassword::parse(text, 1).unwrap()
}

fn given(text: &str) -> GivenPassword {
    GivenPassword::parse(text).unwrap()
}

fn hasher(parameters: HashParameters, queue: usize, longest_wait: Duration) -> PasswordHasher {
    PasswordHasher::start(parameters, PoolSettings { threads: 1, queue, longest_wait }, seeded_random(1))
}

fn weak() -> PasswordHasher {
    hasher(HashParameters::weak_for_tests(), 8, Duration::from_secs(60))
}

/// Occupies the only thread until the sender is dropped; returns once it is occupied.
async fn occupied(hasher: &PasswordHasher) -> mpsc::Sender<()> {
    let (release, wait) = mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let job = move |_: &mut Vec<Block>| {
        let _ = started.send(());
        let _ = wait.recv();
    };
    hasher.pool.jobs.try_send(Box::new(job)).expect("the queue is empty");
    has_started.await.expect("the job begins");
    release
}

#[tokio::test]
async fn a_hash_is_argon2id_with_the_parameters_in_use() {
    let parameters = HashParameters::new(19_456, 2, 1).unwrap();
    let hash = hasher(parameters, 1, Duration::from_secs(60)).hash(new("correct horse")).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
}

#[tokio::test]
async fn the_password_is_right_and_any_other_is_wrong() {
    let hasher = weak();
    let hash = hasher.hash(new("correct horse")).await.unwrap();
    let right = hasher.check(given("correct horse"), Some(hash.clone())).await.unwrap();
    assert_eq!(right, Checked::Right { rehashed: None });
    for wrong in ["Correct horse", "correct horse ", " correct horse", "correct hors", "x"] {
        assert_eq!(hasher.check(given(wrong), Some(hash.clone())).await.unwrap(), Checked::Wrong, "{wrong}");
    }
}

#[tokio::test]
async fn every_code_point_of_a_long_password_counts() {
    let hasher = weak();
    let password = "𝕏".repeat(256);
    let hash = hasher.hash(new(&password)).await.unwrap();
    let other = format!("{}𝕐", "𝕏".repeat(255));
    assert_eq!(hasher.check(given(&other), Some(hash.clone())).await.unwrap(), Checked::Wrong);
    assert_eq!(hasher.check(given(&password), Some(hash)).await.unwrap(), Checked::Right { rehashed: None });
}

#[tokio::test]
async fn the_same_password_hashes_differently_each_time() {
    let hasher = weak();
    assert_ne!(hasher.hash(new("correct horse")).await, hasher.hash(new("correct horse")).await);
}

#[tokio::test]
async fn a_hash_with_other_parameters_is_renewed_where_the_password_is_right() {
    let hash = weak().hash(new("correct horse")).await.unwrap();
    let costlier = HashParameters::costlier_for_tests();
    for (hasher, stored) in [
        (hasher(costlier.clone(), 8, Duration::from_secs(60)), hash.clone()),
        // And the other way round: the thread's memory is too small for the stored hash.
        (weak(), hasher(costlier, 8, Duration::from_secs(60)).hash(new("correct horse")).await.unwrap()),
    ] {
        let Checked::Right { rehashed: Some(renewed) } =
            hasher.check(given("correct horse"), Some(stored.clone())).await.unwrap()
        else {
            panic!("the password is right, and the parameters are old");
        };
        assert_eq!(hasher.check(given("correct horse"), Some(renewed)).await, Ok(Checked::Right { rehashed: None }));
        assert_eq!(hasher.check(given("wrong"), Some(stored)).await, Ok(Checked::Wrong));
    }
}

#[tokio::test]
async fn without_a_good_hash_every_password_is_wrong() {
    let hasher = weak();
    let foreign =
        ["", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"];
    for stored in foreign.map(|text| Some(text.to_owned())).into_iter().chain([None]) {
        assert_eq!(hasher.check(given("x"), stored.clone()).await, Ok(Checked::Wrong), "{stored:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn other_tasks_go_on_while_hashing_runs() {
    let hasher = weak();
    let release = occupied(&hasher).await;
    let hashing = tokio::spawn({
        let hasher = hasher.clone();
        async move { hasher.hash(new("correct horse")).await }
    });
    let turns = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&turns);
    tokio::spawn(async move {
        for _ in 0..100 {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert_eq!(turns.load(Ordering::Relaxed), 100);
    assert!(!hashing.is_finished());
    drop(release);
    assert!(hashing.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_full_queue_is_busy_at_once() {
    let hasher = hasher(HashParameters::weak_for_tests(), 1, Duration::from_secs(60));
    let release = occupied(&hasher).await;
    hasher.pool.jobs.try_send(Box::new(|_| {})).expect("one may wait");
    assert_eq!(hasher.hash(new("one too many")).await, Err(HashError::Busy));
    drop(release);
}

#[tokio::test]
async fn waiting_too_long_is_busy() {
    let hasher = hasher(HashParameters::weak_for_tests(), 8, Duration::from_millis(20));
    let release = occupied(&hasher).await;
    assert_eq!(hasher.hash(new("never reached")).await, Err(HashError::Busy));
    drop(release);
}

#[tokio::test]
async fn the_job_of_a_caller_who_has_gone_is_skipped() {
    let hasher = weak();
    let release = occupied(&hasher).await;
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..5 {
        let counted = Arc::clone(&done);
        let gone = hasher.run(move || counted.fetch_add(1, Ordering::SeqCst));
        // Polled once, so that it is in the queue, and then dropped.
        assert!(tokio::time::timeout(Duration::ZERO, gone).await.is_err());
    }
    assert_eq!(hasher.waiting(), 5);
    drop(release);
    let counted = Arc::clone(&done);
    hasher.run(move || counted.fetch_add(1, Ordering::SeqCst)).await.unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 1);
    assert_eq!(hasher.waiting(), 0);
}

#[tokio::test]
async fn a_panic_costs_its_own_job_only() {
    let hasher = weak();
    let failed = hasher.run(|| panic!("on purpose")).await;
    assert_eq!(failed, Err::<(), _>(HashError::Failed));
    assert!(hasher.hash(new("goes on")).await.is_ok());
}
