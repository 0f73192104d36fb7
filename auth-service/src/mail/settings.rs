//! How mail leaves.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use docket_rpc::Origin;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Flags about mail; each is also an environment variable `DOCKET_…`.
#[derive(Args, Clone, Debug, Default)]
#[group(skip)]
pub struct MailFlags {
    /// Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465; without one mails are written to files in the data folder
    #[arg(long, env = "DOCKET_SMTP_URL", value_name = "URL")]
    pub smtp_url: Option<SmtpUrl>,

    /// File with certificates, in PEM, that the mail server's may be issued by, besides those of the system
    #[arg(long, env = "DOCKET_SMTP_ROOT_CERT", value_name = "FILE", requires = "smtp_url")]
    pub smtp_root_cert: Option<PathBuf>,

    /// Sender of mails: Docket <docket@example.org> [default: docket@ the host of the public URL, or localhost where that has no name]
    #[arg(long, env = "DOCKET_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<Mailbox>,
}

/// The settings of mail don't work.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingsError {
    /// The public URL has a host that is none of an e-mail address.
    #[error("set --mail-from: the public URL has no host that mail could come from")]
    NoSender,
    /// The certificates can't be read.
    #[error("cannot read the certificates {0}")]
    RootCertificate(String, #[source] std::io::Error),
    /// The certificates are none.
    #[error("{0} holds no certificate in PEM")]
    NoCertificate(String),
    /// TLS can't be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] lettre::transport::smtp::Error),
}

impl MailFlags {
    /// Whom mails come from.
    ///
    /// # Errors
    /// Where it is not set, and can't be made from the public URL.
    pub(crate) fn sender(&self, public_url: &Origin) -> Result<Mailbox, MailSettingsError> {
        if let Some(sender) = &self.mail_from {
            return Ok(sender.clone());
        }
        // A host without a name serves this machine or a network at home.
        let host = public_url.host();
        let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
        let domain = if is_address { "localhost" } else { host };
        let address = format!("docket@{domain}").parse().map_err(|_| MailSettingsError::NoSender)?;
        Ok(Mailbox::new(Some("Docket".to_owned()), address))
    }
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// TLS by STARTTLS (RFC 3207); a server without it is refused.
    StartTls,
    /// None: to this machine only.
    Plain,
}

/// Where a mail server listens, and whom it knows. Printing it does not show the password.
#[derive(Clone, Debug)]
pub struct SmtpUrl {
    pub(crate) protection: Protection,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// User and password.
    pub(crate) login: Option<(String, SecretString)>,
}

/// The text is not the URL of a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseSmtpUrlError {
    /// It is something else.
    #[error("expected smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465")]
    NotSmtp,
    /// A user without a password, or a password without a user.
    #[error("expected both a user and a password, or neither")]
    HalfALogin,
    /// Mail would go over the network in the clear.
    #[error("tls=none is for a mail server on this machine only: 127.0.0.1, [::1] or localhost")]
    PlainOverNetwork,
}

impl FromStr for SmtpUrl {
    type Err = ParseSmtpUrlError;

    fn from_str(text: &str) -> Result<Self, ParseSmtpUrlError> {
        use ParseSmtpUrlError::{HalfALogin, NotSmtp, PlainOverNetwork};
        let url = Url::parse(text).map_err(|_| NotSmtp)?;
        let (protection, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Protection::Implicit, 465),
            ("smtp", None) => (Protection::StartTls, 587),
            ("smtp", Some("tls=none")) => (Protection::Plain, 25),
            _ => return Err(NotSmtp),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(NotSmtp)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if protection == Protection::Plain && !["127.0.0.1", "::1", "localhost"].contains(&host.as_str()) {
            return Err(PlainOverNetwork);
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(NotSmtp);
        }
        let decoded = |text: &str| percent_decode(text).ok_or(NotSmtp);
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(HalfALogin),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?.into())),
        };
        Ok(Self { protection, host, port: url.port().unwrap_or(port), login })
    }
}

impl SmtpUrl {
    /// The login, for the mail server's eyes only.
    pub(crate) fn credentials(&self) -> Option<lettre::transport::smtp::authentication::Credentials> {
        self.login.as_ref().map(|(user, password)| (user.as_str(), password.expose_secret()).into())
    }
}

fn percent_decode(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_mail_servers_are_read() {
        for (text, protection, host, port) in [
            ("smtps://mail.example.org", Protection::Implicit, "mail.example.org", 465),
            ("smtp://mail.example.org", Protection::StartTls, "mail.example.org", 587),
            ("smtp://mail.example.org:2525/", Protection::StartTls, "mail.example.org", 2525),
            ("smtp://127.0.0.1?tls=none", Protection::Plain, "127.0.0.1", 25),
            ("smtp://[::1]:26?tls=none", Protection::Plain, "::1", 26),
        ] {
            let url: SmtpUrl = text.parse().unwrap();
            assert_eq!((url.protection, url.host.as_str(), url.port), (protection, host, port), "{text}");
            assert!(url.login.is_none());
        }
        let url: SmtpUrl = "smtps://ada%40example.org:p%2Fw@mail.example.org".parse().unwrap();
        let (user, password) = url.login.as_ref().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("ada@example.org", "p/w"));
        assert!(!format!("{url:?}").contains("p/w"), "{url:?}");
    }

    #[test]
    fn other_urls_are_refused() {
        use ParseSmtpUrlError::{HalfALogin, NotSmtp, PlainOverNetwork};
        for (text, error) in [
            ("", NotSmtp),
            ("mail.example.org", NotSmtp),
            ("http://mail.example.org", NotSmtp),
            ("smtp://mail.example.org/path", NotSmtp),
            ("smtp://mail.example.org?tls=opportunistic", NotSmtp),
            ("smtps://mail.example.org?tls=none", NotSmtp),
            ("smtp://", NotSmtp),
            ("smtp://ada@mail.example.org", HalfALogin),
            ("smtp://:secret@mail.example.org", HalfALogin),
            ("smtp://mail.example.org?tls=none", PlainOverNetwork),
            ("smtp://10.0.0.1?tls=none", PlainOverNetwork),
        ] {
            assert_eq!(text.parse::<SmtpUrl>().unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn mails_come_from_the_host_that_users_see() {
        let sender = |url: &str| MailFlags::default().sender(&url.parse().unwrap()).unwrap().to_string();
        assert_eq!(sender("https://docket.example.org:8443"), "Docket <docket@docket.example.org>");
        assert_eq!(sender("http://127.0.0.1:8080"), "Docket <docket@localhost>");
        let set = MailFlags { mail_from: Some("tasks@example.org".parse().unwrap()), ..Default::default() };
        assert_eq!(set.sender(&Origin::local()).unwrap().to_string(), "tasks@example.org");
    }
}
