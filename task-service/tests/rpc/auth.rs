//! What the task service sees of an auth service, as tests want it to be.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use docket_identity::Jwk;
use docket_proto::auth::v1 as proto;
use docket_rpc::bearer_token;
use proto::key_service_server::{KeyService, KeyServiceServer};
use proto::revocation_service_server::{RevocationService, RevocationServiceServer};
use tokio::sync::{broadcast, watch};
use tokio_stream::{Stream, StreamExt as _};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

const HEARTBEAT: Duration = Duration::from_millis(20);

/// Lists keys and streams revocations. Clones are one service.
#[derive(Clone, Debug)]
pub(crate) struct FakeAuth(Arc<State>);

#[derive(Debug)]
struct State {
    key: watch::Sender<Jwk>,
    in_force: watch::Sender<Vec<proto::Revocation>>,
    news: broadcast::Sender<proto::Revocation>,
    /// Counts the streams that were opened.
    streams: AtomicUsize,
    /// Where it does not answer at all.
    down: AtomicBool,
    /// Where streams stay open and nothing comes.
    silent: AtomicBool,
    tokens: watch::Sender<Vec<String>>,
}

impl FakeAuth {
    pub(crate) fn new(key: Jwk) -> Self {
        Self(Arc::new(State {
            key: watch::Sender::new(key),
            in_force: watch::Sender::default(),
            news: broadcast::Sender::new(16),
            streams: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            silent: AtomicBool::new(false),
            tokens: watch::Sender::default(),
        }))
    }

    pub(crate) fn routes(&self) -> Routes {
        Routes::new(KeyServiceServer::new(self.clone())).add_service(RevocationServiceServer::new(self.clone()))
    }

    /// Streams the revocation now, and first of all to those who come later.
    pub(crate) fn revoke(&self, revocation: proto::Revocation) {
        self.0.in_force.send_modify(|in_force| in_force.push(revocation.clone()));
        // Nobody may be listening now.
        drop(self.0.news.send(revocation));
    }

    pub(crate) fn list_instead(&self, key: Jwk) {
        self.0.key.send_replace(key);
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    pub(crate) fn set_silent(&self, silent: bool) {
        self.0.silent.store(silent, Ordering::SeqCst);
    }

    pub(crate) fn streams_opened(&self) -> usize {
        self.0.streams.load(Ordering::SeqCst)
    }

    /// The bearer tokens that streams were asked for with.
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.0.tokens.borrow().clone()
    }

    fn check(&self) -> Result<(), Status> {
        if self.0.down.load(Ordering::SeqCst) { Err(Status::unavailable("down")) } else { Ok(()) }
    }
}

#[tonic::async_trait]
impl KeyService for FakeAuth {
    async fn list_keys(&self, _: Request<proto::ListKeysRequest>) -> Result<Response<proto::ListKeysResponse>, Status> {
        self.check()?;
        let Jwk { kid, alg, kty, crv, x, y, .. } = self.0.key.borrow().clone();
        let keys = vec![proto::PublicKey { kid, alg, kty, crv, x, y: y.unwrap_or_default() }];
        Ok(Response::new(proto::ListKeysResponse { keys, max_age_seconds: 300, ..Default::default() }))
    }
}

#[tonic::async_trait]
impl RevocationService for FakeAuth {
    type WatchRevocationsStream = Pin<Box<dyn Stream<Item = Result<proto::WatchRevocationsResponse, Status>> + Send>>;

    async fn watch_revocations(
        &self,
        request: Request<proto::WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        self.check()?;
        if let Ok(token) = bearer_token(&request.metadata().clone().into_headers()) {
            self.0.tokens.send_modify(|tokens| tokens.push(token.to_owned()));
        }
        self.0.streams.fetch_add(1, Ordering::SeqCst);
        let news = tokio_stream::wrappers::BroadcastStream::new(self.0.news.subscribe());
        let first = self.0.in_force.borrow().clone();
        let later = news.timeout_repeating(tokio::time::interval(HEARTBEAT)).filter_map(|news| match news {
            Ok(Ok(revocation)) => Some(vec![revocation]),
            Ok(Err(_)) => None,
            Err(_heartbeat) => Some(Vec::new()),
        });
        let state = Arc::clone(&self.0);
        let messages = tokio_stream::once(first)
            .chain(later)
            .filter(move |_| !state.silent.load(Ordering::SeqCst))
            .map(|revocations| {
                Ok(proto::WatchRevocationsResponse {
                    revocations,
                    resume_token: String::new(),
                    caught_up: true,
                    server_time: None,
                })
            });
        let state = Arc::clone(&self.0);
        Ok(Response::new(Box::pin(messages.take_while(move |_| !state.down.load(Ordering::SeqCst)))))
    }
}
