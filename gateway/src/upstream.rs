//! The services behind the gateway: in the same process, or over a connection of HTTP/2.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use docket_rpc::{CLIENT_ADDRESS_HEADER, ClientAddress, Reason, ServiceUrl, ShieldSettings, Shielded, shield};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{Service, ServiceExt as _};

use crate::body::{Broken, ResponseBody};
use crate::client_headers::remove_hop_by_hop;
use crate::connections::{Call, Connections};

/// Until the answer begins; what is streamed after that has as long as it wants.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// A service behind the gateway. It never fails as such: a fault is a gRPC status in its answer.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// In this process.
    InProcess(Shielded),
    /// At this address. It is connected to when it is first called, and again whenever the connection was lost; until
    /// that succeeds, calls are answered UNAVAILABLE `UPSTREAM_UNAVAILABLE`.
    Remote(ServiceUrl),
}

impl Upstream {
    /// The service as something to call. What is said to a remote one is said behind a shield with `settings`.
    pub(crate) fn open(self, settings: ShieldSettings) -> Shielded {
        match self {
            Self::InProcess(service) => service,
            Self::Remote(url) => {
                let remote = Remote::new(url).map_request(|request: Request<axum::body::Body>| request.map(Body::new));
                shield(Routes::from(axum::Router::new().fallback_service(remote)), settings)
            }
        }
    }
}

/// hyper's own client, not tonic's channel: a channel adds itself to the user agent that a session is listed with, has
/// one task connect for all waiting calls in turn, and answers deadlines in its own way.
#[derive(Clone)]
struct Remote {
    connections: Connections,
    url: ServiceUrl,
}

impl Remote {
    fn new(url: ServiceUrl) -> Self {
        Self { connections: Connections::new(), url }
    }

    /// The same request, addressed to the service.
    fn address<B>(&self, request: &mut Request<B>) {
        let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.url.authority().clone()).path_and_query(path);
        *request.uri_mut() = uri.build().expect("scheme, authority and path were each parsed");
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().remove(header::HOST);
        // What is an extension in process is a header between processes.
        if let Some(ClientAddress(client)) = request.extensions().get().copied() {
            let client = HeaderValue::try_from(client.to_string()).expect("an address is ASCII");
            request.headers_mut().insert(CLIENT_ADDRESS_HEADER, client);
        }
    }
}

impl Service<Request<Body>> for Remote {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        self.address(&mut request);
        let broken = request.extensions().get::<Broken>().cloned().unwrap_or_default();
        let (client, call) = self.connections.next();
        let answer = client.request(request);
        let url = self.url.clone();
        Box::pin(async move {
            let fault: Box<dyn Error> = match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
                Ok(Ok(response)) if is_of_service(&response) => return Ok(pass(response, call)),
                Ok(Err(_)) if broken.is_set() => return Ok(Reason::MalformedMessage.status().into_http()),
                Ok(Ok(response)) => format!("HTTP {} of something in between", response.status()).into(),
                Ok(Err(error)) => error.into(),
                Err(elapsed) => elapsed.into(),
            };
            tracing::warn!(%url, error = &*fault, "a service does not answer");
            Ok(Reason::UpstreamUnavailable.status().into_http())
        })
    }
}

/// The answer as it is, but for what is about the connection that it came over.
fn pass(mut response: Response<Incoming>, call: Call) -> Response<Body> {
    remove_hop_by_hop(response.headers_mut());
    // gRPC-Web puts the trailers behind the last message, into the body.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.map(|body| Body::new(ResponseBody::new(body, call)))
}

/// Something in between may have answered in the service's place: with a bare 502, or with a status of gRPC. The
/// services' own statuses have details.
fn is_of_service<B>(response: &Response<B>) -> bool {
    let headers = response.headers();
    let content_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let is_ok = headers.get(Status::GRPC_STATUS).is_none_or(|code| code == "0");
    let is_grpc = response.status() == StatusCode::OK && content_type.starts_with(b"application/grpc");
    is_grpc && (is_ok || headers.contains_key(Status::GRPC_STATUS_DETAILS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_something_in_between_is_not_the_services() {
        let answer = |headers: &[(&str, &str)]| {
            let mut response = Response::builder().header("content-type", "application/grpc");
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            is_of_service(&response.body(()).unwrap())
        };
        assert!(answer(&[]));
        assert!(answer(&[("grpc-status", "0")]));
        assert!(answer(&[("grpc-status", "14"), ("grpc-status-details-bin", "CA4")]));
        assert!(!answer(&[("grpc-status", "14")]), "a balancer that has lost the service");
    }
}
