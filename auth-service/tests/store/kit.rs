//! A store, and values to put into it.

use auth_service::domain::{Account, Client, DeviceName, DisplayName, Email, Session, SessionLife};
use auth_service::store::Store;
use chrono::{DateTime, Utc};
use docket_identity::{Random, SessionId, UserId};
use docket_storage::Role;
use docket_testkit::{FakeClock, TestDatabase, seeded_random};

pub(crate) const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

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

    /// An account, stored with the hash `hash of NAME`.
    pub(crate) async fn account(&self, name: &str) -> Account {
        let account = Account {
            id: UserId::new(self.now, &self.random),
            email: Email::parse(&format!("{name}@example.org")).unwrap(),
            display_name: DisplayName::parse(name).unwrap(),
            email_verified: false,
            create_time: self.now,
            update_time: self.now,
        };
        let mut transaction = self.store.begin().await.unwrap();
        transaction.insert_account(&account, &format!("hash of {name}")).await.unwrap();
        transaction.commit().await.unwrap();
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
        transaction.commit().await.unwrap();
        session
    }
}
