//! AuthService.

use std::sync::Arc;

use docket_identity::{Clock, SessionId, TokenError, TokenVerifier};
use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::auth_service_server::AuthService;
use docket_rpc::{Reason, Violations, caller, store_failure, timestamp};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::{Request, Response, Status};

use super::client::{client, language};
use super::cookies::{Delivery, RefreshCookie};
use super::{convert, status};
use crate::accounts::{Accounts, NewAccount};
use crate::domain::{DisplayName, Email};
use crate::passwords::PasswordRules;
use crate::sessions::{SessionTokens, Sessions};

/// The calls that open, renew and close sessions.
#[derive(Clone, Debug)]
pub(crate) struct AuthHandlers {
    /// Use cases.
    pub(crate) accounts: Accounts,
    /// Use cases.
    pub(crate) sessions: Sessions,
    /// What a new password must be.
    pub(crate) rules: PasswordRules,
    /// For ValidateToken.
    pub(crate) verifier: Arc<TokenVerifier>,
    /// Where browsers keep the refresh token.
    pub(crate) cookie: RefreshCookie,
    /// For the age of cookies.
    pub(crate) clock: Clock,
}

impl AuthHandlers {
    async fn new_account(&self, request: &Request<proto::SignUpRequest>) -> Result<(NewAccount, Delivery), Status> {
        let (message, language) = (request.get_ref(), language(request));
        let mut violations = Violations::new();
        let display_name = violations.check("display_name", DisplayName::parse(&message.display_name));
        let email = violations.check("email", Email::parse(&message.email));
        let password = self.rules.check(&message.password, display_name.as_ref(), email.as_ref()).await?;
        let password = violations.check("password", password);
        let delivery = convert::delivery(message.token_delivery, &mut violations);
        let parts = display_name.zip(email).zip(password).zip(delivery);
        violations.finish(parts.map(|(((display_name, email), password), delivery)| {
            (NewAccount { display_name, email, password, language }, delivery)
        }))
    }

    /// The response with `tokens`, in the message or in a cookie as the client asked.
    fn deliver<T>(
        &self,
        tokens: SessionTokens,
        delivery: Delivery,
        render: impl FnOnce(proto::SessionTokens) -> T,
    ) -> Response<T> {
        let (body, cookie) = match (tokens.refresh_token, delivery) {
            (None, _) => (String::new(), None),
            (Some(token), Delivery::Body) => (token, None),
            (Some(token), Delivery::Cookie) => {
                (String::new(), Some(self.cookie.set(&token, tokens.absolute_expire_time, self.clock.now())))
            }
        };
        let mut response = Response::new(render(proto::SessionTokens {
            access_token: tokens.access_token,
            access_expire_time: Some(timestamp(tokens.access_expire_time)),
            refresh_token: body,
            refresh_expire_time: Some(timestamp(tokens.refresh_expire_time)),
            session_id: tokens.session_id.to_string(),
        }));
        let metadata = response.metadata_mut();
        metadata.insert("cache-control", AsciiMetadataValue::from_static("no-store"));
        if let Some(cookie) = cookie {
            metadata.insert("set-cookie", cookie);
        }
        response
    }

    /// Whether the cookie is to go with the sessions that have `ended`: where it is of one of them, or of none that
    /// goes on as far as can be seen and the caller's `own` is among them.
    fn cookie_has_ended(&self, metadata: &MetadataMap, ended: &[SessionId], own: SessionId) -> bool {
        let token = self.cookie.read(metadata).ok().flatten();
        let session = token.and_then(|token| self.sessions.issuer().read_refresh_token(token).ok());
        ended.contains(&session.map_or(own, |(session, _)| session))
    }
}

#[tonic::async_trait]
impl AuthService for AuthHandlers {
    async fn sign_up(&self, request: Request<proto::SignUpRequest>) -> Result<Response<proto::SignUpResponse>, Status> {
        let client = client(&request);
        let (new, delivery) = self.new_account(&request).await?;
        let (account, tokens) = self.accounts.sign_up(new, client).await?;
        Ok(self.deliver(tokens, delivery, |tokens| proto::SignUpResponse {
            account: Some(convert::account(&account)),
            tokens: Some(tokens),
            email_verification_required: false,
        }))
    }

