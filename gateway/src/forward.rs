//! Hands calls to the services that are public, by name, and to nothing else.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use docket_rpc::{Shielded, TrustedProxies};
use http::{Request, Response};
use tonic::body::Body;
use tower::Service;

use crate::body::RequestBody;
use crate::client_headers;

/// The one service of which some calls read cookies.
const TAKES_COOKIES: &str = "docket.auth.v1.AuthService";

/// Public services by name. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    services: Arc<HashMap<&'static str, Shielded>>,
    /// What answers for names that are not public: UNIMPLEMENTED, whether or not they exist.
    otherwise: Shielded,
    proxies: Arc<TrustedProxies>,
}

impl Forward {
    pub(crate) fn new(
        services: impl IntoIterator<Item = (&'static str, Shielded)>,
        otherwise: Shielded,
        proxies: TrustedProxies,
    ) -> Self {
        Self { services: Arc::new(services.into_iter().collect()), otherwise, proxies: Arc::new(proxies) }
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
        let service = head.uri.path().split('/').nth(1).unwrap_or_default();
        let mut handler = self.services.get(service).unwrap_or(&self.otherwise).clone();
        let takes_cookies = service == TAKES_COOKIES;
        client_headers::settle(&mut head, &self.proxies, takes_cookies);
        let (body, broken) = RequestBody::new(body);
        head.extensions.insert(broken);
        handler.call(Request::from_parts(head, body))
    }
}
