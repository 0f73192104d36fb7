//! WatchRevocations.

use std::time::Instant;

use chrono::TimeDelta;
use docket_identity::{ServiceCredential, new_uuid_v7};
use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::revocation_service_client::RevocationServiceClient;
use docket_testkit::{eventually, on_both_databases, seeded_random, within_ten_seconds};
use proto::revocation::Target;
use proto::sign_out_request::Scope;
use tonic::{Status, Streaming};

use crate::store::{break_revocations, mend_revocations, open_sessions};
use crate::support::{Auth, Deployment, PASSWORD, bearing, fields, reason};

type Watching = Streaming<proto::WatchRevocationsResponse>;

/// A token that a service makes now.
async fn service_token(auth: &Auth) -> String {
    let name = format!("service-{}", new_uuid_v7(auth.clock().now(), &auth.deployment.random()));
    auth.deployment.credential(&name).await.token(auth.clock().now())
}

async fn watch(auth: &Auth, bearer: &str, resume_token: &str) -> Result<Watching, Status> {
    let message = proto::WatchRevocationsRequest { resume_token: resume_token.into() };
    Ok(auth.revocations().watch_revocations(bearing(bearer, message)).await?.into_inner())
}

async fn next(watching: &mut Watching) -> proto::WatchRevocationsResponse {
    within_ten_seconds(watching.message()).await.unwrap().expect("the stream goes on")
}

/// The next message that is no heartbeat.
async fn next_news(watching: &mut Watching) -> proto::WatchRevocationsResponse {
    within_ten_seconds(async {
        loop {
            let message = next(watching).await;
            if !message.revocations.is_empty() {
                return message;
            }
        }
    })
    .await
}

fn sessions(message: &proto::WatchRevocationsResponse) -> Vec<String> {
    let targets = message.revocations.iter().map(|revocation| revocation.target.clone().unwrap());
    targets
        .map(|target| match target {
            Target::SessionId(id) => id,
            other => panic!("a session: {other:?}"),
        })
        .collect()
}

