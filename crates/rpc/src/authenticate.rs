//! The layer that lets no call through without a good bearer token.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use docket_identity::{Caller, TokenError, TokenVerifier};
use futures_util::future::Either;
use http::{HeaderMap, Request, Response, header};
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::{Layer, Service};

use crate::shield::CallerSlot;
use crate::{LogLimit, Reason};

/// Verifies the bearer token of every call and puts the [`Caller`] into its extensions. Calls without a valid token
/// are refused here, except for methods that are open to all.
#[derive(Clone, Debug)]
pub struct AuthenticateLayer {
    verifier: Arc<TokenVerifier>,
    open: &'static [&'static str],
    /// Bounds the line about this clock, which anybody with a token could cause with each call.
    clock_behind: Arc<LogLimit>,
}

impl AuthenticateLayer {
    /// A layer behind which every method needs a token.
    pub fn new(verifier: Arc<TokenVerifier>) -> Self {
        Self { verifier, open: &[], clock_behind: Arc::default() }
    }

    /// Leaves `methods` (full paths: "/docket.auth.v1.AuthService/SignIn") open to all. Their tokens are not looked at.
    #[must_use]
    pub fn open(self, methods: &'static [&'static str]) -> Self {
        Self { open: methods, ..self }
    }

    /// Who makes the call with these headers, by its token.
    fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Reason> {
        self.verifier.verify(bearer_token(headers)?).map_err(|error| match error {
            TokenError::Invalid => Reason::TokenInvalid,
            TokenError::Expired => Reason::TokenExpired,
            TokenError::Revoked => Reason::TokenRevoked,
            TokenError::ClockBehind { seconds } => {
                if self.clock_behind.permits() {
                    tracing::warn!(
                        seconds,
                        "good tokens seem to come from the future: this clock is behind the issuer's"
                    );
                }
                Reason::ClockSkew
            }
            TokenError::KeysUnavailable => Reason::KeysUnavailable,
            TokenError::RevocationsStale => Reason::RevocationsStale,
        })
    }
}

impl<S> Layer<S> for AuthenticateLayer {
    type Service = Authenticate<S>;

    fn layer(&self, inner: S) -> Authenticate<S> {
        Authenticate { inner, layer: self.clone() }
    }
}

/// See [`AuthenticateLayer`].
#[derive(Clone, Debug)]
pub struct Authenticate<S> {
    inner: S,
    layer: AuthenticateLayer,
}

impl<S, B> Service<Request<B>> for Authenticate<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<Body>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // A caller that is there already was not verified by this layer.
        request.extensions_mut().remove::<Caller>();
        if !self.layer.open.contains(&request.uri().path()) {
            match self.layer.authenticate(request.headers()) {
                Ok(caller) => {
                    if let Some(slot) = request.extensions().get::<CallerSlot>() {
                        slot.set(caller.user_id());
                    }
                    request.extensions_mut().insert(caller);
                }
                Err(reason) => return Either::Right(ready(Ok(reason.status().into_http()))),
            }
        }
        Either::Left(self.inner.call(request))
    }
}

impl<S: NamedService> NamedService for Authenticate<S> {
    const NAME: &'static str = S::NAME;
}

/// The token of the one `authorization: Bearer …` header (RFC 6750, 2.1).
///
/// # Errors
/// TOKEN_MISSING where there is none; TOKEN_INVALID where there are several, or it is of another scheme.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, Reason> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Reason::TokenMissing)?;
    if values.next().is_some() {
        return Err(Reason::TokenInvalid);
    }
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Reason::TokenInvalid)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token) } else { Err(Reason::TokenInvalid) }
}

/// Who makes this call, as [`AuthenticateLayer`] found.
///
/// # Errors
/// TOKEN_MISSING where the layer does not stand before the handler: fail closed.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Status> {
    request.extensions().get::<Caller>().cloned().ok_or_else(|| Reason::TokenMissing.status())
}
