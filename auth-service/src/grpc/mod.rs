//! The services of `docket.auth.v1`: each method reads its message, calls a use case and renders the result.

mod accounts;
mod auth;
mod client;
mod convert;
mod cookies;
mod keys;
mod revocations;
mod status;

pub(crate) use accounts::AccountHandlers;
pub(crate) use auth::AuthHandlers;
pub(crate) use cookies::RefreshCookie;
pub(crate) use keys::KeyHandlers;
pub(crate) use revocations::RevocationHandlers;

/// The methods that work without a bearer token. KeyService needs none either, and is served without the layer.
pub(crate) const OPEN_METHODS: &[&str] = &[
    "/docket.auth.v1.AuthService/SignUp",
    "/docket.auth.v1.AuthService/SignIn",
    "/docket.auth.v1.AuthService/RefreshSession",
    "/docket.auth.v1.AuthService/ValidateToken",
    "/docket.auth.v1.AuthService/RequestPasswordReset",
    "/docket.auth.v1.AuthService/ResetPassword",
    "/docket.auth.v1.AuthService/RequestEmailVerification",
    "/docket.auth.v1.AuthService/VerifyEmail",
];
