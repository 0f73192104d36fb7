//! One connection: what HTTP allows on it, and how long it lives.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt as _};

use super::ServerSettings;
use super::first_bytes::FirstBytes;
use crate::PeerAddress;

/// Streams that a connection may have open. Without a limit of ours there would be none at all.
const MAX_STREAMS: u32 = 100;
/// Streams that a client may make us reset before the connection is ended (RUSTSEC-2024-0003).
const MAX_LOCAL_RESETS: usize = 256;
/// All headers of a request. It bounds CONTINUATION frames, too.
const MAX_HEADERS: u32 = 16 * 1024;
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an HTTP/1.1 client may take to send the headers of a request, and to think of the next request.
const HTTP1_HEADERS: Duration = Duration::from_secs(10);

/// What all connections of a server have in common.
#[derive(Clone)]
pub(super) struct Connections {
    http: Arc<Builder<TokioExecutor>>,
    first_bytes: Duration,
    age: Duration,
    shutdown: CancellationToken,
}

impl Connections {
    pub(super) fn new(settings: &ServerSettings, shutdown: CancellationToken) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1().timer(TokioTimer::new()).header_read_timeout(HTTP1_HEADERS).max_buf_size(STREAM_WINDOW as usize);
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_local_error_reset_streams(MAX_LOCAL_RESETS)
            .max_header_list_size(MAX_HEADERS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        let http = if settings.http1 { http } else { http.http2_only() };
        Self { http: Arc::new(http), first_bytes: settings.first_bytes, age: settings.connection_age, shutdown }
    }

    /// Serves one connection until it ends.
    pub(super) fn serve<S, B>(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        service: S,
    ) -> impl Future<Output = ()> + Send + 'static
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        let Self { http, first_bytes, age, shutdown } = self.clone();
        async move {
            // Small answers must not wait for the acknowledgement of those before.
            if stream.set_nodelay(true).is_err() {
                return; // it has gone already
            }
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddress(peer));
                service.clone().oneshot(request)
            });
            let io = TokioIo::new(FirstBytes::new(stream, stopped_or_after(shutdown.clone(), first_bytes)));
            let mut connection = pin!(http.serve_connection(io, service));
            // How a connection ends is its client's affair: nothing here is an error of ours.
            tokio::select! {
                ended = connection.as_mut() => return drop(ended),
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(age) => {}
            }
            connection.as_mut().graceful_shutdown();
            drop(connection.await);
        }
    }
}

/// Ends when the server stops, and at the latest after this time.
async fn stopped_or_after(shutdown: CancellationToken, time: Duration) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}
