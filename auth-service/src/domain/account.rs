//! Accounts, and who asks about them.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use docket_identity::UserId;

use super::{DisplayName, Email, Language};

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The `sub` of its tokens.
    pub id: UserId,
    /// One address has one account.
    pub email: Email,
    /// What the person is called.
    pub display_name: DisplayName,
    /// Whether the link sent to the address was followed.
    pub email_verified: bool,
    /// The language of mails to its owner.
    pub language: Language,
    /// When it was made.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
}

/// An account with what decides whether somebody may sign in to it.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Whose.
    pub account: Account,
    /// A PHC string.
    pub password_hash: String,
    /// Since when nobody may sign in.
    pub suspend_time: Option<DateTime<Utc>>,
}

/// From where, and with what, a call was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// `None` where nothing trustworthy tells.
    pub address: Option<IpAddr>,
    /// As the client calls itself, at most 256 characters; empty where it does not.
    pub user_agent: String,
}
