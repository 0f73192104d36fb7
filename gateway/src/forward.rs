//! Forwards calls to public services, by name, and to no other.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use docket_proto::COOKIE_METHODS;
use docket_rpc::{Shielded, TrustedProxies, called_service};
use http::{Request, Response};
use tonic::body::Body;
use tower::Service;

use crate::body::RequestBody;
use crate::client_headers;

/// Public services by name. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    services: Arc<HashMap<&'static str, Shielded>>,
    /// Answers UNIMPLEMENTED: to names that are not public, whether or not they exist, and to paths that are not
    /// exactly those of a call.
    unknown: Shielded,
    proxies: Arc<TrustedProxies>,
}

impl Forward {
    pub(crate) fn new(
        services: impl IntoIterator<Item = (&'static str, Shielded)>,
        unknown: Shielded,
        proxies: TrustedProxies,
    ) -> Self {
        Self { services: Arc::new(services.into_iter().collect()), unknown, proxies: Arc::new(proxies) }
    }
}

impl Service<Request<Body>> for Forward {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let service = called_service(&head.uri).and_then(|name| self.services.get(name));
        let mut handler = service.unwrap_or(&self.unknown).clone();
        let reads_cookie = COOKIE_METHODS.contains(&head.uri.path());
        client_headers::prepare(&mut head, &self.proxies, reads_cookie);
        let (body, broken) = RequestBody::new(body);
        head.extensions.insert(broken);
        handler.call(Request::from_parts(head, body))
    }
}
