//! The tables `sessions` and `security_events`.

use auth_service::domain::{Client, EventKind, Presented, RequestIdHash, SecurityEvent, Session, SessionScope};
use chrono::TimeDelta;
use docket_identity::{RevocationTarget, SessionId, UserId, new_uuid_v7};
use docket_storage::StoreError;
use docket_testkit::on_both_databases;
use uuid::Uuid;

use crate::kit::{DAY, Kit};

fn presented(session: &Session, counter: i64) -> Presented {
    Presented { session_id: session.id, counter, request: Some(RequestIdHash::of(Uuid::from_u128(1))) }
}

async fn end(kit: &Kit, user: UserId, scope: SessionScope) -> Vec<SessionId> {
    let mut transaction = kit.store.begin().await.unwrap();
    let event = |session| event(kit, user, 0, EventKind::SignedOut, Some(session));
    let ended = transaction.end_sessions(user, scope, kit.now, event).await.unwrap();
    let announced: Vec<_> = kit.commit(transaction).await.into_iter().map(|stored| stored.revocation.target).collect();
    assert_eq!(announced, ended.iter().copied().map(RevocationTarget::Session).collect::<Vec<_>>());
    ended
}

fn event(kit: &Kit, user: UserId, minutes: i64, kind: EventKind, session: Option<SessionId>) -> SecurityEvent {
    let event_time = kit.now + TimeDelta::minutes(minutes);
    let client = Client { address: Some([192, 0, 2, 7].into()), user_agent: "a browser".into() };
    let id = new_uuid_v7(event_time, &kit.random);
    SecurityEvent { id, user_id: user, kind, event_time, client, session_id: session }
}

