//! The gateway's layers, from outside in: security headers, CORS, refusal of cross-origin requests, and the dispatch to
//! what answers the request.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use docket_rpc::Origin;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use tonic::body::Body;
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer as _, Service, ServiceBuilder};
use tower_http::cors::CorsLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::Config;
use crate::forward::Forward;
use crate::keys::Keys;
use crate::page::page;
use crate::refusal::Refusal;
use crate::route::Route;
use crate::security_headers::security_headers;

/// How long browsers may cache the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

/// Request headers that pages of configured origins may send.
const REQUEST_HEADERS: &[&str] = &[
    "accept-language",
    "authorization",
    "content-type",
    "docket-time-zone",
    "grpc-timeout",
    "traceparent",
    "x-grpc-web",
    "x-request-id",
    "x-user-agent",
];
/// Response headers that they may read.
const RESPONSE_HEADERS: &[&str] = &["grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id"];

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// The settings of the layers, and the dispatch behind them.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    headers: Arc<HeaderMap>,
    cors: Option<CorsLayer>,
    csrf: CsrfLayer,
    dispatch: Dispatch,
}

impl Front {
    pub(crate) fn new(config: &Config, public_url: &Origin, forward: Forward, keys: Keys) -> Self {
        let origins = &config.allowed_origins;
        Self {
            headers: Arc::new(security_headers(public_url)),
            cors: (!origins.is_empty()).then(|| cors(origins)),
            csrf: csrf(origins.iter().chain([public_url])),
            dispatch: Dispatch { calls: GrpcWebLayer::new().layer(forward), keys },
        }
    }

    pub(crate) fn service(
        &self,
    ) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send + 'static
    {
        let headers = Arc::clone(&self.headers);
        ServiceBuilder::new()
            .map_request(|request: Request<Incoming>| request.map(Body::new))
            .map_response(move |response| with_headers(response, &headers))
            .option_layer(self.cors.clone())
            .layer(self.csrf.clone().with_rejection_response(|_: ProtectionError| Refusal::ForeignOrigin.response()))
            .service(self.dispatch.clone())
    }
}

fn with_headers(mut response: Response<Body>, headers: &HeaderMap) -> Response<Body> {
    response.headers_mut().extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
    response
}

/// Allows the configured origins, with the gateway's own cookie.
fn cors(origins: &[Origin]) -> CorsLayer {
    let names = |names: &[&'static str]| names.iter().map(|name| HeaderName::from_static(name)).collect::<Vec<_>>();
    CorsLayer::new()
        .allow_origin(origins.iter().map(Origin::header_value).collect::<Vec<HeaderValue>>())
        .allow_methods([Method::POST])
        .allow_headers(names(REQUEST_HEADERS))
        .expose_headers(names(RESPONSE_HEADERS))
        .allow_credentials(true)
        .max_age(PREFLIGHT_AGE)
}

/// Accepts requests of the gateway's own origin and of the `trusted` ones, and those that no browser sends. The public
/// URL has to be among the trusted, since a proxy in front may change the host.
fn csrf<'a>(trusted: impl Iterator<Item = &'a Origin>) -> CsrfLayer {
    trusted.fold(CsrfLayer::new(), |layer, origin| {
        layer.add_trusted_origin(origin.to_string()).expect("an Origin has the form that browsers send")
    })
}

/// Passes each request to what answers it.
#[derive(Clone, Debug)]
struct Dispatch {
    calls: GrpcWebService<Forward>,
    keys: Keys,
}

impl Service<Request<Body>> for Dispatch {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture {
        let is_head = request.method() == Method::HEAD;
        let answer = self.answer(request);
        if is_head { Box::pin(async { answer.await.map(without_body) }) } else { answer }
    }
}

impl Dispatch {
    fn answer(&mut self, request: Request<Body>) -> ResponseFuture {
        match Route::of(&request) {
            Route::Call => {
                let answer = self.calls.call(request);
                Box::pin(async move { answer.await.map(not_stored) })
            }
            Route::Keys => {
                let keys = self.keys.clone();
                Box::pin(async move { Ok(keys.answer().await) })
            }
            Route::Page => Box::pin(std::future::ready(Ok(page(&request)))),
            Route::Refused(refusal) => Box::pin(std::future::ready(Ok(refusal.response()))),
        }
    }
}

/// Responses to calls hold personal data, which no cache may keep (ASVS v5.0.0-14.3.2).
fn not_stored(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Makes the response to a HEAD from that to a GET: keeps the length of the body and drops the body (RFC 9110, 9.3.2).
/// hyper does this for HTTP/1.1 only.
fn without_body(mut response: Response<Body>) -> Response<Body> {
    let body = std::mem::take(response.body_mut());
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(length));
    }
    response
}
