//! A mail server in this process, which a test tells how to answer.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::eventually;

/// The one who may send.
pub const USER: &str = "docket";
/// The password.
pub const SECRET: &str = "open sesame";

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Head and body.
    pub data: String,
}

#[derive(Clone, Debug, Default)]
struct Inbox {
    taken: Arc<Mutex<Vec<Taken>>>,
    /// How recipients are answered, one after the other, then with OK.
    answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
    /// While it is held, no mail that was taken is answered.
    held: Arc<tokio::sync::Mutex<()>>,
}

/// How the server protects its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte.
    Implicit,
    /// TLS once the client asks.
    StartTls,
    /// Not at all; nor does it ask for a password.
    None,
}

/// It listens on `localhost`, and ends with its test.
#[derive(Debug)]
pub struct MailServer {
    /// Where it listens.
    pub port: u16,
    /// The certificate of its issuer, in PEM.
    pub issuer: String,
    inbox: Inbox,
    _connections: JoinSet<()>,
}

impl MailServer {
    /// Starts a server.
    pub async fn start(protection: Protection) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (acceptor, issuer) = certificates();
        let inbox = Inbox::default();
        let handler = inbox.clone();
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, peer)) = listener.accept().await {
                open.spawn(serve(stream, peer.ip(), protection, acceptor.clone(), handler.clone()));
            }
        });
        Self { port, issuer, inbox, _connections: connections }
    }

    /// Answers the next recipients with these codes and texts.
    pub fn answer(&self, answers: &[(u16, &'static str)]) {
        self.inbox.answers.lock().unwrap().extend(answers);
    }

    /// Takes mails and answers them only once the guard is dropped.
    pub async fn hold_answers(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.inbox.held).lock_owned().await
    }

    /// The mails that were taken.
    pub fn taken(&self) -> Vec<Taken> {
        self.inbox.taken.lock().unwrap().clone()
    }

    /// The mails, once there are `count`.
    pub async fn wait_for(&self, count: usize) -> Vec<Taken> {
        eventually(|| async { Some(self.taken()).filter(|taken| taken.len() >= count) }).await
    }

    /// Waits until no more than `left` of the set answers are left to give.
    pub async fn has_answered_but(&self, left: usize) {
        let is_done = || self.inbox.answers.lock().unwrap().len() <= left;
        eventually(|| async { is_done().then_some(()) }).await;
    }
}

async fn serve(stream: TcpStream, peer: IpAddr, protection: Protection, acceptor: TlsAcceptor, inbox: Inbox) {
    let mut builder = SessionBuilder::new("mail.example.org");
    // With a password to ask for, it takes mail from nobody who has given none.
    if protection != Protection::None {
        builder.enable_auth(AuthMechanism::Plain);
    }
    if protection == Protection::StartTls {
        builder.enable_start_tls();
    }
    let mut session = builder.build(peer, Connection { inbox: inbox.clone(), mail: Taken::default() });
    // A client that does not trust the certificate ends the connection.
    let _ended: io::Result<()> = async {
        match protection {
            Protection::Implicit => {
                session.tls_active();
                let mut stream = acceptor.accept(stream).await?;
                speak(&mut stream, &mut session, &inbox, true).await?;
            }
            Protection::StartTls | Protection::None => {
                let mut stream = stream;
                if speak(&mut stream, &mut session, &inbox, true).await? {
                    session.tls_active();
                    let mut stream = acceptor.accept(stream).await?;
                    speak(&mut stream, &mut session, &inbox, false).await?;
                }
            }
        }
        Ok(())
    }
    .await;
}

/// Whether the client asks for TLS.
async fn speak(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    session: &mut mailin::Session<Connection>,
    inbox: &Inbox,
    greets: bool,
) -> io::Result<bool> {
    let mut stream = BufReader::new(stream);
    if greets {
        stream.write_all(&session.greeting().buffer()?).await?;
        stream.flush().await?;
    }
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        let before = inbox.taken.lock().unwrap().len();
        let answer = session.process(&line);
        line.clear();
        if inbox.taken.lock().unwrap().len() > before {
            drop(inbox.held.lock().await);
        }
        if answer.action != Action::NoReply {
            stream.write_all(&answer.buffer()?).await?;
            stream.flush().await?;
        }
        match answer.action {
            Action::UpgradeTls => return Ok(true),
            Action::Close => break,
            Action::Reply | Action::NoReply => {}
        }
    }
    Ok(false)
}

struct Connection {
    inbox: Inbox,
    mail: Taken,
}

impl Handler for Connection {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, from: &str) -> Response {
        self.mail = Taken { from: from.to_owned(), ..Taken::default() };
        response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.mail.to.push(to.to_owned());
        match self.inbox.answers.lock().unwrap().pop_front() {
            Some((code, text)) => Response::custom(code, text.to_owned()),
            None => response::OK,
        }
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.mail.data.push_str(str::from_utf8(bytes).map_err(io::Error::other)?);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.inbox.taken.lock().unwrap().push(std::mem::take(&mut self.mail));
        response::OK
    }

    fn auth_plain(&mut self, _authorization: &str, user: &str, password: &str) -> Response {
        if (user, password) == (USER, SECRET) { response::AUTH_OK } else { response::INVALID_CREDENTIALS }
    }
}

/// A certificate of `localhost`, and its issuer in PEM.
fn certificates() -> (TlsAcceptor, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key);
    (TlsAcceptor::from(Arc::new(config.unwrap())), issuer.pem())
}
