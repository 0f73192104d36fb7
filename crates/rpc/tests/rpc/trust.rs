//! How a verifier comes to know keys and revocations, and what it does while it does not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use docket_identity::{Claims, Expected, ServiceCredential, ServiceKey, SessionId, TokenError, TokenVerifier, UserId};
use docket_proto::auth::v1::key_service_server::{KeyService, KeyServiceServer};
use docket_proto::auth::v1::revocation::Target;
use docket_proto::auth::v1::revocation_service_server::{RevocationService, RevocationServiceServer};
use docket_proto::auth::v1::{
    ListKeysRequest, ListKeysResponse, PublicKey, Revocation, WatchRevocationsRequest, WatchRevocationsResponse,
};
use docket_rpc::{Reason, Trust};
use docket_testkit::{FakeClock, TestIssuer, eventually, seeded_random, within_ten_seconds};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

type Events = mpsc::UnboundedSender<Result<WatchRevocationsResponse, Status>>;

/// Stands in for the auth service: lists one key, and streams what the test sends.
#[derive(Clone)]
struct Auth {
    key: PublicKey,
    issuer: String,
    service_key: Arc<ServiceKey>,
    now: DateTime<Utc>,
    /// Whether it answers at all.
    up: Arc<Mutex<bool>>,
    streams: mpsc::UnboundedSender<Events>,
}

#[tonic::async_trait]
impl KeyService for Auth {
    async fn list_keys(&self, _: Request<ListKeysRequest>) -> Result<Response<ListKeysResponse>, Status> {
        self.check_up()?;
        Ok(Response::new(ListKeysResponse {
            keys: vec![self.key.clone()],
            max_age_seconds: 300,
            issuer: self.issuer.clone(),
            server_time: None,
        }))
    }
}

#[tonic::async_trait]
impl RevocationService for Auth {
    type WatchRevocationsStream = UnboundedReceiverStream<Result<WatchRevocationsResponse, Status>>;

    async fn watch_revocations(
        &self,
        request: Request<WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        self.check_up()?;
        let token = docket_rpc::bearer_token(request.metadata().as_ref())?;
        self.service_key.verify(token, self.now).map_err(|_| Reason::TokenInvalid.status())?;
        let (events, stream) = mpsc::unbounded_channel();
        self.streams.send(events).expect("the test listens");
        Ok(Response::new(UnboundedReceiverStream::new(stream)))
    }
}

impl Auth {
    fn check_up(&self) -> Result<(), Status> {
        if *self.up.lock().expect("no holder panics") { Ok(()) } else { Err(Reason::UpstreamUnavailable.status()) }
    }
}

