//! A store, and values to put into it.

use std::sync::Mutex;

use auth_service::domain::{Account, Client, DeviceName, DisplayName, Email, Language, Session, SessionLife};
use auth_service::store::{Announcer, Store, StoredRevocation, Transaction};
use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{Random, Revocation, RevocationTarget, SessionId, UserId, new_uuid_v7};
use docket_storage::Role;
use docket_testkit::{FakeClock, TestDatabase, seeded_random};

pub(crate) const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Revokes for ten minutes as of a time, and keeps what it is told.
pub(crate) struct Announced {
    now: DateTime<Utc>,
    random: Random,
    heard: Mutex<Vec<StoredRevocation>>,
}

impl Announcer for Announced {
    fn revocation(&self, target: RevocationTarget) -> StoredRevocation {
        let revocation = Revocation { target, revoke_time: self.now, expire_time: self.now + TimeDelta::minutes(10) };
        StoredRevocation { id: new_uuid_v7(self.now, &self.random), revocation }
    }

    fn announce(&self, revocations: &[StoredRevocation]) {
        self.heard.lock().unwrap().extend_from_slice(revocations);
    }
}

/// A store with a clock and randomness.
pub(crate) struct Kit {
    pub(crate) store: Store,
    pub(crate) now: DateTime<Utc>,
    pub(crate) random: Random,
    _database: TestDatabase,
}

impl Kit {
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let store = Store::new(database.connect(Role::Auth).await);
        Self { store, now: FakeClock::default().now(), random: seeded_random(1), _database: database }
    }

    /// Commits, and gives back what was announced.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Vec<StoredRevocation> {
        self.commit_at(transaction, self.now).await
    }

    /// Commits at another time.
    pub(crate) async fn commit_at(&self, transaction: Transaction, now: DateTime<Utc>) -> Vec<StoredRevocation> {
        let announced = Announced { now, random: self.random.clone(), heard: Mutex::default() };
        transaction.commit(&announced).await.unwrap();
        announced.heard.into_inner().unwrap()
    }

    /// An account, stored with the hash `hash of NAME`.
    pub(crate) async fn account(&self, name: &str) -> Account {
        let account = Account {
            id: UserId::new(self.now, &self.random),
            email: Email::parse(&format!("{name}@example.org")).unwrap(),
            display_name: DisplayName::parse(name).unwrap(),
            email_verified: false,
            language: Language::German,
            create_time: self.now,
            update_time: self.now,
        };
        let mut transaction = self.store.begin().await.unwrap();
        transaction.insert_account(&account, &format!("hash of {name}")).await.unwrap();
        self.commit(transaction).await;
        account
    }

    /// A session of seven days, at most ninety.
    pub(crate) fn unstored_session(&self, user: UserId) -> Session {
        let life = SessionLife { idle: 7 * DAY, absolute: 90 * DAY };
        let client = Client { address: Some([192, 0, 2, 7].into()), user_agent: "a browser".into() };
        let id = SessionId::new(self.now, &self.random);
        Session::open(id, user, DeviceName::parse("phone").unwrap(), client, life, self.now)
    }

    pub(crate) async fn session(&self, user: UserId) -> Session {
        let session = self.unstored_session(user);
        let mut transaction = self.store.begin().await.unwrap();
        transaction.insert_session(&session).await.unwrap();
        self.commit(transaction).await;
        session
    }
}