on_both_databases! {
    async fn a_session_reads_back_as_it_was_stored(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let session = kit.session(kit.account("ada").await.id).await;
        assert_eq!(kit.store.session(session.id).await.unwrap(), Some(session));
        assert_eq!(kit.store.session(SessionId::new(kit.now, &kit.random)).await.unwrap(), None);
    }

    async fn a_session_belongs_to_an_account(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let session = kit.unstored_session(UserId::new(kit.now, &kit.random));
        let mut transaction = kit.store.begin().await.unwrap();
        // SQLite and PostgreSQL both look when the statement ends.
        let refused = transaction.insert_session(&session).await.unwrap_err();
        assert!(matches!(refused, StoreError::MissingReference(_)), "{refused:?}");
    }

    async fn a_rotation_moves_the_counter_and_the_end(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let session = kit.session(kit.account("ada").await.id).await;
        let later = kit.now + TimeDelta::hours(1);
        let client = Client { address: Some("2001:db8::7".parse().unwrap()), user_agent: "another".into() };
        let rotated = kit.store.rotate_session(&presented(&session, 0), &client, later, later + 7 * DAY).await.unwrap();
        let expected = Session {
            counter: 1,
            rotate_time: later,
            rotate_request: presented(&session, 0).request,
            client,
            last_use_time: later,
            expire_time: later + 7 * DAY,
            ..session.clone()
        };
        assert_eq!(rotated, Some(expected.clone()));
        assert_eq!(kit.store.session(session.id).await.unwrap(), Some(expected));
    }

    async fn the_end_is_never_put_off_beyond_the_absolute_one(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let session = kit.session(kit.account("ada").await.id).await;
        let client = Client::default();
        let rotated = kit.store.rotate_session(&presented(&session, 0), &client, kit.now, kit.now + 91 * DAY).await;
        let rotated = rotated.unwrap().unwrap();
        assert_eq!(rotated.expire_time, session.absolute_expire_time);
        assert_eq!(rotated.client, client, "an address that is not known reads back as none");
    }

    async fn only_the_newest_counter_of_a_living_session_rotates(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let session = kit.session(kit.account("ada").await.id).await;
        let rotate = async |counter, now| {
            let presented = presented(&session, counter);
            kit.store.rotate_session(&presented, &Client::default(), now, now + 7 * DAY).await.unwrap().is_some()
        };
        assert!(!rotate(1, kit.now).await && !rotate(-1, kit.now).await);
        assert!(!rotate(0, session.expire_time).await, "past its end");
        assert!(rotate(0, session.expire_time - TimeDelta::microseconds(1)).await);
        assert!(!rotate(0, kit.now).await, "rotated already");
        kit.store.mark_expired_sessions(kit.now + 30 * DAY).await.unwrap();
        assert!(!rotate(1, kit.now).await, "found to be past its end, whatever the clock says now");
    }

    async fn living_sessions_are_the_accounts_own(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (ada, grace) = (kit.account("ada").await.id, kit.account("grace").await.id);
        let (first, second) = (kit.session(ada).await, kit.session(ada).await);
        kit.session(grace).await;
        let mut expected = vec![first.clone(), second];
        expected.sort_by_key(|session| std::cmp::Reverse(session.id));
        assert_eq!(kit.store.live_sessions(ada, kit.now).await.unwrap(), expected);
        assert!(kit.store.live_sessions(ada, first.expire_time).await.unwrap().is_empty());
        kit.store.mark_expired_sessions(first.expire_time).await.unwrap();
        assert!(kit.store.live_sessions(ada, kit.now).await.unwrap().is_empty());
    }

    async fn one_or_the_others_or_all_of_an_account_end(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (ada, grace) = (kit.account("ada").await.id, kit.account("grace").await.id);
        let own = [kit.session(ada).await.id, kit.session(ada).await.id, kit.session(ada).await.id];
        let foreign = kit.session(grace).await.id;
        assert!(end(&kit, ada, SessionScope::One(foreign)).await.is_empty());
        assert_eq!(end(&kit, ada, SessionScope::One(own[0])).await, [own[0]]);
        assert!(end(&kit, ada, SessionScope::One(own[0])).await.is_empty());
        assert_eq!(end(&kit, ada, SessionScope::Others(own[1])).await, [own[2]]);
        let last = kit.session(ada).await.id;
        let mut all = end(&kit, ada, SessionScope::All).await;
        all.sort();
        let mut expected = [own[1], last];
        expected.sort();
        assert_eq!(all, expected);
        assert!(kit.store.session(foreign).await.unwrap().is_some());
    }

    async fn sessions_are_forgotten_long_after_their_end(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let session = kit.session(kit.account("ada").await.id).await;
        kit.store.delete_sessions_expired_before(session.expire_time).await.unwrap();
        assert!(kit.store.session(session.id).await.unwrap().is_some());
        kit.store.delete_sessions_expired_before(session.expire_time + TimeDelta::microseconds(1)).await.unwrap();
        assert!(kit.store.session(session.id).await.unwrap().is_none());
    }

    async fn a_record_reads_back_newest_first_and_goes_with_its_account(database: TestDatabase) {
        let kit = Kit::new(database).await;
        let (ada, grace) = (kit.account("ada").await.id, kit.account("grace").await.id);
        let session = SessionId::new(kit.now, &kit.random);
        let old = event(&kit, ada, 1, EventKind::SignInRefused, None);
        let new = event(&kit, ada, 2, EventKind::SignedIn, Some(session));
        kit.store.record(&old).await.unwrap();
        let mut transaction = kit.store.begin().await.unwrap();
        for event in [new.clone(), event(&kit, grace, 3, EventKind::SignedUp, None)] {
            transaction.record(event);
        }
        kit.commit(transaction).await;
        assert_eq!(kit.store.security_events(ada, 10).await.unwrap(), [new.clone(), old]);
        assert_eq!(kit.store.security_events(ada, 1).await.unwrap(), [new]);

        let session = kit.session(ada).await;
        let mut transaction = kit.store.begin().await.unwrap();
        transaction.delete_account(ada, kit.now).await.unwrap();
        kit.commit(transaction).await;
        assert!(kit.store.security_events(ada, 10).await.unwrap().is_empty());
        assert!(kit.store.session(session.id).await.unwrap().is_none());
        assert_eq!(kit.store.security_events(grace, 10).await.unwrap().len(), 1);
    }
}
