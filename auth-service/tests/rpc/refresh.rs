//! RefreshSession: each case of the table in the specification.

use auth_service::AuthService;
use chrono::TimeDelta;
use docket_proto::auth::v1 as proto;
use docket_storage::{Role, connect};
use docket_testkit::{TestDatabase, on_both_databases};
use tonic::Code;

use crate::store::{events, session};
use crate::support::{Auth, Deployment, Person, fields, reason, sign_up};

const FIRST: &str = "018f3c1e-0000-7000-8000-000000000001";
const SECOND: &str = "018f3c1e-0000-7000-8000-000000000002";

/// The reason that a refresh is refused with.
async fn refusal(auth: &Auth, token: &str, request_id: &str) -> String {
    reason(&auth.refresh(token, request_id).await.unwrap_err())
}

/// Somebody whose session was rotated once, by the request FIRST, and the refresh tokens before and after.
async fn rotated(auth: &Auth) -> (Person, String, String) {
    let person = auth.sign_up("Ada").await;
    let spent = person.tokens.refresh_token.clone();
    let newest = auth.refresh(&spent, FIRST).await.unwrap().refresh_token;
    (person, spent, newest)
}

fn new_request_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

on_both_databases! {
    async fn the_newest_token_rotates(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let first = auth.refresh(&person.tokens.refresh_token, FIRST).await.unwrap();
        let second = auth.refresh(&first.refresh_token, SECOND).await.unwrap();
        assert_ne!(first.refresh_token, person.tokens.refresh_token);
        assert_ne!(second.refresh_token, first.refresh_token);
        assert_eq!(second.session_id, person.tokens.session_id);
        for tokens in [&person.tokens, &first, &second] {
            assert!(auth.whoami(&tokens.access_token).await.is_ok(), "earlier access tokens go on");
        }
    }

    async fn the_token_before_gives_the_newest_again_for_thirty_seconds(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let spent = auth.sign_up("Ada").await.tokens.refresh_token;
        let newest = auth.refresh(&spent, "").await.unwrap().refresh_token;
        auth.advance(TimeDelta::seconds(29)).await;
        for request_id in [FIRST, SECOND, ""] {
            let again = auth.refresh(&spent, request_id).await.unwrap();
            assert_eq!(again.refresh_token, newest, "the rotation named no request");
            assert!(auth.whoami(&again.access_token).await.is_ok());
        }
    }

    async fn another_request_than_the_one_that_rotated_gets_an_access_token_alone(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, spent, newest) = rotated(&auth).await;
        auth.advance(TimeDelta::seconds(29)).await;
        for request_id in [SECOND, ""] {
            let alone = auth.refresh(&spent, request_id).await.unwrap();
            assert_eq!(alone.refresh_token, "", "{request_id}");
            assert!(auth.whoami(&alone.access_token).await.is_ok());
        }
        assert_eq!(auth.refresh(&spent, FIRST).await.unwrap().refresh_token, newest);
        assert_eq!(events(&auth, &person).await, ["REFRESH_REUSED", "REFRESH_REUSED", "SIGNED_UP"]);
        assert!(auth.refresh(&newest, SECOND).await.is_ok());
    }

    async fn a_thief_who_follows_each_rotation_gets_no_refresh_token(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let (mut held, thief) = (person.tokens.refresh_token.clone(), SECOND);
        for round in 0..4 {
            let stolen = held.clone();
            auth.advance(TimeDelta::minutes(9)).await;
            held = auth.refresh(&stolen, &new_request_id(round)).await.unwrap().refresh_token;
            auth.advance(TimeDelta::seconds(5)).await;
            let taken = auth.refresh(&stolen, thief).await.unwrap();
            assert_eq!(taken.refresh_token, "", "round {round}");
        }
        let recorded = events(&auth, &person).await;
        assert_eq!(recorded.iter().filter(|kind| **kind == "REFRESH_REUSED").count(), 4, "{recorded:?}");
        assert!(auth.refresh(&held, "").await.is_ok(), "and the person goes on");
    }

    async fn a_rotation_is_recorded_as_reused_a_bounded_number_of_times(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, spent, _) = rotated(&auth).await;
        for number in 100..200 {
            assert_eq!(auth.refresh(&spent, &new_request_id(number)).await.unwrap().refresh_token, "");
        }
        let recorded = events(&auth, &person).await;
        let reused = recorded.iter().filter(|kind| **kind == "REFRESH_REUSED").count();
        assert!((2..=17).contains(&reused), "{reused}");
    }

    async fn after_that_it_ends_the_session(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, spent, newest) = rotated(&auth).await;
        auth.advance(TimeDelta::seconds(31)).await;
        assert_eq!(refusal(&auth, &spent, SECOND).await, "REFRESH_REPLAYED");
        assert_eq!(refusal(&auth, &newest, SECOND).await, "REFRESH_INVALID");
        let refused = auth.whoami(&person.tokens.access_token).await.unwrap_err();
        assert_eq!(reason(&refused), "TOKEN_REVOKED");
        assert_eq!(events(&auth, &person).await, ["REFRESH_REPLAYED", "SIGNED_UP"]);
    }

    async fn a_lost_response_is_given_again_whenever_to_the_request_that_rotated(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (_, spent, newest) = rotated(&auth).await;
        auth.advance(TimeDelta::days(1)).await;
        assert_eq!(auth.refresh(&spent, FIRST).await.unwrap().refresh_token, newest);
        assert!(auth.refresh(&newest, SECOND).await.is_ok());
    }

    async fn a_token_two_rotations_back_ends_the_session_at_once(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (_, oldest, spent) = rotated(&auth).await;
        let newest = auth.refresh(&spent, SECOND).await.unwrap().refresh_token;
        assert_eq!(refusal(&auth, &oldest, FIRST).await, "REFRESH_REPLAYED");
        assert_eq!(refusal(&auth, &newest, SECOND).await, "REFRESH_INVALID");
    }

    async fn a_replay_ends_its_own_session_only(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, oldest, spent) = rotated(&auth).await;
        let other_device = auth.sign_in(&person).await;
        auth.refresh(&spent, SECOND).await.unwrap();
        assert_eq!(refusal(&auth, &oldest, "").await, "REFRESH_REPLAYED");
        assert!(auth.whoami(&other_device.access_token).await.is_ok());
        assert!(auth.refresh(&other_device.refresh_token, "").await.is_ok());
    }

    async fn the_end_of_a_replayed_session_survives_a_new_start(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let auth = deployment.start().await;
        let (person, oldest, spent) = rotated(&auth).await;
        let newest = auth.refresh(&spent, SECOND).await.unwrap().refresh_token;
        assert_eq!(refusal(&auth, &oldest, "").await, "REFRESH_REPLAYED");
        drop(auth);
        let auth = deployment.start().await;
        assert_eq!(refusal(&auth, &newest, SECOND).await, "REFRESH_INVALID");
        assert_eq!(reason(&auth.whoami(&person.tokens.access_token).await.unwrap_err()), "TOKEN_REVOKED");
    }

    async fn a_token_that_is_not_ours_ends_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        let token = &person.tokens.refresh_token;
        let changed = if token.starts_with('A') { token.replacen('A', "B", 1) } else { format!("A{}", &token[1..]) };
        for bad in [&changed, &token[1..], &token[..token.len() - 1], &format!("{token}A"), "x", &person.tokens.access_token] {
            assert_eq!(refusal(&auth, bad, "").await, "REFRESH_INVALID", "{bad}");
        }
        assert!(auth.refresh(token, "").await.is_ok());
    }

    async fn a_token_of_another_deployment_is_not_ours(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let elsewhere = Auth::start(TestDatabase::sqlite().await).await;
        let foreign = elsewhere.sign_up("Ada").await.tokens.refresh_token;
        assert_eq!(refusal(&auth, &foreign, "").await, "REFRESH_INVALID");
    }

    async fn no_token_is_not_one_of_ours(database: TestDatabase) {
        let auth = Auth::start(database).await;
        assert_eq!(refusal(&auth, "", "").await, "REFRESH_INVALID");
    }

    async fn a_session_ends_seven_days_after_its_last_refresh(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (_, _, newest) = rotated(&auth).await;
        auth.advance(TimeDelta::days(6)).await;
        let renewed = auth.refresh(&newest, SECOND).await.unwrap();
        assert_eq!(renewed.refresh_expire_time.unwrap().seconds, (auth.clock().now() + TimeDelta::days(7)).timestamp());
        auth.advance(TimeDelta::days(7)).await;
        assert_eq!(refusal(&auth, &renewed.refresh_token, "").await, "REFRESH_EXPIRED");
        assert_eq!(refusal(&auth, &renewed.refresh_token, "").await, "REFRESH_EXPIRED");
    }

    async fn a_session_ends_ninety_days_after_sign_in_however_often_it_is_refreshed(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let mut tokens = auth.sign_up("Ada").await.tokens;
        let start = auth.clock().now();
        for _ in 0..15 {
            auth.advance(TimeDelta::days(6) - TimeDelta::minutes(1)).await;
            tokens = auth.refresh(&tokens.refresh_token, "").await.unwrap();
        }
        let end = start + TimeDelta::days(90);
        assert_eq!(tokens.refresh_expire_time.unwrap().seconds, end.timestamp());
        auth.advance(TimeDelta::minutes(10)).await;
        tokens = auth.refresh(&tokens.refresh_token, "").await.unwrap();
        assert_eq!(tokens.access_expire_time.unwrap().seconds, end.timestamp(), "no token outlives its session");
        auth.advance(TimeDelta::minutes(5)).await;
        assert_eq!(refusal(&auth, &tokens.refresh_token, "").await, "REFRESH_EXPIRED");
    }

    async fn a_clock_set_back_revives_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let expired = auth.sign_up("Ada").await.tokens.refresh_token;
        auth.advance(TimeDelta::days(8)).await;
        assert_eq!(refusal(&auth, &expired, "").await, "REFRESH_EXPIRED");
        let ended = auth.sign_up("Grace").await.tokens;
        auth.sign_out(&ended.access_token, proto::sign_out_request::Scope::This).await.unwrap();
        auth.clock().advance(TimeDelta::days(-7));
        assert_eq!(refusal(&auth, &expired, "").await, "REFRESH_EXPIRED");
        assert_eq!(refusal(&auth, &ended.refresh_token, "").await, "REFRESH_INVALID");
    }

    async fn what_is_no_request_id_is_named(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = auth.sign_up("Ada").await.tokens.refresh_token;
        for bad in ["1", "{018f3c1e-0000-7000-8000-000000000001}", "018f3c1e000070008000000000000001"] {
            assert_eq!(fields(&auth.refresh(&token, bad).await.unwrap_err()), ["request_id"], "{bad}");
        }
        let message = proto::RefreshSessionRequest {
            refresh_token: token.clone(),
            token_delivery: 3,
            request_id: "1".into(),
        };
        let refused = auth.auth().refresh_session(message).await.unwrap_err();
        assert_eq!(fields(&refused), ["token_delivery", "request_id"]);
        assert!(auth.refresh(&token, "").await.is_ok(), "a bad request spends nothing");
    }

    async fn a_lost_database_costs_no_token(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let db = connect(deployment.database.url(), Role::Auth).await.unwrap();
        let clock = deployment.clock.clock();
        let service = AuthService::build(&deployment.config, db.clone(), clock, deployment.random()).await.unwrap();
        let auth = deployment.serve(service).await;
        let token = auth.sign_up("Ada").await.tokens.refresh_token;
        db.close().await;
        let refused = auth.refresh(&token, FIRST).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
        let auth = deployment.start().await;
        assert!(auth.refresh(&token, FIRST).await.is_ok());
    }

    async fn the_database_holds_no_token(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, _, newest) = rotated(&auth).await;
        let row = format!("{:?}", session(&auth, &person.tokens).await.unwrap());
        assert!(!row.contains(&newest) && !row.contains(FIRST), "{row}");
    }

    async fn the_lives_of_sessions_can_be_set(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| {
            config.session_idle = std::time::Duration::from_secs(3600);
        });
        let auth = deployment.start().await;
        let tokens = auth.auth().sign_up(sign_up("Ada")).await.unwrap().into_inner().tokens.unwrap();
        auth.advance(TimeDelta::hours(1)).await;
        assert_eq!(refusal(&auth, &tokens.refresh_token, "").await, "REFRESH_EXPIRED");
    }
}
