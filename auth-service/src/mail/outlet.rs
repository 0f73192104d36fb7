//! Where mails go: to a mail server, or to files.

use std::fmt;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::time::timeout;

use super::settings::{MailFlags, MailSettingsError, Protection, SmtpUrl};

/// Time for one answer of the mail server.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Time for a mail. Less than the pause in which nobody else tries.
const SEND_LIMIT: Duration = Duration::from_secs(30);
/// The folder of mails in the data folder.
const FOLDER: &str = "mail";
/// Number of files that are kept, the newest.
const MAX_FILES: usize = 1000;

/// Where mails go. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) enum Outlet {
    /// To a mail server.
    Smtp {
        /// Its name and port.
        server: String,
        /// Keeps one connection for several mails.
        transport: Box<AsyncSmtpTransport<Tokio1Executor>>,
    },
    /// To this folder, each mail a file.
    Folder(PathBuf),
}

/// Why a mail was not sent. Neither form shows what the server said, which may hold the recipient.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The server takes mails, and will never take this one.
    #[error("the mail server refuses the mail with code {0}")]
    Refused(smtp::response::Code),
    /// Not now: another attempt may succeed.
    #[error("the mail server answers with code {0}")]
    Answered(smtp::response::Code),
    /// It said something that is not SMTP.
    #[error("what answers is no mail server, or its answer is malformed")]
    Malformed,
    /// There is no connection to the server.
    #[error("cannot speak with the mail server")]
    Unreachable(#[source] smtp::Error),
    /// Nothing came in time.
    #[error("the mail server does not answer in time")]
    TimedOut,
    /// The file was not written.
    #[error("cannot write the mail to a file")]
    File(#[source] io::Error),
}

impl Outlet {
    /// The mail server that is set, else the folder in `data_dir`.
    ///
    /// # Errors
    /// Where the certificates can't be read.
    pub(crate) fn open(flags: &MailFlags, data_dir: &Path) -> Result<Self, MailSettingsError> {
        let Some(url) = &flags.smtp_url else { return Ok(Self::Folder(data_dir.join(FOLDER))) };
        let tls = match url.protection {
            Protection::Implicit => Tls::Wrapper(tls_parameters(url, flags.smtp_root_cert.as_deref())?),
            Protection::StartTls => Tls::Required(tls_parameters(url, flags.smtp_root_cert.as_deref())?),
            Protection::Plain => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host.clone())
            .port(url.port)
            .tls(tls)
            .timeout(Some(ANSWER_LIMIT))
            .pool_config(PoolConfig::new().max_size(1));
        if let Some(credentials) = url.credentials() {
            transport = transport.credentials(credentials);
        }
        Ok(Self::Smtp { server: format!("{}:{}", url.host, url.port), transport: Box::new(transport.build()) })
    }

    /// Sends `message`, or writes it to a file that is called `name`.
    ///
    /// # Errors
    /// See [`NotSent`].
    pub(crate) async fn send(&self, name: &str, message: &Message) -> Result<(), NotSent> {
        match self {
            Self::Smtp { transport, .. } => {
                let sent = timeout(SEND_LIMIT, submit(transport, message)).await;
                sent.unwrap_or(Err(NotSent::TimedOut))
            }
            Self::Folder(folder) => {
                let (folder, name, bytes) = (folder.clone(), name.to_owned(), message.formatted());
                let written = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await;
                written.map_err(io::Error::other).and_then(|written| written).map_err(NotSent::File)
            }
        }
    }

    /// Whether the mail server takes mails now. A folder always does.
    ///
    /// # Errors
    /// See [`NotSent`].
    pub(crate) async fn check(&self) -> Result<(), NotSent> {
        match self {
            Self::Smtp { transport, .. } => match timeout(SEND_LIMIT, transport.test_connection()).await {
                Ok(Ok(true)) => Ok(()),
                Ok(Ok(false)) | Err(_) => Err(NotSent::TimedOut),
                Ok(Err(error)) => Err(temporary(error)),
            },
            Self::Folder(_) => Ok(()),
        }
    }
}

async fn submit(transport: &AsyncSmtpTransport<Tokio1Executor>, message: &Message) -> Result<(), NotSent> {
    let Err(error) = transport.send(message.clone()).await else { return Ok(()) };
    let Some(code) = error.status().filter(|_| error.is_permanent()) else { return Err(temporary(error)) };
    // A server that takes no mails at all, because of a wrong password for one, says so with a code of the same class.
    match transport.test_connection().await {
        Ok(true) => Err(NotSent::Refused(code)),
        _ => Err(NotSent::Answered(code)),
    }
}

/// A failure after which another attempt may succeed.
fn temporary(error: smtp::Error) -> NotSent {
    match error.status() {
        Some(code) => NotSent::Answered(code),
        None if error.is_timeout() => NotSent::TimedOut,
        // The cause would quote the answer.
        None if error.is_response() => NotSent::Malformed,
        None => NotSent::Unreachable(error),
    }
}

fn tls_parameters(url: &SmtpUrl, roots: Option<&Path>) -> Result<TlsParameters, MailSettingsError> {
    let mut parameters = TlsParameters::builder(url.host.clone());
    if let Some(file) = roots {
        let name = || file.display().to_string();
        let pem = std::fs::read(file).map_err(|error| MailSettingsError::RootCertificate(name(), error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| MailSettingsError::NoCertificate(name()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build_rustls().map_err(MailSettingsError::Tls)
}

/// Writes the file whole: aside, then renamed. The same mail again replaces it.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let aside = folder.join(format!("{name}.part"));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    io::Write::write_all(&mut file, bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, folder.join(format!("{name}.eml")))?;
    forget_oldest(folder)
}

/// Their names begin with the time: UUIDv7.
fn forget_oldest(folder: &Path) -> io::Result<()> {
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            mails.push(path);
        }
    }
    mails.sort();
    let spare = mails.len().saturating_sub(MAX_FILES);
    mails.drain(..spare).try_for_each(std::fs::remove_file)
}

impl fmt::Display for Outlet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp { server, .. } => write!(formatter, "the mail server {server}"),
            Self::Folder(folder) => write!(formatter, "files in {}", folder.display()),
        }
    }
}

impl NotSent {
    /// Whether no further attempt can succeed.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_thousand_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MAX_FILES {
            std::fs::write(folder.path().join(format!("{number:04}.eml")), "").unwrap();
        }
        std::fs::write(folder.path().join("0000.txt"), "not a mail").unwrap();
        write(folder.path(), "1000", b"the newest").unwrap();
        let is_there = |name: &str| folder.path().join(name).exists();
        assert!(is_there("1000.eml") && is_there("0001.eml") && is_there("0000.txt") && !is_there("0000.eml"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), MAX_FILES + 1);
    }
}
