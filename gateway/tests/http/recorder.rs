//! A stub service that records all forwarded requests, whatever their paths.

use std::sync::{Arc, Mutex};

use docket_identity::Clock;
use docket_proto::auth::v1::key_service_server::SERVICE_NAME as KEY_SERVICE;
use docket_rpc::{ServerSettings, ShieldSettings, serve, shield};
use docket_testkit::{TestServer, seeded_random};
use gateway::{Upstream, Upstreams};
use http::header::{self, HeaderMap};
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::pb::health_server::SERVICE_NAME as HEALTH_SERVICE;

use crate::site::{Place, Site};

/// One forwarded request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forwarded {
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
}

/// A stub for both services behind a gateway. What the gateway itself asks (health, keys) is not recorded.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) gateway: TestServer,
    forwarded: Arc<Mutex<Vec<Forwarded>>>,
    /// Keeps the remote service running.
    _remote: Option<TestServer>,
}

impl Recorder {
    pub(crate) async fn start(place: Place) -> Self {
        let forwarded = Arc::default();
        let shielded = |shutdown| {
            let settings = ShieldSettings::new(Clock::system(), seeded_random(2), shutdown);
            shield(routes(Arc::clone(&forwarded)), settings)
        };
        let shutdown = CancellationToken::new();
        let (upstream, remote) = match place {
            Place::InProcess => (Upstream::InProcess(shielded(shutdown.clone())), None),
            Place::Remote => {
                let start = |listener, shutdown: CancellationToken| {
                    serve(listener, shielded(shutdown.clone()), shutdown, ServerSettings::default())
                };
                let remote = TestServer::start(start).await;
                (Upstream::Remote(remote.url().parse().unwrap()), Some(remote))
            }
        };
        let upstreams = Upstreams { auth: upstream.clone(), task: upstream };
        let gateway = Site::serve(upstreams, &[], shutdown).await;
        Self { gateway, forwarded, _remote: remote }
    }

    pub(crate) fn forwarded(&self) -> Vec<Forwarded> {
        self.forwarded.lock().unwrap().clone()
    }
}

/// Answers each call with the status OK and without a message.
fn routes(forwarded: Arc<Mutex<Vec<Forwarded>>>) -> Routes {
    let record = move |request: Request<axum::body::Body>| {
        let (head, _) = request.into_parts();
        let own = [HEALTH_SERVICE, KEY_SERVICE];
        if !own.iter().any(|service| head.uri.path().contains(service)) {
            let uri = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            forwarded.lock().unwrap().push(Forwarded { uri, headers: head.headers });
        }
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(header::CONTENT_TYPE, "application/grpc".parse().unwrap());
        response.headers_mut().insert("grpc-status", "0".parse().unwrap());
        std::future::ready(response)
    };
    Routes::from(axum::Router::new().fallback(record))
}
