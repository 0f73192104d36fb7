//! Serves connections in bounded number, for bounded time, and stops when told to.

mod accept;
mod connection;
mod descriptors;
mod first_bytes;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service;

use connection::Connections;
pub use descriptors::raise_connection_limit;

/// What a server allows its connections.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// How many connections may be open. Further ones are closed at once.
    pub max_connections: usize,
    /// Whether HTTP/1.1 is spoken beside HTTP/2 (without TLS, with prior knowledge).
    pub http1: bool,
    /// How long a connection may take to say which protocol it speaks.
    pub first_bytes: Duration,
    /// After how long a connection takes no further calls, so that clients spread over replicas that came later.
    /// Calls in flight finish.
    pub connection_age: Duration,
    /// How long calls in flight may take to finish when the server stops. Container runtimes kill after ten seconds:
    /// the rest is for what has to be closed afterwards.
    pub drain: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            http1: false,
            first_bytes: Duration::from_secs(5),
            connection_age: Duration::from_secs(30 * 60),
            drain: Duration::from_secs(9),
        }
    }
}

/// Serves `service` to the connections of `listener` until `shutdown` is cancelled; then takes no further ones, lets
/// calls in flight finish, and returns after [`ServerSettings::drain`] at the latest.
///
/// Each request carries a [`PeerAddress`](crate::PeerAddress) in its extensions. Streams have to end by themselves on
/// the same token; the [`shield`](crate::shield()) sees to that.
pub async fn serve<S, B>(listener: TcpListener, service: S, shutdown: CancellationToken, settings: ServerSettings)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    let connections = Connections::new(&settings, shutdown.clone());
    let mut open = JoinSet::new();
    let mut full = false;
    while let Some((stream, peer)) = accept::next(&listener, &shutdown).await {
        while open.try_join_next().is_some() {}
        let was_full = std::mem::replace(&mut full, open.len() >= settings.max_connections);
        if full {
            // One word for each time that it comes to this: a flood must not fill the log.
            if !was_full {
                tracing::warn!(open = open.len(), "too many connections: further ones are refused");
            }
            continue;
        }
        open.spawn(connections.serve(stream, peer, service.clone()));
    }
    drop(listener);
    tracing::info!(open = open.len(), "draining");
    let drained = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.drain, drained).await.is_err() {
        tracing::warn!(open = open.len(), "connections are cut");
        open.shutdown().await;
    }
}
