//! The auth service: accounts, sessions, and the tokens that other services verify by themselves.
//!
//! `grpc` reads and renders messages and calls the use cases, which decide: `accounts`, `sessions`, `passwords`, `keys`,
//! `mail`, `revocations` and `services`, one folder a topic. `store` speaks to the database, `domain` holds what they all speak
//! about. [`AuthService`] is where they are put together.
//!
//! Public is what programs need: [`AuthService`], [`Config`], [`program`], and [`operator`] with the values that it gives.

mod accounts;
mod config;
pub mod domain;
mod grpc;
mod keys;
mod mail;
pub mod operator;
mod passwords;
pub mod program;
mod revocations;
mod services;
mod sessions;
/// Public for the tests of its statements only: programs go through [`operator`].
#[doc(hidden)]
pub mod store;
mod upkeep;

use std::sync::Arc;

use chrono::TimeDelta;
use docket_identity::{Clock, Expected, Random, TokenVerifier};
use docket_proto::OPEN_METHODS;
use docket_proto::auth::v1::SERVICES;
use docket_proto::auth::v1::account_service_server::AccountServiceServer;
use docket_proto::auth::v1::auth_service_server::AuthServiceServer;
use docket_proto::auth::v1::key_service_server::KeyServiceServer;
use docket_proto::auth::v1::revocation_service_server::RevocationServiceServer;
use docket_rpc::{Admin, AuthenticateLayer, Health, Metric};
use docket_storage::{Db, SchemaError, StoreError, require_current_schema};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::Layer as _;

pub use config::{Config, ConfigError, parse_algorithm};
pub use keys::{KeysError, MasterKey, MasterKeyError, Rotated};
pub use mail::{MailError, MailFlags, MailSettingsError, MessageError, NotSent, ParseSmtpUrlError, SmtpUrl};
pub use passwords::{HashParameters, WeakParameters};

use accounts::Accounts;
use domain::Recorder;
use grpc::{AccountHandlers, AuthHandlers, KeyHandlers, RefreshCookie, RevocationHandlers};
use keys::{SigningKeys, token_life};
use mail::{Mailer, Outlet};
use passwords::{PasswordHasher, PasswordRules, PoolSettings};
use revocations::RevocationFeed;
use services::Services;
use sessions::{AUDIENCE, Issuer, RefreshTokens, Sessions};
use store::Store;
use upkeep::{Rotation, Upkeep};

/// The largest message that a client may send: no request has a field that needs more.
const MAX_MESSAGE: usize = 16 * 1024;

/// How the metrics call this service.
const NAME: &str = "auth";
const HASHING_WAITING: Metric =
    Metric::gauge("docket_password_hashing_waiting", "Passwords that wait to be hashed or checked");

/// The auth service, ready to serve. Cloning is cheap; clones are one service.
#[derive(Clone, Debug)]
pub struct AuthService {
    store: Store,
    keys: Arc<SigningKeys>,
    feed: RevocationFeed,
    accounts: Accounts,
    sessions: Sessions,
    rules: PasswordRules,
    verifier: Arc<TokenVerifier>,
    cookie: RefreshCookie,
    mailer: Mailer,
    rotation: Rotation,
    upkeep: Upkeep,
    clock: Clock,
    shutdown: CancellationToken,
}

