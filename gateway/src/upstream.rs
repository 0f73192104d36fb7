//! The services behind the gateway, in the same process or over HTTP/2.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use docket_rpc::{
    CLIENT_ADDRESS_HEADER, ClientAddress, Reason, ServiceUrl, ShieldSettings, Shielded, pass_trace, shield,
};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::{Service, ServiceExt as _};

use crate::body::{Broken, ResponseBody};
use crate::client_headers::remove_hop_by_hop;
use crate::connections::{Connections, InFlight};

/// Time limit until a response begins. The stream that follows has no limit here.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A service behind the gateway. Calling it never fails: faults are gRPC statuses in the response.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// In this process.
    InProcess(Shielded),
    /// At this address. The gateway connects at the first call, and reconnects whenever the connection was lost. Until
    /// that succeeds, calls are answered with UNAVAILABLE `UPSTREAM_UNAVAILABLE`.
    Remote(ServiceUrl),
}

impl Upstream {
    /// The service as something to call. Calls of a remote service pass a shield with `settings` first.
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

/// A service in another process, called with hyper's client. tonic's channel would add itself to the user agent that a
/// session is listed with, connect for all waiting calls in one task, and answer deadlines in its own way.
#[derive(Clone)]
struct Remote {
    connections: Connections,
    url: ServiceUrl,
    /// Whether the last call was answered. Clones share it.
    answers: Arc<AtomicBool>,
}

impl Remote {
    fn new(url: ServiceUrl) -> Self {
        Self { connections: Connections::new(), url, answers: Arc::new(AtomicBool::new(true)) }
    }

    /// Says in the log when the service goes, and when it comes back.
    fn note(&self, fault: Option<&(dyn Error + 'static)>) {
        let answers = fault.is_none();
        // Read first: most calls change nothing, and a write would take the cache line from the other cores.
        if self.answers.load(Ordering::Relaxed) == answers || self.answers.swap(answers, Ordering::Relaxed) == answers {
            return;
        }
        let url = &self.url;
        match fault {
            Some(error) => tracing::warn!(%url, error, "upstream service is unavailable"),
            None => tracing::info!(%url, "upstream service is available again"),
        }
    }

    /// Readdresses the request to the service.
    fn readdress<B>(&self, request: &mut Request<B>) {
        let path = request.uri().path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.url.authority().clone()).path_and_query(path);
        *request.uri_mut() = uri.build().expect("scheme, authority and path were each parsed");
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().remove(header::HOST);
        pass_trace(request.headers_mut());
        // An extension does not leave the process; a header does.
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
        self.readdress(&mut request);
        let broken = request.extensions().get::<Broken>().cloned().unwrap_or_default();
        let (client, in_flight) = self.connections.next();
        let response = client.request(request);
        let this = self.clone();
        Box::pin(async move {
            let fault: Box<dyn Error> = match tokio::time::timeout(RESPONSE_TIMEOUT, response).await {
                Ok(Ok(response)) if is_from_service(&response) => {
                    this.note(None);
                    return Ok(forwarded(response, in_flight));
                }
                Ok(Err(_)) if broken.is_set() => return Ok(Reason::MalformedMessage.status().into_http()),
                Ok(Ok(response)) => format!("HTTP {} from a proxy in between", response.status()).into(),
                Ok(Err(error)) => error.into(),
                Err(elapsed) => elapsed.into(),
            };
            this.note(Some(&*fault));
            Ok(Reason::UpstreamUnavailable.status().into_http())
        })
    }
}

/// The response of a service, without what concerns only the connection to it.
fn forwarded(mut response: Response<Incoming>, in_flight: InFlight) -> Response<Body> {
    remove_hop_by_hop(response.headers_mut());
    // gRPC-Web appends the trailers to the body.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.map(|body| Body::new(ResponseBody::new(body, in_flight)))
}

/// Whether the service itself has answered. A proxy in between may answer in its place: with a bare 502, or with a gRPC
/// status. Only the statuses of services have details.
fn is_from_service<B>(response: &Response<B>) -> bool {
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
    fn a_status_of_a_proxy_is_not_one_of_the_service() {
        let answer = |headers: &[(&str, &str)]| {
            let mut response = Response::builder().header("content-type", "application/grpc");
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            is_from_service(&response.body(()).unwrap())
        };
        assert!(answer(&[]));
        assert!(answer(&[("grpc-status", "0")]));
        assert!(answer(&[("grpc-status", "14"), ("grpc-status-details-bin", "CA4")]));
        assert!(!answer(&[("grpc-status", "14")]), "a load balancer that has lost the service");
    }
}
