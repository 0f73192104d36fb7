//! From messages to what use cases take, and from what they give to messages.

use docket_identity::{Claims, SessionId};
use docket_proto::auth::v1 as proto;
use docket_rpc::{Violations, timestamp};
use tonic::Status;

use super::cookies::Delivery;
use crate::accounts::SignIn;
use crate::domain::{
    Account, DeviceName, DisplayName, Email, EmailError, GivenPassword, RequestIdHash, Session, SessionScope,
};

/// A parsed RefreshSessionRequest.
pub(super) struct Refresh {
    /// Empty where a cookie may carry it.
    pub(super) token: String,
    pub(super) delivery: Delivery,
    pub(super) request: Option<RequestIdHash>,
}

pub(super) fn delivery(value: i32, violations: &mut Violations) -> Option<Delivery> {
    match proto::TokenDelivery::try_from(value) {
        Ok(proto::TokenDelivery::Unspecified | proto::TokenDelivery::Body) => Some(Delivery::Body),
        Ok(proto::TokenDelivery::Cookie) => Some(Delivery::Cookie),
        Err(_) => {
            violations.add("token_delivery", "must be one of the values of TokenDelivery");
            None
        }
    }
}

pub(super) fn sign_in(message: &proto::SignInRequest) -> Result<(SignIn, Delivery), Status> {
    let mut violations = Violations::new();
    // A text that is no address has no account: that is for the use case to say, as of any unknown address.
    let email = match Email::parse(&message.email) {
        Err(error @ EmailError::Missing) => violations.check("email", Err(error)),
        email => Some(email.ok()),
    };
    let password = violations.check("password", GivenPassword::parse(&message.password));
    let delivery = delivery(message.token_delivery, &mut violations);
    let device_name = violations.check("device_name", DeviceName::parse(&message.device_name));
    let parts = email.zip(password).zip(delivery).zip(device_name);
    violations.finish(
        parts.map(|(((email, password), delivery), device_name)| (SignIn { email, password, device_name }, delivery)),
    )
}

pub(super) fn refresh(message: proto::RefreshSessionRequest) -> Result<Refresh, Status> {
    let mut violations = Violations::new();
    let delivery = delivery(message.token_delivery, &mut violations);
    let request = match message.request_id.as_str() {
        "" => None,
        id => violations.check("request_id", docket_identity::parse_uuid(id)).map(RequestIdHash::of),
    };
    let token = message.refresh_token;
    violations.finish(delivery.map(|delivery| Refresh { token, delivery, request }))
}

/// Which sessions, seen from `own`.
pub(super) fn scope(message: &proto::SignOutRequest, own: SessionId) -> Result<SessionScope, Status> {
    use proto::sign_out_request::Scope;
    let mut violations = Violations::new();
    let scope = match Scope::try_from(message.scope) {
        Ok(Scope::Unspecified | Scope::This) => Some(SessionScope::One(own)),
        Ok(Scope::Others) => Some(SessionScope::Others(own)),
        Ok(Scope::All) => Some(SessionScope::All),
        Err(_) => {
            violations.add("scope", "must be one of the values of Scope");
            None
        }
    };
    violations.finish(scope)
}

pub(super) fn update_account(message: proto::UpdateAccountRequest) -> Result<DisplayName, Status> {
    let mut violations = Violations::new();
    let paths = message.update_mask.unwrap_or_default().paths;
    if paths.iter().any(|path| path != "display_name") {
        violations.add("update_mask", "may name display_name only");
    }
    let name = message.account.unwrap_or_default().display_name;
    let name = violations.check("account.display_name", DisplayName::parse(&name));
    violations.finish(name)
}

pub(super) fn session_id(text: &str) -> Result<SessionId, Status> {
    let mut violations = Violations::new();
    let id = violations.check("session_id", text.parse());
    violations.finish(id)
}

/// The current password, which proves that the account's holder asks.
pub(super) fn current_password(text: &str, violations: &mut Violations) -> Option<GivenPassword> {
    violations.check("current_password", GivenPassword::parse(text))
}

pub(super) fn account(account: &Account) -> proto::Account {
    proto::Account {
        id: account.id.to_string(),
        display_name: account.display_name.to_string(),
        email: account.email.to_string(),
        email_verified: account.email_verified,
        create_time: Some(timestamp(account.create_time)),
        update_time: Some(timestamp(account.update_time)),
    }
}

/// A session, as `own` sees it.
pub(super) fn session(session: Session, own: SessionId) -> proto::Session {
    proto::Session {
        id: session.id.to_string(),
        device_name: session.device_name.to_string(),
        user_agent: session.client.user_agent,
        ip_address: session.client.address.map(|address| address.to_string()).unwrap_or_default(),
        create_time: Some(timestamp(session.create_time)),
        last_use_time: Some(timestamp(session.last_use_time)),
        expire_time: Some(timestamp(session.expire_time)),
        current: session.id == own,
    }
}

pub(super) fn claims(claims: &Claims) -> proto::TokenClaims {
    let seconds = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    proto::TokenClaims {
        issuer: claims.iss.clone(),
        subject: claims.sub.to_string(),
        audience: claims.aud.clone(),
        session_id: claims.sid.to_string(),
        token_id: claims.jti.clone(),
        issue_time: seconds(claims.iat),
        expire_time: seconds(claims.exp),
        auth_time: claims.auth_time.and_then(seconds),
        roles: claims.roles.clone(),
    }
}