/// Why the service can't start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The settings don't go together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The schema of the database is not the one of this program.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The signing keys can't be loaded.
    #[error("cannot load the signing keys")]
    Keys(#[from] KeysError),
    /// The signing keys don't verify what they sign.
    #[error("the signing keys fail their self-test")]
    SelfTest,
    /// The only key to sign with was made by a clock that is ahead of this one.
    #[error("no signing key is active yet: this machine's clock is behind; set it")]
    ClockBehind,
    /// The database failed.
    #[error("cannot read the database")]
    Store(#[from] StoreError),
}

impl AuthService {
    /// Puts the service together on `db`, which has to be open as [`Role::Auth`](docket_storage::Role::Auth): reads or
    /// makes the master key, makes the first signing key, and tries the keys.
    ///
    /// # Errors
    /// See [`BuildError`]. Only a failing database may recover by waiting.
    pub async fn build(config: &Config, db: Db, clock: Clock, random: Random) -> Result<Self, BuildError> {
        let (staleness, parameters) =
            (config.tokens.staleness().map_err(ConfigError::from)?, config.hash_parameters()?);
        let outlet = Outlet::open(&config.mail, &config.data_dir).map_err(ConfigError::from)?;
        let from = config.mail.sender(&config.public_url()).map_err(ConfigError::from)?;
        require_current_schema(&db).await?;
        let store = Store::new(db);
        let sealed = !store.signing_keys().await?.is_empty();
        let master_key = config.master_key(sealed, &random)?;
        let feed = RevocationFeed::new(
            store.clone(),
            staleness,
            config.tokens.access_token_life,
            clock.clone(),
            random.clone(),
        );
        let token_life = token_life(config.tokens.access_token_life);
        let keys = Arc::new(SigningKeys::new(store.clone(), master_key.sealing_key(), token_life, clock.clone()));
        // Loaded before a key is made: with a wrong master key, no key may be added that other replicas can't open.
        keys.reload().await?;
        keys.ensure(config.signing_algorithm, feed.clone(), &random).await?;
        keys.reload().await?;
        feed.catch_up().await?;
        let issuer = Arc::new(Issuer::new(
            Arc::clone(&keys),
            RefreshTokens::new(master_key.refresh_key()),
            config.public_url().to_string(),
            config.tokens.access_token_life,
            random.clone(),
        ));
        let sessions = Sessions::new(
            store.clone(),
            Arc::clone(&issuer),
            feed.clone(),
            config.session_life(),
            config.max_sessions,
            clock.clone(),
            random.clone(),
        );
        let hasher = PasswordHasher::start(parameters, PoolSettings::default(), random.clone());
        let service = Self {
            verifier: Arc::new(verifier(config, &keys, &feed, clock.clone())),
            rules: PasswordRules { min_length: config.password_min_length.into(), hasher: hasher.clone() },
            accounts: Accounts {
                store: store.clone(),
                hasher,
                sessions: sessions.clone(),
                feed: feed.clone(),
                recorder: Recorder::new(clock.clone(), random.clone()),
                clock: clock.clone(),
                random: random.clone(),
            },
            mailer: Mailer::new(store.clone(), outlet, from, config.public_url(), clock.clone()),
            rotation: Rotation {
                algorithm: config.signing_algorithm,
                period: TimeDelta::from_std(config.key_rotation).unwrap_or(TimeDelta::MAX),
                feed: feed.clone(),
                random,
            },
            store,
            keys,
            feed,
            sessions,
            cookie: RefreshCookie::at(&config.public_url()),
            upkeep: Upkeep::new(),
            clock,
            shutdown: CancellationToken::new(),
        };
        service.self_test()?;
        Ok(service)
    }

    /// AuthService, AccountService and KeyService: what the gateway may forward.
    pub fn routes(&self) -> Routes {
        let authenticate = AuthenticateLayer::new(Arc::clone(&self.verifier)).open(OPEN_METHODS);
        let auth = AuthHandlers {
            accounts: self.accounts.clone(),
            sessions: self.sessions.clone(),
            rules: self.rules.clone(),
            verifier: Arc::clone(&self.verifier),
            cookie: self.cookie,
            clock: self.clock.clone(),
        };
        let accounts = AccountHandlers {
            accounts: self.accounts.clone(),
            sessions: self.sessions.clone(),
            rules: self.rules.clone(),
        };
        Routes::new(authenticate.layer(AuthServiceServer::new(auth).max_decoding_message_size(MAX_MESSAGE)))
            .add_service(authenticate.layer(AccountServiceServer::new(accounts).max_decoding_message_size(MAX_MESSAGE)))
            .add_service(self.key_service())
    }

    /// All of [`routes`](Self::routes), and RevocationService for holders of a service token: for the service's own
    /// listener, never behind the gateway.
    pub fn internal_routes(&self) -> Routes {
        let services = Services::new(self.store.clone(), self.clock.clone());
        self.routes().add_service(self.revocation_service(Some(services)))
    }

    /// KeyService and RevocationService for verifiers in the same process, which need no token.
    pub fn local_routes(&self) -> Routes {
        Routes::new(self.key_service()).add_service(self.revocation_service(None))
    }

    fn key_service(&self) -> KeyServiceServer<KeyHandlers> {
        let issuer = self.sessions.issuer().name().to_owned();
        let handlers = KeyHandlers { keys: Arc::clone(&self.keys), issuer, clock: self.clock.clone() };
        KeyServiceServer::new(handlers).max_decoding_message_size(MAX_MESSAGE)
    }

    fn revocation_service(&self, services: Option<Services>) -> RevocationServiceServer<RevocationHandlers> {
        let handlers = RevocationHandlers { feed: self.feed.clone(), services, shutdown: self.shutdown.clone() };
        RevocationServiceServer::new(handlers).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Runs background work until `shutdown`: follows revocations and keys, rotates keys, updates `health`, and deletes
    /// expired rows. Then it ends the streams.
    ///
    /// Without it the service goes stale within the revocation staleness, and refuses every token.
    pub async fn run(&self, health: &Health, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.feed.run() => {}
            () = health.follow(SERVICES, || self.is_ready()) => {}
            () = upkeep::run(&self.store, &self.keys, &self.rotation, &self.clock, &self.upkeep) => {}
        }
        self.shutdown.cancel();
    }

    /// Sends mails until `shutdown`, and finishes the one that is under way, for five seconds at most. `shutdown` is
    /// that of the process: calls that are drained meanwhile may still write mails, which wait for the next start.
    pub async fn send_mails(&self, shutdown: &CancellationToken) {
        self.mailer.run(shutdown).await;
    }

    /// Registers metrics of the hashing queue, the verifier and the background jobs with `admin`.
    pub fn observe(&self, admin: &mut Admin) {
        let hasher = self.rules.hasher.clone();
        admin.observe(HASHING_WAITING, vec![], move || Some(hasher.waiting() as f64));
        admin.observe_verifier(NAME, &self.verifier);
        self.mailer.observe(NAME, admin);
        admin.observe_job(NAME, &self.upkeep.rotate_keys);
        admin.observe_job(NAME, &self.upkeep.reload_keys);
        admin.observe_job(NAME, &self.upkeep.delete_expired);
    }

    /// Whether the service can do its work now: the database takes writes, and there is a key to sign with.
    pub async fn is_ready(&self) -> bool {
        let now = self.clock.now();
        let knows = self.feed.is_reachable() && !self.feed.list().is_stale(now) && self.keys.signing(now).is_some();
        knows && self.store.is_writable().await
    }

    /// Signs a token and verifies it, as each request will.
    fn self_test(&self) -> Result<(), BuildError> {
        let now = self.clock.now();
        let session = self.sessions.probe(now);
        if self.keys.waits_for_its_first(now) {
            return Err(BuildError::ClockBehind);
        }
        let issuer = self.sessions.issuer().ready(now).map_err(|_| BuildError::SelfTest)?;
        let tokens = issuer.tokens(&session);
        let read = |token: String| self.sessions.issuer().read_refresh_token(&token).ok();
        match (self.verifier.verify(&tokens.access_token), tokens.refresh_token.and_then(read)) {
            (Ok(_), Some(_)) => Ok(()),
            _ => Err(BuildError::SelfTest),
        }
    }
}

/// The verifier of this service's own calls.
fn verifier(config: &Config, keys: &SigningKeys, feed: &RevocationFeed, clock: Clock) -> TokenVerifier {
    let expected = Expected {
        issuer: config.public_url().to_string(),
        audience: AUDIENCE.to_owned(),
        longest_life: config.tokens.access_token_life,
    };
    TokenVerifier::new(expected, keys.ring(), feed.list(), clock)
}
