//! What mails say, in each language.

use chrono::{DateTime, Utc};

use crate::domain::{EventKind, Language};

/// The words of one mail, as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) subject: &'static str,
    pub(super) greeting: String,
    pub(super) paragraphs: Vec<&'static str>,
    /// What to do where it was somebody else.
    pub(super) advice: &'static str,
    /// Names of what is told about an event.
    pub(super) time: &'static str,
    pub(super) address: &'static str,
    pub(super) device: &'static str,
}

/// The words of a mail about an event, to a person called `name`.
pub(super) fn of_event(kind: EventKind, language: Language, name: &str) -> Words {
    match language {
        Language::English => english(kind, name),
        Language::German => german(kind, name),
    }
}

/// The words of the mail that an operator sends to try the settings.
pub(super) fn of_test() -> Words {
    Words {
        subject: "A test of Docket's mail settings",
        greeting: "Hello,".to_owned(),
        paragraphs: vec!["Mails from Docket arrive at this address."],
        advice: "You can delete this mail.",
        time: "",
        address: "",
        device: "",
    }
}

fn english(kind: EventKind, name: &str) -> Words {
    let (subject, paragraphs) = match kind {
        EventKind::PasswordChanged => (
            "Your password was changed",
            vec!["The password of your account was changed. All other devices were signed out."],
        ),
        EventKind::RefreshReplayed => (
            "A device was signed out for your safety",
            vec![
                "A key that a signed-in device had used before was used again. Somebody may have copied it, so the device was signed out.",
                "Sign in on your device again to go on.",
            ],
        ),
        _ => ("News about your account", vec![]),
    };
    Words {
        subject,
        greeting: format!("Hello {name},"),
        paragraphs,
        advice: "If this was not you, change your password, and end the sessions that you do not know.",
        time: "Time",
        address: "Address",
        device: "Device",
    }
}

fn german(kind: EventKind, name: &str) -> Words {
    let (subject, paragraphs) = match kind {
        EventKind::PasswordChanged => (
            "Dein Passwort wurde geändert",
            vec!["Das Passwort deines Kontos wurde geändert. Alle anderen Geräte wurden abgemeldet."],
        ),
        EventKind::RefreshReplayed => (
            "Ein Gerät wurde zu deiner Sicherheit abgemeldet",
            vec![
                "Ein Schlüssel, den ein angemeldetes Gerät schon verwendet hatte, wurde noch einmal verwendet. Vielleicht hat ihn jemand kopiert, daher wurde das Gerät abgemeldet.",
                "Melde dich auf deinem Gerät neu an, um weiterzumachen.",
            ],
        ),
        _ => ("Neues zu deinem Konto", vec![]),
    };
    Words {
        subject,
        greeting: format!("Hallo {name},"),
        paragraphs,
        advice: "Wenn du das nicht warst, ändere dein Passwort und beende die Sitzungen, die du nicht kennst.",
        time: "Zeit",
        address: "Adresse",
        device: "Gerät",
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