    async fn sign_in(&self, request: Request<proto::SignInRequest>) -> Result<Response<proto::SignInResponse>, Status> {
        let client = client(&request);
        let (attempt, delivery) = convert::sign_in(request.get_ref())?;
        let (account, tokens) = self.accounts.sign_in(attempt, client).await?;
        Ok(self.deliver(tokens, delivery, |tokens| proto::SignInResponse {
            account: Some(convert::account(&account)),
            tokens: Some(tokens),
        }))
    }

    async fn refresh_session(
        &self,
        request: Request<proto::RefreshSessionRequest>,
    ) -> Result<Response<proto::RefreshSessionResponse>, Status> {
        let client = client(&request);
        let (metadata, _, message) = request.into_parts();
        let convert::Refresh { token, delivery, request } = convert::refresh(message)?;
        let (token, delivery) = match token.as_str() {
            // A script that could get the token in the body would read what the cookie hides from it.
            "" => (self.cookie.read(&metadata)?.ok_or(Reason::RefreshInvalid)?, Delivery::Cookie),
            token => (token, delivery),
        };
        let tokens = self.sessions.refresh(token, request, client).await?;
        Ok(self.deliver(tokens, delivery, |tokens| proto::RefreshSessionResponse { tokens: Some(tokens) }))
    }

    async fn sign_out(
        &self,
        request: Request<proto::SignOutRequest>,
    ) -> Result<Response<proto::SignOutResponse>, Status> {
        let caller = caller(&request)?;
        let scope = convert::scope(request.get_ref(), caller.session_id())?;
        let ended = self.sessions.sign_out(&caller, scope, client(&request)).await;
        let ended = ended.map_err(|error| store_failure(&error))?;
        let ended_sessions = i32::try_from(ended.len()).unwrap_or(i32::MAX);
        let mut response = Response::new(proto::SignOutResponse { ended_sessions });
        if self.cookie_has_ended(request.metadata(), &ended, caller.session_id()) {
            response.metadata_mut().insert("set-cookie", self.cookie.clear());
        }
        Ok(response)
    }

    async fn validate_token(
        &self,
        request: Request<proto::ValidateTokenRequest>,
    ) -> Result<Response<proto::ValidateTokenResponse>, Status> {
        let claims = match self.verifier.verify(&request.get_ref().access_token) {
            Ok(caller) => Some(convert::claims(caller.claims())),
            Err(TokenError::Invalid | TokenError::Expired | TokenError::Revoked) => None,
            Err(TokenError::ClockBehind { .. }) => return Err(Reason::ClockSkew.status()),
            Err(TokenError::KeysUnavailable) => return Err(Reason::KeysUnavailable.status()),
            Err(TokenError::RevocationsStale) => return Err(Reason::RevocationsStale.status()),
        };
        Ok(Response::new(proto::ValidateTokenResponse { active: claims.is_some(), claims }))
    }

    async fn request_password_reset(
        &self,
        _: Request<proto::RequestPasswordResetRequest>,
    ) -> Result<Response<proto::RequestPasswordResetResponse>, Status> {
        status::later()
    }

    async fn reset_password(
        &self,
        _: Request<proto::ResetPasswordRequest>,
    ) -> Result<Response<proto::ResetPasswordResponse>, Status> {
        status::later()
    }

    async fn request_email_verification(
        &self,
        _: Request<proto::RequestEmailVerificationRequest>,
    ) -> Result<Response<proto::RequestEmailVerificationResponse>, Status> {
        status::later()
    }

    async fn verify_email(
        &self,
        _: Request<proto::VerifyEmailRequest>,
    ) -> Result<Response<proto::VerifyEmailResponse>, Status> {
        status::later()
    }
}
