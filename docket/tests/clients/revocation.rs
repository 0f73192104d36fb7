//! A sign-out takes effect in another process within a second, and a verifier without news of revocations refuses
//! tokens.

use std::time::{Duration, Instant};

use docket_proto::auth::v1::SignOutRequest;
use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_testkit::{Process, eventually};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::session::{bearing, create_task, get_task, reason, sign_in, sign_up};
use crate::three_processes;

const ROUNDS: usize = 100;
const BOUND: Duration = Duration::from_secs(1);
/// The setting of the tests: how long a verifier accepts tokens without news of revocations.
const STALENESS: Duration = Duration::from_secs(3);
const STALENESS_SETTING: (&str, &str) = ("DOCKET_REVOCATION_STALENESS", "3s");
/// Tolerance, since the server uses another clock than the test.
const CLOCK_ERROR: Duration = Duration::from_millis(100);
const RECOVERY: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_signed_out_token_is_refused_by_the_task_service_within_a_second() {
    let docket = three_processes().await;
    let auth = docket.start_auth().ready().await;
    let task = docket.start_task(&[]).ready().await;
    let first = sign_up(auth.channel(), "Ada").await;
    let id = create_task(task.channel(), &first.access_token, "Water the plants").await;

    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.push(sign_out_round(&auth, task.channel(), &id).await);
    }

    times.sort_unstable();
    let (median, late, longest) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100 - 1], times[ROUNDS - 1]);
    println!("from the answer of SignOut to refusal, {ROUNDS} rounds: p50 {median:?}, p99 {late:?}, max {longest:?}");
    assert!(longest < BOUND, "{longest:?}");
    assert!(get_task(task.channel(), &first.access_token, &id).await.is_ok(), "other sessions go on");
}

/// Opens a session, ends it, and returns the time until the task service refuses its token.
async fn sign_out_round(auth: &Process, task: Channel, id: &str) -> Duration {
    let session = sign_in(auth.channel(), "Ada").await;
    get_task(task.clone(), &session.access_token, id).await.expect("the session is alive");
    let request = bearing(SignOutRequest::default(), &session.access_token);
    let answer = AuthServiceClient::new(auth.channel()).sign_out(request).await.expect("the session is alive");
    let answered = Instant::now();
    assert_eq!(answer.get_ref().ended_sessions, 1);
    loop {
        match get_task(task.clone(), &session.access_token, id).await {
            Ok(_) => assert!(answered.elapsed() < BOUND, "it still answers"),
            Err(status) => {
                assert_eq!(reason(&status), "TOKEN_REVOKED");
                return answered.elapsed();
            }
        }
    }
}

#[tokio::test]
async fn a_task_service_that_starts_before_the_auth_service_waits_and_recovers() {
    let docket = three_processes().await;
    let auth = docket.start_auth().ready().await;
    let session = sign_up(auth.channel(), "Ada").await;
    auth.kill();

    let task = docket.start_task(&[]);
    let refusal = answers(&task, &session.access_token).await;
    assert_eq!(refusal.code(), Code::Unavailable, "{refusal:?}");
    assert!(["KEYS_UNAVAILABLE", "REVOCATIONS_STALE"].contains(&reason(&refusal).as_str()), "{refusal:?}");
    assert!(!task.is_serving().await);

    let _auth = docket.start_auth().ready().await;
    let task = task.ready().await;
    let refusal = answers(&task, &session.access_token).await;
    assert_eq!(reason(&refusal), "NOT_FOUND", "the token is taken again");
}

/// The answer of the task service to a token, once it listens.
async fn answers(task: &Process, access_token: &str) -> Status {
    let start = Instant::now();
    loop {
        let answer = get_task(task.channel(), access_token, "019a0000-0000-7000-8000-000000000000").await;
        let status = answer.expect_err("no task has this id");
        // A status without details comes from the client: nothing listens yet.
        if !reason(&status).is_empty() || start.elapsed() > RECOVERY {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_task_service_that_hears_nothing_refuses_after_the_bound_and_recovers() {
    let docket = three_processes().await;
    let auth = docket.start_auth().ready().await;
    let task = docket.start_task(&[STALENESS_SETTING]).ready().await;
    let session = sign_up(auth.channel(), "Ada").await;
    let id = create_task(task.channel(), &session.access_token, "Water the plants").await;
    let read = || get_task(task.channel(), &session.access_token, &id);

    auth.kill();
    let killed = Instant::now();
    read().await.expect("for a while it goes on with what it knows");
    let refusal = loop {
        let asked = killed.elapsed();
        match read().await {
            Ok(_) => assert!(asked < STALENESS + CLOCK_ERROR, "it answers without knowing, {asked:?} after the end"),
            Err(status) => break status,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Unavailable, "REVOCATIONS_STALE"));
    assert!(refusal.get_error_details().retry_info().is_some(), "it says when to ask again");
    eventually(|| async { (!task.is_serving().await).then_some(()) }).await;
    let again = read().await.expect_err("it still knows nothing");
    assert_eq!(reason(&again), "REVOCATIONS_STALE");

    let _auth = docket.start_auth().ready().await;
    let restarted = Instant::now();
    while let Err(status) = read().await {
        assert_eq!(reason(&status), "REVOCATIONS_STALE");
        assert!(restarted.elapsed() < RECOVERY, "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