on_both_databases! {
    async fn first_come_all_in_force_then_each_new_one(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let ended = [auth.sign_in(&person).await, auth.sign_in(&person).await];
        auth.sign_out(&person.tokens.access_token, Scope::Others).await.unwrap();
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        let first = next(&mut watching).await;
        let mut expected = ended.map(|tokens| tokens.session_id);
        expected.sort();
        let mut given = sessions(&first);
        given.sort();
        assert_eq!(given, expected);
        assert!(first.caught_up && !first.resume_token.is_empty());
        let now = auth.clock().now().timestamp();
        assert_eq!(first.revocations[0].revoke_time.unwrap().seconds, now);
        let covered = first.revocations[0].expire_time.unwrap().seconds - now;
        assert!(covered >= 605, "longer than any token lives: {covered} s");

        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        assert_eq!(sessions(&next_news(&mut watching).await), [person.tokens.session_id]);
    }

    async fn many_revocations_come_in_few_messages(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let sessions_open = open_sessions(&auth, &person, 40).await;
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        next(&mut watching).await;
        let start = Instant::now();
        let revoking = async {
            for session in &sessions_open {
                let message = proto::RevokeSessionRequest { session_id: session.to_string() };
                auth.accounts().revoke_session(bearing(&person.tokens.access_token, message)).await.unwrap();
            }
        };
        let watched = async {
            let (mut given, mut messages) = (0, 0);
            while given < sessions_open.len() {
                given += next_news(&mut watching).await.revocations.len();
                messages += 1;
            }
            messages
        };
        let (messages, ()) = tokio::join!(watched, revoking);
        // Each message is a look at the table, which reads what the last ones have read again.
        let most = start.elapsed().as_millis() / 100 + 2;
        assert!(messages <= most, "{messages} messages, {most} at most");
    }

    async fn a_heartbeat_comes_without_news_and_repeats_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        let first = next(&mut watching).await;
        for _ in 0..3 {
            let heartbeat = next(&mut watching).await;
            assert!(heartbeat.revocations.is_empty() && heartbeat.caught_up);
            assert_eq!(heartbeat.resume_token, first.resume_token);
        }
    }

    async fn a_look_begins_where_the_last_one_ended_also_where_there_was_no_news(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        let first = next(&mut watching).await;
        auth.advance(TimeDelta::minutes(1)).await;
        let moved = within_ten_seconds(async {
            loop {
                let heartbeat = next(&mut watching).await;
                if heartbeat.resume_token != first.resume_token {
                    return heartbeat.resume_token;
                }
            }
        });
        // What was revoked a minute ago is not read again.
        let resumed = next(&mut watch(&auth, &service_token(&auth).await, &moved.await).await.unwrap()).await;
        assert!(resumed.revocations.is_empty() && resumed.caught_up);
    }

    async fn a_stream_goes_on_where_another_ended(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let (early, late) = (auth.sign_in(&person).await, auth.sign_in(&person).await);
        auth.sign_out(&early.access_token, Scope::This).await.unwrap();
        let token = service_token(&auth).await;
        let resume_token = next(&mut watch(&auth, &token, "").await.unwrap()).await.resume_token;
        auth.advance(TimeDelta::seconds(30)).await;
        auth.sign_out(&late.access_token, Scope::This).await.unwrap();
        let later = next(&mut watch(&auth, &token, &resume_token).await.unwrap()).await;
        // What was given before may come again; it does no harm.
        assert_eq!(sessions(&later).last(), Some(&late.session_id));
        let last = next(&mut watch(&auth, &token, &later.resume_token).await.unwrap()).await;
        assert!(!sessions(&last).contains(&early.session_id));
    }

    async fn a_clock_set_back_loses_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        auth.advance(TimeDelta::minutes(10)).await;
        let person = auth.sign_up("Ada").await;
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        next(&mut watching).await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        let news = next_news(&mut watching).await;
        assert_eq!(sessions(&news), [person.tokens.session_id.as_str()]);

        auth.advance(TimeDelta::minutes(-10)).await;
        let late = auth.sign_in(&person).await;
        auth.sign_out(&late.access_token, Scope::This).await.unwrap();
        assert_eq!(sessions(&next_news(&mut watching).await), [late.session_id.as_str()]);
        let mut resumed = watch(&auth, &service_token(&auth).await, &news.resume_token).await.unwrap();
        assert!(sessions(&next_news(&mut resumed).await).contains(&late.session_id), "also where another watch ended");
    }

    async fn what_no_token_can_match_any_more_is_not_sent(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        auth.advance(TimeDelta::minutes(12)).await;
        let first = next(&mut watch(&auth, &service_token(&auth).await, "").await.unwrap()).await;
        assert!(first.revocations.is_empty() && first.caught_up);
    }

    async fn a_deleted_account_is_revoked_as_a_whole(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        next(&mut watching).await;
        let message = proto::DeleteAccountRequest { current_password: PASSWORD.into() };
        auth.accounts().delete_account(bearing(&person.tokens.access_token, message)).await.unwrap();
        let targets: Vec<_> =
            next_news(&mut watching).await.revocations.into_iter().map(|revocation| revocation.target).collect();
        assert!(targets.contains(&Some(Target::Subject(person.account.id))), "{targets:?}");
        assert!(targets.contains(&Some(Target::SessionId(person.tokens.session_id))), "{targets:?}");
    }

    async fn what_another_replica_commits_is_sent(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let (one, other) = (deployment.start().await, deployment.start().await);
        let person = one.sign_up("Ada").await;
        let mut watching = watch(&other, &service_token(&other).await, "").await.unwrap();
        next(&mut watching).await;
        one.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        assert_eq!(sessions(&next_news(&mut watching).await), [person.tokens.session_id]);
    }

    async fn a_service_whose_clock_differs_is_told_so(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let credential = auth.deployment.credential("task-service").await;
        let now = auth.clock().now();
        let first = next(&mut watch(&auth, &credential.token(now), "").await.unwrap()).await;
        assert_eq!(first.server_time.unwrap().seconds, now.timestamp());
        for seconds in [60, -400] {
            let refused = watch(&auth, &credential.token(now + TimeDelta::seconds(seconds)), "").await.unwrap_err();
            assert_eq!(reason(&refused), "CLOCK_SKEW", "{seconds}");
        }
    }

    async fn only_services_may_watch(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let credential = auth.deployment.credential("task-service").await;
        let (now, random) = (auth.clock().now(), seeded_random(99));
        let unknown = ServiceCredential::generate(now, &random);
        let unstarted = auth.revocations().watch_revocations(proto::WatchRevocationsRequest::default()).await;
        assert_eq!(reason(&unstarted.unwrap_err()), "TOKEN_MISSING");
        let altered = credential.expose().replace("docket_service_", "docket_service_x");
        for bad in [
            person.tokens.access_token,
            unknown.token(now),
            unknown.expose(),
            credential.expose(),
            altered,
            new_uuid_v7(now, &random).to_string(),
        ] {
            assert_eq!(reason(&watch(&auth, &bad, "").await.unwrap_err()), "TOKEN_INVALID", "{bad}");
        }
        assert!(watch(&auth, &credential.token(now), "").await.is_ok());
    }

    async fn a_revoked_credential_ends_its_streams_and_opens_none(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = auth.deployment.credential("task-service").await.token(auth.clock().now());
        let replaced = auth.deployment.credential("other").await.token(auth.clock().now());
        let good = service_token(&auth).await;
        let mut watching = watch(&auth, &token, "").await.unwrap();
        let mut replacing = watch(&auth, &replaced, "").await.unwrap();
        let mut untouched = watch(&auth, &good, "").await.unwrap();
        for stream in [&mut watching, &mut replacing, &mut untouched] {
            next(stream).await;
        }
        auth.deployment.revoke_credential("task-service").await;
        auth.deployment.credential("other").await;
        for (stream, token) in [(&mut watching, token), (&mut replacing, replaced)] {
            // The beat is half a second; two may have been on their way.
            let mut beats = 0;
            let ended = loop {
                match within_ten_seconds(stream.message()).await {
                    Ok(message) => assert!(message.is_some(), "the stream ends with a status"),
                    Err(status) => break status,
                }
                beats += 1;
            };
            assert!(beats <= 2, "{beats}");
            assert_eq!(reason(&ended), "TOKEN_INVALID");
            assert_eq!(reason(&watch(&auth, &token, "").await.unwrap_err()), "TOKEN_INVALID");
        }
        next(&mut untouched).await;
    }

    async fn a_resume_token_that_nobody_gave_is_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = service_token(&auth).await;
        for bad in ["x", "AAAA", "AAAAAAAAAAAAAAAA", "f_________8"] {
            assert_eq!(fields(&watch(&auth, &token, bad).await.unwrap_err()), ["resume_token"], "{bad}");
        }
    }

    async fn a_lost_database_ends_the_heartbeats_and_not_the_stream(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        next(&mut watching).await;
        break_revocations(&auth).await;
        eventually(|| async { (!auth.service.is_ready().await).then_some(()) }).await;
        // One may have been on its way.
        let silence = async {
            loop {
                let wait = tokio::time::timeout(std::time::Duration::from_millis(1500), watching.message());
                match wait.await {
                    Ok(message) => assert!(message.unwrap().is_some(), "the stream goes on"),
                    Err(_) => return,
                }
            }
        };
        within_ten_seconds(silence).await;
        mend_revocations(&auth).await;
        auth.advance(TimeDelta::zero()).await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        assert_eq!(sessions(&next_news(&mut watching).await), [person.tokens.session_id]);
    }

    async fn a_stopping_server_ends_the_stream_with_a_word(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let mut watching = watch(&auth, &service_token(&auth).await, "").await.unwrap();
        next(&mut watching).await;
        auth.server.stop().await;
        let ended = within_ten_seconds(async {
            loop {
                match watching.message().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("the stream ends with a status"),
                    Err(status) => return status,
                }
            }
        });
        assert_eq!(reason(&ended.await), "SHUTTING_DOWN");
    }

    async fn in_the_same_process_no_token_is_needed(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let mut local = RevocationServiceClient::new(auth.service.local_routes());
        let watching = local.watch_revocations(proto::WatchRevocationsRequest::default()).await.unwrap();
        let mut watching = watching.into_inner();
        next(&mut watching).await;
        auth.sign_out(&person.tokens.access_token, Scope::This).await.unwrap();
        assert_eq!(sessions(&next_news(&mut watching).await), [person.tokens.session_id]);
    }

    async fn the_gateway_cannot_forward_it(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = service_token(&auth).await;
        let mut forwarded = RevocationServiceClient::new(auth.service.routes());
        let message = bearing(&token, proto::WatchRevocationsRequest::default());
        assert_eq!(forwarded.watch_revocations(message).await.unwrap_err().code(), tonic::Code::Unimplemented);
    }
}
