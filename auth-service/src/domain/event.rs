//! The record of what happened to an account.

use chrono::{DateTime, Utc};
use docket_identity::{Clock, Random, SessionId, UserId, new_uuid_v7};
use uuid::Uuid;

use super::{Client, Notice};

/// One entry of an account's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// UUIDv7: entries sort by time.
    pub id: Uuid,
    /// Whose record.
    pub user_id: UserId,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub event_time: DateTime<Utc>,
    /// From where.
    pub client: Client,
    /// The session that it was about.
    pub session_id: Option<SessionId>,
}

/// Makes entries of accounts' records. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Recorder {
    clock: Clock,
    random: Random,
}

impl Recorder {
    /// Entries of the time of `clock`, with ids from `random`.
    pub fn new(clock: Clock, random: Random) -> Self {
        Self { clock, random }
    }

    /// An entry about what `client` does now.
    pub fn event(
        &self,
        user_id: UserId,
        kind: EventKind,
        client: &Client,
        session: Option<SessionId>,
    ) -> SecurityEvent {
        let event_time = self.clock.now();
        let id = new_uuid_v7(event_time, &self.random);
        SecurityEvent { id, user_id, kind, event_time, client: client.clone(), session_id: session }
    }
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// How it is stored.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The kind that is stored under `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

impl EventKind {
    /// What the owner is told by mail. `None`: such an event is recorded and not mailed.
    pub fn notice(self) -> Option<Notice> {
        match self {
            Self::RefreshReplayed => Some(Notice::RefreshReplayed),
            Self::PasswordChanged => Some(Notice::PasswordChanged),
            Self::SignedUp
            | Self::SignedIn
            | Self::SignInRefused
            | Self::SignedOut
            | Self::RefreshReused
            | Self::SessionRevoked
            | Self::SessionDisplaced => None,
        }
    }
}

event_kinds! {
    /// The account was made.
    SignedUp = "SIGNED_UP",
    /// A session was opened with the password.
    SignedIn = "SIGNED_IN",
    /// A wrong password, or an account that may not sign in.
    SignInRefused = "SIGN_IN_REFUSED",
    /// A session was ended by SignOut.
    SignedOut = "SIGNED_OUT",
    /// A spent refresh token came back, and its session was ended for it.
    RefreshReplayed = "REFRESH_REPLAYED",
    /// A refresh token that was just replaced came back from another request, which got an access token alone.
    RefreshReused = "REFRESH_REUSED",
    /// The password was changed by whoever knew it.
    PasswordChanged = "PASSWORD_CHANGED",
    /// A session was ended from another, or with a change of the password.
    SessionRevoked = "SESSION_REVOKED",
    /// A session was ended to make room for a new one: of all it was the one longest unused.
    SessionDisplaced = "SESSION_DISPLACED",
}