struct Scene {
    clock: FakeClock,
    auth: Auth,
    streams: mpsc::UnboundedReceiver<Events>,
    trust: Trust,
    verifier: TokenVerifier,
    claims: Claims,
    token: String,
    shutdown: CancellationToken,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Scene {
    fn start(up: bool) -> Self {
        Self::start_with(up, TestIssuer::ISSUER)
    }

    /// With an auth service that says that it issues tokens under this name.
    fn start_with(up: bool, issuer_name: &str) -> Self {
        let clock = FakeClock::default();
        let issuer = TestIssuer::new(clock.clock());
        let random = seeded_random(2);
        let credential = ServiceCredential::generate(clock.now(), &random);
        let service_key = ServiceKey::new(credential.id(), &credential.public_key()).expect("32 bytes");
        let (sender, streams) = mpsc::unbounded_channel();
        let jwk = issuer.jwk();
        let key = PublicKey { kid: jwk.kid, alg: jwk.alg, kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: String::new() };
        let (now, up) = (clock.now(), Arc::new(Mutex::new(up)));
        let auth =
            Auth { key, issuer: issuer_name.to_owned(), service_key: Arc::new(service_key), now, up, streams: sender };
        let expected = Expected {
            issuer: TestIssuer::ISSUER.into(),
            audience: "docket".into(),
            longest_life: Duration::from_secs(600),
        };
        let trust = Trust::new(expected, Duration::from_secs(60), clock.clock(), random.clone());
        let (verifier, shutdown) = (trust.verifier(), CancellationToken::new());
        let claims = issuer.claims(UserId::new(now, &random), SessionId::new(now, &random));
        let token = issuer.sign(&claims);
        let routes =
            Routes::new(KeyServiceServer::new(auth.clone())).add_service(RevocationServiceServer::new(auth.clone()));
        tokio::spawn({
            let (trust, shutdown) = (trust.clone(), shutdown.clone());
            async move { trust.follow(routes, Some(credential), shutdown).await }
        });
        Self { clock, auth, streams, trust, verifier, claims, token, shutdown }
    }

    /// The next stream that the follower opens.
    async fn opened(&mut self) -> Events {
        within_ten_seconds(self.streams.recv()).await.expect("the stand-in is there")
    }

    fn standing(&self) -> Result<(), TokenError> {
        self.verifier.verify(&self.token).map(drop)
    }

    async fn until(&self, standing: Result<(), TokenError>) {
        eventually(async || (self.standing() == standing).then_some(())).await;
    }
}

fn heartbeat(caught_up: bool) -> WatchRevocationsResponse {
    WatchRevocationsResponse { caught_up, ..WatchRevocationsResponse::default() }
}

fn revoking(scene: &Scene, target: Option<Target>) -> WatchRevocationsResponse {
    let time = |after: i64| Some(prost_types::Timestamp { seconds: scene.clock.now().timestamp() + after, nanos: 0 });
    let revocation = Revocation { target, revoke_time: time(0), expire_time: time(600) };
    WatchRevocationsResponse { revocations: vec![revocation], ..heartbeat(true) }
}

fn session(scene: &Scene) -> Option<Target> {
    Some(Target::SessionId(scene.claims.sid.to_string()))
}

#[tokio::test]
async fn nobody_is_let_in_before_all_that_is_in_force_was_heard() {
    let mut scene = Scene::start(true);
    let events = scene.opened().await;
    scene.until(Err(TokenError::RevocationsStale)).await;
    assert!(!scene.trust.is_ready());
    events.send(Ok(heartbeat(false))).expect("it listens");
    events.send(Ok(revoking(&scene, session(&scene)))).expect("it listens");
    scene.until(Err(TokenError::Revoked)).await;
    assert!(scene.trust.is_ready());
}

#[tokio::test]
async fn a_revocation_ends_a_token_that_was_good() {
    let mut scene = Scene::start(true);
    let events = scene.opened().await;
    events.send(Ok(heartbeat(true))).expect("it listens");
    scene.until(Ok(())).await;
    events.send(Ok(revoking(&scene, session(&scene)))).expect("it listens");
    scene.until(Err(TokenError::Revoked)).await;
}

#[tokio::test]
async fn a_verifier_that_starts_before_the_auth_service_waits_and_recovers() {
    let mut scene = Scene::start(false);
    assert_eq!(scene.standing(), Err(TokenError::KeysUnavailable), "the fault is ours");
    *scene.auth.up.lock().expect("no holder panics") = true;
    let events = scene.opened().await;
    events.send(Ok(heartbeat(true))).expect("it listens");
    scene.until(Ok(())).await;
}

#[tokio::test]
async fn a_stream_that_breaks_is_opened_again_and_what_was_known_stays_known() {
    let mut scene = Scene::start(true);
    let events = scene.opened().await;
    events.send(Ok(revoking(&scene, session(&scene)))).expect("it listens");
    scene.until(Err(TokenError::Revoked)).await;
    events.send(Err(Reason::ShuttingDown.status())).expect("it listens");
    let events = scene.opened().await;
    assert_eq!(scene.standing(), Err(TokenError::Revoked));
    drop(events);
    scene.opened().await;
}

#[tokio::test]
async fn silence_beyond_the_bound_lets_nobody_in_and_calls_nobody_wrong() {
    let mut scene = Scene::start(true);
    let events = scene.opened().await;
    events.send(Ok(heartbeat(true))).expect("it listens");
    scene.until(Ok(())).await;
    scene.clock.advance(TimeDelta::seconds(61));
    assert_eq!(scene.standing(), Err(TokenError::RevocationsStale));
    events.send(Ok(heartbeat(true))).expect("it listens");
    scene.until(Ok(())).await;
}

#[tokio::test]
async fn a_revocation_that_can_not_be_read_is_no_news_and_ends_the_stream() {
    let bad = [None, Some(Target::SessionId("me".into())), Some(Target::Subject(String::new()))];
    for target in bad {
        let mut scene = Scene::start(true);
        let events = scene.opened().await;
        events.send(Ok(revoking(&scene, target))).expect("it listens");
        scene.opened().await;
        assert!(!scene.trust.is_ready(), "nothing was heard");
    }
}

#[tokio::test]
async fn while_the_clocks_differ_the_service_is_not_ready_and_tells_by_how_much() {
    let mut scene = Scene::start(true);
    let events = scene.opened().await;
    let told = |ahead: i64| {
        let time = scene.clock.now() + TimeDelta::seconds(ahead);
        let server_time = Some(prost_types::Timestamp { seconds: time.timestamp(), nanos: 0 });
        events.send(Ok(WatchRevocationsResponse { server_time, ..heartbeat(true) })).expect("it listens");
    };
    for (ahead, ready) in [(5, true), (6, false), (60, false), (0, true), (-6, false), (-5, true)] {
        told(ahead);
        let offset = scene.clock.now().timestamp() + ahead;
        let seen = || scene.trust.clock_offset().map(|offset| scene.clock.now().timestamp() + offset.num_seconds());
        eventually(async || (seen() == Some(offset)).then_some(())).await;
        eventually(async || (scene.trust.is_ready() == ready).then_some(())).await;
    }
}

#[tokio::test]
async fn where_tokens_are_issued_under_another_url_the_service_is_not_ready() {
    let mut scene = Scene::start_with(true, "https://other.example");
    let events = scene.opened().await;
    events.send(Ok(heartbeat(true))).expect("it listens");
    // Keys and revocations are there, so that all else is in place.
    scene.until(Ok(())).await;
    assert!(!scene.trust.is_ready());
}
