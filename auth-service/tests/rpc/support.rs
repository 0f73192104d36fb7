//! An auth service in this process, on a real socket, with a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use auth_service::{AuthService, BuildError, Config, MasterKey, Rotated, operator};
use chrono::TimeDelta;
use clap::Parser as _;
use docket_identity::{Random, ServiceCredential, UserId};
use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::account_service_client::AccountServiceClient;
use docket_proto::auth::v1::auth_service_client::AuthServiceClient;
use docket_proto::auth::v1::key_service_client::KeyServiceClient;
use docket_proto::auth::v1::revocation_service_client::RevocationServiceClient;
use docket_rpc::{Health, ServerSettings, ShieldSettings, serve, shield};
use docket_storage::Role;
use docket_testkit::{FakeClock, TestDatabase, TestServer, eventually, seeded_random};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

/// A password that no rule refuses.
pub(crate) const PASSWORD: &str = "seventeen purple tractors";

/// A deployment: a database, a master key, a clock.
pub(crate) struct Deployment {
    pub(crate) database: TestDatabase,
    pub(crate) clock: FakeClock,
    pub(crate) config: Config,
    replicas: AtomicU64,
    _folder: TempDir,
}

impl Deployment {
    pub(crate) fn new(database: TestDatabase) -> Arc<Self> {
        Self::with(database, |_| {})
    }

    /// With other settings.
    pub(crate) fn with(database: TestDatabase, set: impl FnOnce(&mut Config)) -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::for_tests(folder.path());
        set(&mut config);
        let clock = FakeClock::default();
        Arc::new(Self { database, clock, config, replicas: AtomicU64::new(1), _folder: folder })
    }

    /// Its settings, but for some.
    pub(crate) fn config_with(&self, set: impl FnOnce(&mut Config)) -> Config {
        let mut config = self.config.clone();
        set(&mut config);
        config
    }

    /// What the operator's flags make: with them no hashing is weak.
    pub(crate) fn config_of(&self, flags: &[&str]) -> Config {
        #[derive(clap::Parser)]
        struct Flags {
            #[command(flatten)]
            config: Config,
        }
        let mut config = Flags::parse_from([&["test"], flags].concat()).config;
        config.data_dir.clone_from(&self.config.data_dir);
        config
    }

    /// Its settings, but for hashes that differ from those made so far: a sign-in renews them.
    pub(crate) fn dearer_hashing(&self) -> Config {
        self.config_of(&["--hash-memory-kib", "12288", "--hash-iterations", "3"])
    }

    /// Randomness that no other replica of this deployment has.
    pub(crate) fn random(&self) -> Random {
        seeded_random(self.replicas.fetch_add(1, Ordering::Relaxed))
    }

    /// A replica that does not serve yet.
    pub(crate) async fn build(&self, config: &Config) -> Result<AuthService, BuildError> {
        let db = self.database.connect(Role::Auth).await;
        AuthService::build(config, db, self.clock.clock(), self.random()).await
    }

    /// A replica that serves.
    pub(crate) async fn start(self: &Arc<Self>) -> Auth {
        self.start_with(&self.config).await
    }

    /// A replica with settings of its own.
    pub(crate) async fn start_with(self: &Arc<Self>, config: &Config) -> Auth {
        let service = self.build(config).await.expect("the service can be built");
        self.serve(service).await
    }

    /// Serves what was built elsewhere.
    pub(crate) async fn serve(self: &Arc<Self>, service: AuthService) -> Auth {
        let (running, clock, random) = (service.clone(), self.clock.clock(), self.random());
        let server = TestServer::start(|listener, shutdown| {
            let settings = ShieldSettings::new(clock, random, shutdown.clone());
            let shielded = shield(running.internal_routes(), settings);
            let health = Health::new(shutdown.clone());
            async move {
                tokio::join!(
                    serve(listener, shielded, shutdown.clone(), ServerSettings::default()),
                    running.run(&health, shutdown.clone()),
                    running.send_mails(&shutdown)
                );
            }
        });
        let server = server.await;
        let channel = server.channel().await;
        Auth { deployment: Arc::clone(self), service, server, channel }
    }

    /// The credential of a service: a new one each time, in the place of the one before.
    pub(crate) async fn credential(&self, name: &str) -> ServiceCredential {
        let db = self.database.connect(Role::Auth).await;
        let (name, clock) = (name.parse().unwrap(), self.clock.clock());
        operator::create_service_credential(&db, &name, true, &clock, &self.random()).await.unwrap()
    }

    /// What `docket keys rotate` does.
    pub(crate) async fn rotate_keys(&self) -> Rotated {
        let db = self.database.connect(Role::Auth).await;
        let master_key = MasterKey::read(&self.config.data_dir.join("master.key")).unwrap();
        let (life, clock) = (self.config.tokens.access_token_life, self.clock.clock());
        operator::rotate_keys(&db, &master_key, None, life, &clock, &self.random()).await.unwrap()
    }

    /// The number of keys that there are.
    pub(crate) async fn keys(&self) -> usize {
        let db = self.database.connect(Role::Auth).await;
        operator::list_keys(&db, self.config.tokens.access_token_life, &self.clock.clock()).await.unwrap().len()
    }

    /// Revokes the credential of a service.
    pub(crate) async fn revoke_credential(&self, name: &str) {
        let db = self.database.connect(Role::Auth).await;
        assert!(operator::revoke_service_credential(&db, name).await.unwrap());
    }
}

