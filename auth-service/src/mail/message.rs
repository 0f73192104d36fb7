//! A mail as it goes over the wire: plain text and HTML, the same in both.

use askama::Template;
use chrono::{DateTime, Utc};
use docket_rpc::Origin;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::words::{self, Words};
use crate::domain::{Email, Language, Mail};

/// A mail can't be written.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// An address that accounts may have and mail may not.
    #[error("the address can't be written to")]
    Address(#[from] lettre::address::AddressError),
    /// A header or body is malformed.
    #[error("the message is malformed")]
    Message(#[from] lettre::error::Error),
    /// A template fails.
    #[error("the template fails")]
    Template(#[from] askama::Error),
}

/// Something that the mail tells about an event, with its label.
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "mail.txt", escape = "none")]
struct Text<'mail> {
    words: &'mail Words,
    facts: &'mail [Fact],
    public_url: &'mail str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'mail> {
    language: &'static str,
    words: &'mail Words,
    facts: &'mail [Fact],
    public_url: &'mail str,
}

/// The message of `mail`.
///
/// # Errors
/// See [`MessageError`].
pub(super) fn of_notice(from: &Mailbox, mail: &Mail, public_url: &Origin) -> Result<Message, MessageError> {
    let words = words::of_notice(mail.notice, mail.language, mail.recipient_name.as_str());
    let labels = words::labels(mail.language);
    let mut facts = vec![Fact { name: labels.time, value: words::moment(mail.event_time, mail.language) }];
    if let Some(address) = mail.client.address {
        facts.push(Fact { name: labels.address, value: address.to_string() });
    }
    if !mail.client.user_agent.is_empty() {
        facts.push(Fact { name: labels.device, value: mail.client.user_agent.clone() });
    }
    let to = Mailbox::new(Some(mail.recipient_name.to_string()), address_of(&mail.recipient)?);
    let id = mail.id.to_string();
    let content = Content { language: mail.language, words: &words, facts: &facts, public_url };
    content.message(from, to, &id, mail.event_time)
}

/// A message that says that mails arrive, and its id.
///
/// # Errors
/// See [`MessageError`].
pub(super) fn test(
    from: &Mailbox,
    recipient: &Email,
    public_url: &Origin,
    now: DateTime<Utc>,
) -> Result<(String, Message), MessageError> {
    let words = words::of_test();
    let to = Mailbox::new(None, address_of(recipient)?);
    let content = Content { language: Language::English, words: &words, facts: &[], public_url };
    let id = format!("test-{}", now.timestamp_micros());
    let message = content.message(from, to, &id, now)?;
    Ok((id, message))
}

struct Content<'mail> {
    language: Language,
    words: &'mail Words,
    facts: &'mail [Fact],
    public_url: &'mail Origin,
}

impl Content<'_> {
    /// `id` is the same at each attempt, so that a mail that arrives twice can be told to be one.
    fn message(&self, from: &Mailbox, to: Mailbox, id: &str, date: DateTime<Utc>) -> Result<Message, MessageError> {
        let Self { language, words, facts, public_url } = *self;
        let public_url = &public_url.to_string();
        let text = Text { words, facts, public_url }.render()?;
        let html = Html { language: language.code(), words, facts, public_url }.render()?;
        // RFC 3834: no machine may answer.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Ok(Message::builder()
            .from(from.clone())
            .to(to)
            .subject(words.subject)
            .date(date.into())
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(text, html))?)
    }
}

fn address_of(email: &Email) -> Result<Address, MessageError> {
    Ok(email.as_str().parse()?)
}
