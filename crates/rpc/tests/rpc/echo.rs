//! A service small enough to be seen through, and ways to call it as tonic's client never would.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use docket_rpc::{ShieldSettings, Shielded, caller, client_address, shield};
use docket_testkit::{FakeClock, seeded_random};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tonic_types::{ErrorDetails, StatusExt as _};
use tower::{Service, ServiceExt as _, service_fn};

/// What the echo takes and gives at most, in bytes.
pub(crate) const MESSAGE_LIMIT: usize = 1024;

pub(crate) const SAY: &str = "/test.Echo/Say";
pub(crate) const TELL: &str = "/test.Echo/Tell";
/// Takes and gives messages of any length, and answers as many bytes as it is told.
pub(crate) const FILL: &str = "/test.Echo/Fill";

/// Says what it is told, and misbehaves where it is told to.
#[derive(Clone, Default)]
pub(crate) struct Echo {
    /// Lets go of calls that say "wait for release".
    pub(crate) release: Arc<Notify>,
    /// Tells of calls that have begun to wait.
    pub(crate) waiting: Arc<Notify>,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Echo {
    /// The headers of the last request that reached it.
    pub(crate) fn last_headers(&self) -> Option<HeaderMap> {
        self.seen.lock().expect("no holder panics").last().cloned()
    }

    async fn say(self, request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
        let (address, signed_in) = (client_address(&request), caller(&request));
        let (metadata, _, words) = request.into_parts();
        self.seen.lock().expect("no holder panics").push(metadata.into_headers());
        let answer = match words.as_str() {
            "panic" => panic!("secret text"),
            "fail without a reason" => return Err(Status::unauthenticated("secret text")),
            "answer at length" => "x".repeat(MESSAGE_LIMIT + 1),
            "wait for ever" => std::future::pending().await,
            "wait for release" => {
                self.waiting.notify_one();
                self.release.notified().await;
                words
            }
            "who calls" => format!("{address:?}"),
            "who signed in" => signed_in?.user_id().to_string(),
            _ => words,
        };
        Ok(tonic::Response::new(answer))
    }

    async fn fill(self, request: tonic::Request<String>) -> Result<tonic::Response<String>, Status> {
        let length = request.into_inner().parse().unwrap_or_default();
        Ok(tonic::Response::new("x".repeat(length)))
    }

    async fn tell(
        self,
        request: tonic::Request<String>,
    ) -> Result<tonic::Response<BoxStream<'static, Result<String, Status>>>, Status> {
        let signed_in = caller(&request);
        let words = request.into_inner();
        let rest = match words.as_str() {
            "panic" => stream::once(async { panic!("secret text") }).boxed(),
            "fail without a reason" => stream::iter([Err(Status::internal("secret text"))]).boxed(),
            "who signed in" => stream::iter([signed_in.map(|caller| caller.user_id().to_string())]).boxed(),
            "for ever" => stream::pending().boxed(),
            _ => stream::empty().boxed(),
        };
        Ok(tonic::Response::new(stream::iter([Ok(words)]).chain(rest).boxed()))
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl Service<Request<Body>> for Echo {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let mut boundless = tonic::server::Grpc::new(ProstCodec::<String, String>::default());
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<String, String>::default())
                .max_decoding_message_size(MESSAGE_LIMIT)
                .max_encoding_message_size(MESSAGE_LIMIT);
            Ok(match request.uri().path() {
                FILL => boundless.unary(service_fn(move |request| this.clone().fill(request)), request).await,
                SAY => grpc.unary(service_fn(move |request| this.clone().say(request)), request).await,
                TELL => grpc.server_streaming(service_fn(move |request| this.clone().tell(request)), request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

pub(crate) fn settings(shutdown: &CancellationToken) -> ShieldSettings {
    ShieldSettings::new(FakeClock::default().clock(), seeded_random(1), shutdown.clone())
}

/// The echo behind the usual shield.
pub(crate) fn shielded_echo() -> Shielded {
    shield(Routes::new(Echo::default()), settings(&CancellationToken::new()))
}

/// The message as gRPC frames it, saying `words`.
pub(crate) fn message(words: &str) -> Vec<u8> {
    frame(&words.to_owned().encode_to_vec())
}

/// Length-prefixed, not compressed (gRPC over HTTP/2, Length-Prefixed-Message).
pub(crate) fn frame(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("test messages are short");
    [&[0], length.to_be_bytes().as_slice(), bytes].concat()
}

/// A gRPC request.
pub(crate) fn request(path: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(format!("http://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::from(body)))
        .expect("the request is well formed")
}

/// A whole answer: headers, data and status, which stands in the trailers or, where there is no data, in the headers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) data: Vec<u8>,
    pub(crate) status: Option<Status>,
}

/// Calls without a socket.
pub(crate) async fn call(service: &Shielded, request: Request<Body>) -> Answer {
    let response = service.clone().oneshot(request).await.expect("the shield never fails");
    read(response).await
}

/// Says `words` to the echo.
pub(crate) async fn say(service: &Shielded, words: &str) -> Answer {
    call(service, request(SAY, message(words))).await
}

pub(crate) async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.expect("the answer ends as it should");
    let trailers = collected.trailers().cloned();
    let status =
        trailers.as_ref().and_then(Status::from_header_map).or_else(|| Status::from_header_map(&parts.headers));
    Answer { http_status: parts.status.as_u16(), headers: parts.headers, data: collected.to_bytes().to_vec(), status }
}

/// Fails unless the answer is `reason` with `code`, with exactly one `ErrorInfo`, and without a word of what happened.
pub(crate) fn assert_refused(answer: &Answer, reason: &str, code: Code) -> ErrorDetails {
    let status = answer.status.as_ref().expect("a gRPC status");
    assert_eq!(answer.http_status, 200, "gRPC's own errors are no HTTP errors");
    assert_eq!((status.code(), info(status).as_str()), (code, reason));
    assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");
    status.get_error_details()
}

/// The reason of the one `ErrorInfo`.
pub(crate) fn info(status: &Status) -> String {
    let details = status.get_error_details_vec();
    let infos: Vec<_> = details
        .iter()
        .filter_map(|detail| match detail {
            tonic_types::ErrorDetail::ErrorInfo(info) => Some(info),
            _ => None,
        })
        .collect();
    assert_eq!(infos.len(), 1, "exactly one ErrorInfo: {status:?}");
    assert_eq!(infos[0].domain, "docket");
    infos[0].reason.clone()
}
