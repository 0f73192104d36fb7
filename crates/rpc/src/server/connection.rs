//! One connection: its HTTP limits, and when it ends.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt as _};

use super::ServerSettings;
use super::activity::ObservedBody;
use super::control_frames::ControlFrames;
use super::first_bytes::FirstBytes;
use super::open_connections::Place;
use crate::PeerAddress;

/// Streams that a connection may have open at once.
const MAX_STREAMS: u32 = 100;
/// Streams that a client may make us reset before the connection is ended (RUSTSEC-2024-0003).
const MAX_LOCAL_RESETS: usize = 256;
/// All headers of a request. It bounds CONTINUATION frames, too.
const MAX_HEADERS: u32 = 16 * 1024;
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit for the headers of an HTTP/1.1 request, and for the pause before the next request.
const HTTP1_HEADERS: Duration = Duration::from_secs(10);

/// Time for a connection without a call to end after GOAWAY.
const GOAWAY_TIMEOUT: Duration = Duration::from_secs(5);

/// How the server ends a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// At once: the client takes nothing.
    Stalled,
    /// With GOAWAY, and at once: a new connection needs the place.
    MakeRoom,
    /// With GOAWAY, and after its calls.
    Graceful,
}

/// What all connections of a server have in common.
#[derive(Clone)]
pub(super) struct Connections {
    http: Arc<Builder<TokioExecutor>>,
    first_bytes: Duration,
    idle: Duration,
    stall: Duration,
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
        Self {
            http: Arc::new(http),
            first_bytes: settings.first_bytes,
            idle: settings.connection_idle,
            stall: settings.stall,
            age: settings.connection_age,
            shutdown,
        }
    }

    /// Serves one connection until it ends.
    pub(super) async fn serve<S, B>(self, stream: TcpStream, peer: SocketAddr, place: Place, service: S)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<tonic::codegen::StdError>,
    {
        // Small answers must not wait for the acknowledgement of those before.
        if stream.set_nodelay(true).is_err() {
            return; // the client has disconnected
        }
        let activity = Arc::clone(&place.activity);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(PeerAddress(peer));
            let (call, answer) = (activity.begin(), service.clone().oneshot(request));
            async move { answer.await.map(|response| response.map(|body| ObservedBody::new(body, call))) }
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.stall));
        let too_late = stopped_or_after(self.shutdown.clone(), self.first_bytes);
        let stream = FirstBytes::new(ControlFrames::new(Box::pin(stream)), too_late);
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        let activity = &place.activity;
        // Polled only when one of its timers or tokens wakes it, not with every frame of the connection.
        let mut ending: FuturesUnordered<_> = [self.ending(&place)].into_iter().collect();
        // How a connection ends depends on its client: it is not logged as an error.
        let ending = tokio::select! {
            ended = connection.as_mut() => return drop(ended),
            ending = ending.select_next_some() => ending,
        };
        if ending == Ending::Stalled {
            return;
        }
        connection.as_mut().graceful_shutdown();
        if ending == Ending::MakeRoom {
            // Sends GOAWAY if the socket has room for it.
            return drop(connection.now_or_never());
        }
        tokio::select! {
            ended = connection => drop(ended),
            () = activity.stalled_for(self.stall) => {}
            () = activity.idle_for(GOAWAY_TIMEOUT) => {}
        }
    }

    /// Returns when the connection has to end, with the reason.
    async fn ending(&self, place: &Place) -> Ending {
        let activity = &place.activity;
        tokio::select! {
            () = activity.stalled_for(self.stall) => Ending::Stalled,
            () = place.make_room.cancelled() => Ending::MakeRoom,
            () = activity.idle_for(self.idle) => Ending::Graceful,
            () = self.shutdown.cancelled() => Ending::Graceful,
            () = tokio::time::sleep(self.age) => Ending::Graceful,
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