/// A running replica and its clients.
pub(crate) struct Auth {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) service: AuthService,
    pub(crate) server: TestServer,
    channel: Channel,
}

impl Auth {
    /// The only replica of a deployment.
    pub(crate) async fn start(database: TestDatabase) -> Self {
        Deployment::new(database).start().await
    }

    pub(crate) fn auth(&self) -> AuthServiceClient<Channel> {
        AuthServiceClient::new(self.channel.clone())
    }

    pub(crate) fn accounts(&self) -> AccountServiceClient<Channel> {
        AccountServiceClient::new(self.channel.clone())
    }

    pub(crate) fn keys(&self) -> KeyServiceClient<Channel> {
        KeyServiceClient::new(self.channel.clone())
    }

    pub(crate) fn revocations(&self) -> RevocationServiceClient<Channel> {
        RevocationServiceClient::new(self.channel.clone())
    }

    pub(crate) fn clock(&self) -> &FakeClock {
        &self.deployment.clock
    }

    /// Moves the clock, and waits until the service has heard of revocations at its new time.
    pub(crate) async fn advance(&self, by: TimeDelta) {
        self.clock().advance(by);
        eventually(|| async { self.service.is_ready().await.then_some(()) }).await;
    }

    /// A new account, signed in.
    pub(crate) async fn sign_up(&self, name: &str) -> Person {
        let response = self.auth().sign_up(sign_up(name)).await.unwrap().into_inner();
        Person { account: response.account.unwrap(), tokens: response.tokens.unwrap() }
    }

    /// Another session of the person.
    pub(crate) async fn sign_in(&self, person: &Person) -> proto::SessionTokens {
        let response = self.auth().sign_in(sign_in(&person.account.email, PASSWORD)).await.unwrap();
        response.into_inner().tokens.unwrap()
    }

    pub(crate) async fn refresh(&self, token: &str, request_id: &str) -> Result<proto::SessionTokens, Status> {
        let message = proto::RefreshSessionRequest {
            refresh_token: token.into(),
            request_id: request_id.into(),
            ..Default::default()
        };
        Ok(self.auth().refresh_session(message).await?.into_inner().tokens.unwrap())
    }

    pub(crate) async fn sign_out(
        &self,
        access_token: &str,
        scope: proto::sign_out_request::Scope,
    ) -> Result<i32, Status> {
        let message = proto::SignOutRequest { scope: scope.into() };
        Ok(self.auth().sign_out(bearing(access_token, message)).await?.into_inner().ended_sessions)
    }

    /// What a call with this access token gives: the account.
    pub(crate) async fn whoami(&self, access_token: &str) -> Result<proto::Account, Status> {
        let answered = self.accounts().get_account(bearing(access_token, proto::GetAccountRequest {})).await;
        answered.map(|response| response.into_inner().account.unwrap())
    }

    pub(crate) async fn sessions(&self, access_token: &str) -> Vec<proto::Session> {
        let listed = self.accounts().list_sessions(bearing(access_token, proto::ListSessionsRequest {})).await;
        listed.unwrap().into_inner().sessions
    }
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) account: proto::Account,
    pub(crate) tokens: proto::SessionTokens,
}

impl Person {
    pub(crate) fn id(&self) -> UserId {
        self.account.id.parse().unwrap()
    }
}

pub(crate) fn sign_up(name: &str) -> proto::SignUpRequest {
    proto::SignUpRequest {
        display_name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        password: PASSWORD.into(),
        ..Default::default()
    }
}

pub(crate) fn sign_in(email: &str, password: &str) -> proto::SignInRequest {
    proto::SignInRequest { email: email.into(), password: password.into(), ..Default::default() }
}

/// `message` with a bearer token.
pub(crate) fn bearing<T>(token: &str, message: T) -> Request<T> {
    with_metadata("authorization", &format!("Bearer {token}"), message)
}

pub(crate) fn with_metadata<T>(key: &'static str, value: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(key, value.parse().unwrap());
    request
}

/// The reason that the status carries.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("every error of Docket carries ErrorInfo").reason
}

/// The fields at fault, and what is said of each.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    assert_eq!(reason(status), "INVALID_ARGUMENT", "{status:?}");
    let violations = status.get_details_bad_request().expect("a BadRequest").field_violations;
    violations.into_iter().map(|violation| (violation.field, violation.description)).collect()
}

/// The fields at fault.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    violations(status).into_iter().map(|(field, _)| field).collect()
}
