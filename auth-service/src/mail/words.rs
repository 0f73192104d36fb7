//! What mails say, in each language.

use chrono::{DateTime, Utc};

use crate::domain::{Language, Notice};

/// The words of one mail, as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: &'static str,
    pub(super) greeting: String,
    pub(super) paragraphs: &'static [&'static str],
    /// What the reader can do.
    pub(super) advice: &'static str,
}

/// The names of what a mail tells about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Labels {
    pub(super) time: &'static str,
    pub(super) address: &'static str,
    pub(super) device: &'static str,
}

/// The words of a notice to a person called `name`.
pub(super) fn of_notice(notice: Notice, language: Language, name: &str) -> Words {
    match language {
        Language::English => english(notice, name),
        Language::German => german(notice, name),
    }
}

/// The words of the mail that an operator sends to try the settings.
pub(super) fn of_test() -> Words {
    Words {
        subject: "A test of Docket's mail settings",
        greeting: "Hello,".to_owned(),
        paragraphs: &["Mails from Docket arrive at this address."],
        advice: "You can delete this mail.",
    }
}

fn english(notice: Notice, name: &str) -> Words {
    let (subject, paragraphs): (_, &[_]) = match notice {
        Notice::PasswordChanged => (
            "Your password was changed",
            &["The password of your account was changed. All other devices were signed out."],
        ),
        Notice::RefreshReplayed => (
            "A device was signed out for your safety",
            &[
                "A key that a signed-in device had used before was used again. Somebody may have copied it, so the device was signed out.",
                "Sign in on your device again to go on.",
            ],
        ),
    };
    Words {
        subject,
        greeting: format!("Hello {name},"),
        paragraphs,
        advice: "If this was not you, change your password, and end the sessions that you do not know.",
    }
}

fn german(notice: Notice, name: &str) -> Words {
    let (subject, paragraphs): (_, &[_]) = match notice {
        Notice::PasswordChanged => (
            "Dein Passwort wurde geändert",
            &["Das Passwort deines Kontos wurde geändert. Alle anderen Geräte wurden abgemeldet."],
        ),
        Notice::RefreshReplayed => (
            "Ein Gerät wurde zu deiner Sicherheit abgemeldet",
            &[
                "Ein Schlüssel, den ein angemeldetes Gerät schon verwendet hatte, wurde noch einmal verwendet. Vielleicht hat ihn jemand kopiert, daher wurde das Gerät abgemeldet.",
                "Melde dich auf deinem Gerät neu an, um weiterzumachen.",
            ],
        ),
    };
    Words {
        subject,
        greeting: format!("Hallo {name},"),
        paragraphs,
        advice: "Wenn du das nicht warst, ändere dein Passwort und beende die Sitzungen, die du nicht kennst.",
    }
}

/// The labels in `language`.
pub(super) fn labels(language: Language) -> Labels {
    match language {
        Language::English => Labels { time: "Time", address: "Address", device: "Device" },
        Language::German => Labels { time: "Zeit", address: "Adresse", device: "Gerät" },
    }
}

/// A moment as people read it, in UTC: the server does not know the reader's zone.
pub(super) fn moment(time: DateTime<Utc>, language: Language) -> String {
    let pattern = match language {
        Language::English => "%Y-%m-%d %H:%M UTC",
        Language::German => "%d.%m.%Y %H:%M UTC",
    };
    time.format(pattern).to_string()
}
