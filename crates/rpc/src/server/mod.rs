//! Serves connections in bounded number, for bounded time, and stops when told to.

mod accept;
mod activity;
mod connection;
mod control_frames;
mod descriptors;
mod first_bytes;
mod open_connections;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::quota::Exceeded;
use crate::{SourceNetwork, TrustedProxies};
use connection::Connections;
pub use descriptors::raise_connection_limit;
use open_connections::OpenConnections;

/// What a server allows its connections.
#[derive(Clone, Debug)]
pub struct ServerSettings {
    /// How many connections may be open. Where all are, the one that has been idle for longest is closed for a new one;
    /// where none is idle, the new one is. One source network can hold a quarter of them.
    pub max_connections: usize,
    /// Proxies that connect on behalf of others: they are bound by the number of connections alone.
    pub proxies: TrustedProxies,
    /// Whether HTTP/1.1 is spoken beside HTTP/2 (without TLS, with prior knowledge).
    pub http1: bool,
    /// How long a connection may take to say which protocol it speaks.
    pub first_bytes: Duration,
    /// After how long without a call a connection is ended. Clients of gRPC connect again when they next call.
    pub connection_idle: Duration,
    /// After how long a connection is ended on which there is something to send and the client takes nothing.
    pub stall: Duration,
    /// After how long a connection takes no further calls, so that clients spread over replicas that came later.
    /// Calls in flight finish.
    pub connection_age: Duration,
    /// How long calls in flight may take to finish when the server stops. Container runtimes kill after ten seconds:
    /// the rest is for what has to be closed afterwards.
    pub drain: Duration,
    /// Tells how many connections are open.
    pub connections: ConnectionCount,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            proxies: TrustedProxies::default(),
            http1: false,
            first_bytes: Duration::from_secs(5),
            connection_idle: Duration::from_secs(60),
            stall: Duration::from_secs(30),
            connection_age: Duration::from_secs(30 * 60),
            drain: Duration::from_secs(9),
            connections: ConnectionCount::default(),
        }
    }
}

impl ServerSettings {
    /// The network whose share a connection of `peer` counts against.
    fn network(&self, peer: SocketAddr) -> Option<SourceNetwork> {
        let address = peer.ip().to_canonical();
        (!self.proxies.contains(address)).then(|| SourceNetwork::of(address))
    }
}

/// How many connections a server has open. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct ConnectionCount(Arc<AtomicUsize>);

impl ConnectionCount {
    /// How many are open at this moment.
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, count: usize) {
        self.0.store(count, Ordering::Relaxed);
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
    B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<tonic::codegen::StdError>,
{
    let connections = Connections::new(&settings, shutdown.clone());
    let open = OpenConnections::new(settings.max_connections, settings.connections.clone());
    let mut tasks = JoinSet::new();
    let mut refused = None;
    while let Some((stream, peer)) = accept::next(&listener, &shutdown).await {
        while tasks.try_join_next().is_some() {}
        let admitted = open.admit(settings.network(peer));
        let before = std::mem::replace(&mut refused, admitted.as_ref().err().copied());
        match admitted {
            Ok(place) => drop(tasks.spawn(connections.clone().serve(stream, peer, place, service.clone()))),
            // One line for each time that it comes to this: a flood must not fill the log.
            Err(reason) if before != Some(reason) => warn_of_refusal(reason, tasks.len()),
            Err(_) => {}
        }
    }
    drop(listener);
    tracing::info!(open = tasks.len(), "draining connections");
    let drained = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.drain, drained).await.is_err() {
        tracing::warn!(open = tasks.len(), "closing connections that did not finish in time");
        tasks.shutdown().await;
    }
}

fn warn_of_refusal(reason: Exceeded, open: usize) {
    match reason {
        Exceeded::Limit => tracing::warn!(open, "refusing connections: all are in use"),
        Exceeded::Share => tracing::warn!(open, "refusing connections of a source network that has its share"),
    }
}
