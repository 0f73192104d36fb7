//! Connections to one service, as many as its calls need.
//!
//! A server accepts 100 streams on a connection, and each browser that watches for changes holds one for as long as its
//! page is open. With a single connection, 100 such browsers would block all other calls.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tonic::body::Body;

/// Upper limit for one service.
const CONNECTIONS: usize = 16;
/// Calls on a connection before the next connection is used. Below the 100 streams that a server accepts, so that no
/// call waits for another to end.
const CALLS: usize = 90;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// The limit of Docket's servers, in bytes.
const MAX_HEADER_LIST: u32 = 16 * 1024;

/// Connects at the first call, and reconnects whenever the connection was lost.
type HttpClient = Client<HttpConnector, Body>;

/// All connections to one service. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Connections(Arc<[(HttpClient, InFlight)]>);

/// Counts a call as in flight until it is dropped.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<()>);

impl Connections {
    pub(crate) fn new() -> Self {
        Self((0..CONNECTIONS).map(|_| (client(), InFlight::default())).collect())
    }

    /// The first connection with capacity, to keep their number low; where none has any, the one with the fewest calls.
    pub(crate) fn next(&self) -> (&HttpClient, InFlight) {
        let with_capacity = self.0.iter().find(|(_, calls)| calls.count() < CALLS);
        let least_used = || self.0.iter().min_by_key(|(_, calls)| calls.count());
        let (client, calls) = with_capacity.or_else(least_used).expect("the number of connections is not zero");
        (client, calls.clone())
    }
}

impl InFlight {
    /// The calls in flight on the connection that this belongs to.
    fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

fn client() -> HttpClient {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .http2_only(true)
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .http2_keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .http2_keep_alive_while_idle(true)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .build(connector)
}
