//! Connections to one service, as many as its calls need.
//!
//! A server takes a hundred streams on a connection, and a browser that watches for changes holds one for as long as it
//! is open: on a single connection a hundred of them would shut out everybody else.

use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tonic::body::Body;

const CONNECTIONS: usize = 16;
/// Calls on a connection before the next is used. Below what a server takes, so that none has to wait for another.
const CALLS: usize = 90;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// As servers here take them.
const MAX_HEADER_LIST: u32 = 16 * 1024;

/// Connects to a service when it is first called, and again whenever the connection was lost.
type HttpClient = Client<HttpConnector, Body>;

/// All connections to one service. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Connections(Arc<[(HttpClient, Call)]>);

/// A call in flight, until this and its clones are dropped.
#[derive(Clone, Default)]
pub(crate) struct Call(Arc<()>);

impl Connections {
    pub(crate) fn new() -> Self {
        Self((0..CONNECTIONS).map(|_| (client(), Call::default())).collect())
    }

    /// The first connection that has room, to keep their number low; where none has, the one with the fewest calls.
    pub(crate) fn next(&self) -> (&HttpClient, Call) {
        let room = self.0.iter().find(|(_, calls)| calls.in_flight() < CALLS);
        let fewest = || self.0.iter().min_by_key(|(_, calls)| calls.in_flight());
        let (client, calls) = room.or_else(fewest).expect("there is more than one connection");
        (client, calls.clone())
    }
}

impl Call {
    fn in_flight(&self) -> usize {
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
