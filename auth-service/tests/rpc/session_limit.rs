//! How many sessions an account may have.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use docket_testkit::on_both_databases;
use futures_util::future::join_all;

use crate::store::{events, open_sessions, revoked_sessions};
use crate::support::{Auth, Deployment, Person, reason};

/// A service that lets each account have three sessions.
async fn three_at_most(database: docket_testkit::TestDatabase) -> Auth {
    Deployment::with(database, |config| config.max_sessions = 3).start().await
}

async fn displaced(auth: &Auth, person: &Person) -> usize {
    events(auth, person).await.into_iter().filter(|kind| *kind == "SESSION_DISPLACED").count()
}

on_both_databases! {
    async fn the_session_longest_unused_makes_room(database: TestDatabase) {
        let auth = three_at_most(database).await;
        let person = auth.sign_up("Ada").await;
        auth.advance(TimeDelta::seconds(1)).await;
        let unused = auth.sign_in(&person).await;
        auth.advance(TimeDelta::seconds(1)).await;
        let other = auth.sign_in(&person).await;
        assert_eq!(displaced(&auth, &person).await, 0);
        auth.advance(TimeDelta::seconds(1)).await;
        let used = auth.refresh(&person.tokens.refresh_token, "").await.unwrap();
        let newest = auth.sign_in(&person).await;

        assert_eq!(reason(&auth.whoami(&unused.access_token).await.unwrap_err()), "TOKEN_REVOKED");
        assert_eq!(reason(&auth.refresh(&unused.refresh_token, "").await.unwrap_err()), "REFRESH_INVALID");
        let left: BTreeSet<_> =
            auth.sessions(&newest.access_token).await.into_iter().map(|session| session.id).collect();
        assert_eq!(left, [used, other, newest].map(|tokens| tokens.session_id).into());
        assert_eq!(revoked_sessions(&auth).await, [unused.session_id.parse().unwrap()]);
        assert_eq!(displaced(&auth, &person).await, 1);
    }

    async fn sign_ins_at_once_do_not_pass_the_limit(database: TestDatabase) {
        let auth = three_at_most(database).await;
        let person = auth.sign_up("Ada").await;
        let opened = join_all((0..20).map(|_| auth.sign_in(&person))).await;
        let mut living = 0;
        for tokens in &opened {
            living += usize::from(auth.whoami(&tokens.access_token).await.is_ok());
        }
        assert!((2..=3).contains(&living), "{living}");
        assert_eq!(displaced(&auth, &person).await, 18);
        assert_eq!(revoked_sessions(&auth).await.len(), 18);
    }

    async fn sessions_of_others_and_those_that_ended_take_no_room(database: TestDatabase) {
        let auth = three_at_most(database).await;
        let (ada, grace) = (auth.sign_up("Ada").await, auth.sign_up("Grace").await);
        open_sessions(&auth, &ada, 2).await;
        auth.advance(TimeDelta::days(7)).await;
        for _ in 0..3 {
            auth.sign_in(&ada).await;
        }
        assert_eq!((displaced(&auth, &ada).await, displaced(&auth, &grace).await), (0, 0));
    }

    async fn an_account_with_far_too_many_shrinks_to_a_hundred(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        open_sessions(&auth, &person, 700).await;
        let mut counts = Vec::new();
        for _ in 0..3 {
            auth.advance(TimeDelta::seconds(1)).await;
            let tokens = auth.sign_in(&person).await;
            counts.push(auth.sessions(&tokens.access_token).await.len());
        }
        assert_eq!(counts, [202, 100, 100]);
    }
}
