//! What the auth service speaks about, valid by construction. Knows no transport and no SQL.

mod account;
mod device_name;
mod display_name;
mod email;
mod event;
mod language;
mod mail;
mod password;
mod service;
mod session;
mod signing_key;

pub use account::{Account, Client, Credentials};
pub use device_name::{DeviceName, DeviceNameError};
pub use display_name::{DisplayName, DisplayNameError};
pub use email::{Email, EmailError};
pub use event::{EventKind, Recorder, SecurityEvent};
pub use language::Language;
pub use mail::{FIRST_PAUSE, MAIL_LIFE, Mail, Notice, pause_after};
pub use password::{GivenPassword, GivenPasswordError, MAX_PASSWORD_LENGTH, NewPassword, NewPasswordError, Weakness};
pub use service::{BadServiceName, KnownService, ServiceName};
pub use session::{Presented, REUSE_WINDOW, RequestIdHash, Session, SessionLife, SessionScope, Verdict};
pub use signing_key::{KeyRecord, KeyState};

use unicode_normalization::UnicodeNormalization as _;

/// `text` in NFC without white space at its ends: how names are kept.
fn normalized(text: &str) -> String {
    text.nfc().collect::<String>().trim().to_owned()
}
