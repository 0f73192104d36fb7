//! Following an auth service: late, gone, silent, another.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{Jwk, ServiceCredential};
use docket_proto::auth::v1 as proto;
use docket_testkit::{TestDatabase, eventually, on_both_databases, seeded_random};
use proto::revocation::Target;

use crate::kit::{Account, Service, reason, unknown_id};

const STALENESS: Duration = Duration::from_secs(60);

async fn unready(database: TestDatabase) -> Service {
    Service::start_unready(database, STALENESS).await
}

async fn is_serving(service: &Service, serving: bool) {
    eventually(async || (service.health.is_serving() == serving).then_some(())).await;
}

/// What reading a task that is not there is refused with.
async fn refusal(account: &Account) -> String {
    reason(account.get(&unknown_id()).await)
}

async fn refused_with(account: &Account, expected: &str) {
    eventually(async || (refusal(account).await == expected).then_some(())).await;
}

fn timestamp(time: DateTime<Utc>) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: time.timestamp(), nanos: 0 })
}

fn revocation(service: &Service, target: Target) -> proto::Revocation {
    let now = service.clock.now();
    proto::Revocation {
        target: Some(target),
        revoke_time: timestamp(now),
        expire_time: timestamp(now + TimeDelta::minutes(15)),
    }
}

on_both_databases! {
    async fn a_service_that_starts_first_waits_and_recovers_by_itself(database: TestDatabase) {
        let service = unready(database).await;
        let account = service.account().await;
        service.auth.set_down(true);
        service.follow();
        assert_eq!(refusal(&account).await, "KEYS_UNAVAILABLE");
        is_serving(&service, false).await;
        service.auth.set_down(false);
        is_serving(&service, true).await;
        assert_eq!(refusal(&account).await, "NOT_FOUND");
    }

    async fn a_revocation_counts_as_soon_as_it_is_streamed(database: TestDatabase) {
        let service = unready(database).await;
        let (account, other) = (service.account().await, service.account().await);
        service.follow();
        is_serving(&service, true).await;
        assert_eq!(refusal(&account).await, "NOT_FOUND");
        // All sessions of tests have the same id: it is the account that is revoked here.
        service.auth.revoke(revocation(&service, Target::Subject(account.user.to_string())));
        refused_with(&account, "TOKEN_REVOKED").await;
        assert_eq!(refusal(&other).await, "NOT_FOUND");
        service.auth.revoke(revocation(&service, Target::SessionId(other.session.to_string())));
        refused_with(&other, "TOKEN_REVOKED").await;
    }

    async fn a_revoked_key_is_good_for_nothing(database: TestDatabase) {
        let service = unready(database).await;
        let account = service.account().await;
        service.follow();
        is_serving(&service, true).await;
        service.auth.revoke(revocation(&service, Target::Kid("test-key".into())));
        refused_with(&account, "TOKEN_REVOKED").await;
    }

    async fn what_was_revoked_before_it_started_is_known_from_the_first_answer_on(database: TestDatabase) {
        let service = unready(database).await;
        let account = service.account().await;
        service.auth.revoke(revocation(&service, Target::SessionId(account.session.to_string())));
        service.follow();
        is_serving(&service, true).await;
        assert_eq!(refusal(&account).await, "TOKEN_REVOKED");
    }

    async fn without_news_it_goes_on_up_to_the_bound_and_never_beyond(database: TestDatabase) {
        let service = unready(database).await;
        let account = service.account().await;
        service.follow();
        is_serving(&service, true).await;
        service.auth.set_down(true);
        service.clock.advance(TimeDelta::seconds(55));
        assert_eq!(refusal(&account).await, "NOT_FOUND");
        // Whatever was still on its way has come by now or does so after this.
        tokio::time::sleep(Duration::from_millis(100)).await;
        service.clock.advance(TimeDelta::seconds(61));
        assert_eq!(refusal(&account).await, "REVOCATIONS_STALE");
        is_serving(&service, false).await;
        service.auth.set_down(false);
        is_serving(&service, true).await;
        assert_eq!(refusal(&account).await, "NOT_FOUND");
    }

    async fn a_stream_that_says_nothing_is_opened_anew(database: TestDatabase) {
        let service = unready(database).await;
        service.follow();
        is_serving(&service, true).await;
        let opened = service.auth.streams_opened();
        service.auth.set_silent(true);
        eventually(async || (service.auth.streams_opened() > opened).then_some(())).await;
    }

    async fn a_revocation_that_can_t_be_understood_is_not_passed_over(database: TestDatabase) {
        let service = unready(database).await;
        let account = service.account().await;
        service.follow();
        is_serving(&service, true).await;
        let opened = service.auth.streams_opened();
        service.auth.revoke(proto::Revocation { target: None, ..revocation(&service, Target::Kid("x".into())) });
        eventually(async || (service.auth.streams_opened() > opened + 1).then_some(())).await;
        service.clock.advance(TimeDelta::seconds(61));
        assert_eq!(refusal(&account).await, "REVOCATIONS_STALE", "it is still in force, so nothing counts as known");
    }

    async fn keys_are_fetched_anew_when_the_stream_is(database: TestDatabase) {
        let service = unready(database).await;
        let account = service.account().await;
        service.auth.list_instead(Jwk { kid: "another".into(), ..service.issuer.jwk() });
        service.follow();
        is_serving(&service, true).await;
        assert_eq!(refusal(&account).await, "TOKEN_INVALID", "a fresh list does not have the key");
        service.auth.list_instead(service.issuer.jwk());
        service.auth.set_down(true);
        tokio::time::sleep(Duration::from_millis(100)).await;
        service.auth.set_down(false);
        refused_with(&account, "NOT_FOUND").await;
    }

    async fn each_stream_is_opened_with_a_token_of_its_own(database: TestDatabase) {
        let service = unready(database).await;
        let credential = ServiceCredential::generate(service.clock.now(), &seeded_random(8));
        let prefix_of_all = credential.token(service.clock.now()).split('.').next().unwrap().to_owned();
        let (task_service, auth) = (service.task_service.clone(), service.auth.routes());
        let (health, shutdown) = (service.health.clone(), tokio_util::sync::CancellationToken::new());
        let running = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { task_service.run(auth, Some(credential), &health, shutdown).await }
        });
        is_serving(&service, true).await;
        let tokens = service.auth.tokens();
        assert_eq!(tokens.len(), 1);
        assert!(tokens[0].starts_with(&prefix_of_all), "{tokens:?}");
        shutdown.cancel();
        running.await.expect("it ends when told");
    }
}
