//! The claims of an access token (RFC 9068, 2.2).

use serde::{Deserialize, Serialize};

use crate::{SessionId, UserId};

/// The `typ` of an access token (RFC 9068, 2.1).
pub const TOKEN_TYPE: &str = "at+jwt";

/// What an access token says. Times are whole seconds since 1970 (RFC 7519, NumericDate).
///
/// Reading refuses a token that lacks any claim without a default here, or has one of another type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: the public URL of the deployment.
    pub iss: String,
    /// Audience: for whom the token is good.
    #[serde(deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    /// Subject: the account.
    pub sub: UserId,
    /// The session that the token belongs to.
    pub sid: SessionId,
    /// The token's own id.
    pub jti: String,
    /// Issued at.
    pub iat: i64,
    /// Not good before.
    pub nbf: i64,
    /// Expires at.
    pub exp: i64,
    /// When the person last showed a password.
    #[serde(default)]
    pub auth_time: Option<i64>,
    /// How the person was authenticated (RFC 8176).
    #[serde(default)]
    pub amr: Vec<String>,
    /// What the account may do beyond its own data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

/// `aud` may be one string or an array of strings (RFC 7519, 4.1.3).
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Audience::deserialize(deserializer)? {
        Audience::One(audience) => vec![audience],
        Audience::Many(audiences) => audiences,
    })
}
