//! How one of our services shows itself to another: a key of its own, and short-lived tokens made with it.
//!
//! An operator makes a credential once and gives it to the service as a file. The auth service keeps only its public
//! half, so a copy of the database opens nothing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::compact::Compact;
use crate::{CLOCK_LEEWAY, Jwk, Random, VerifyingKey, new_uuid_v7};

/// The audience of service tokens; no user's token has it.
pub const SERVICE_AUDIENCE: &str = "docket-internal";

const SERVICE_TOKEN_TYPE: &str = "service+jwt";
const PREFIX: &str = "docket_service_";
const LIFE: Duration = Duration::from_secs(300);

/// The secret that a service keeps. Its text form is one line: a prefix that secret scanners can find, then
/// base64url of the credential's id and its Ed25519 seed.
pub struct ServiceCredential {
    id: Uuid,
    seed: Zeroizing<[u8; 32]>,
    key: Ed25519KeyPair,
}

/// The text is no service credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a service credential")]
pub struct BadServiceCredential;

/// Why a service token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceTokenError {
    /// It is not one of the service's.
    #[error("service token is not valid")]
    Invalid,
    /// The service made it, at a time of which it is not good now. A token is made for one call: the clocks differ.
    #[error("the service's clock is {seconds} s ahead of this one")]
    ClockSkew {
        /// By how much; negative where it is behind.
        seconds: i64,
    },
}

#[derive(Serialize, Deserialize)]
struct ServiceClaims {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
}

impl ServiceCredential {
    /// A new credential.
    pub fn generate(now: DateTime<Utc>, random: &Random) -> Self {
        Self::from_parts(new_uuid_v7(now, random), Zeroizing::new(random.bytes::<32>()))
            .expect("32 bytes are a seed of Ed25519")
    }

    fn from_parts(id: Uuid, seed: Zeroizing<[u8; 32]>) -> Option<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).ok()?;
        Some(Self { id, seed, key })
    }

    /// The id that the auth service knows it by; also the `kid` of its tokens.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The half that the auth service keeps: 32 bytes.
    pub fn public_key(&self) -> Vec<u8> {
        self.key.public_key().as_ref().to_vec()
    }

    /// The credential as text. It opens what the service may reach: show it once.
    pub fn expose(&self) -> String {
        let bytes = Zeroizing::new([self.id.as_bytes().as_slice(), self.seed.as_ref()].concat());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&*bytes))
    }

    /// A token that shows the holder for the next five minutes (RFC 7523, 3).
    pub fn token(&self, now: DateTime<Utc>) -> String {
        let id = self.id.to_string();
        let header = serde_json::json!({ "alg": "EdDSA", "typ": SERVICE_TOKEN_TYPE, "kid": id });
        let claims = ServiceClaims {
            iss: id.clone(),
            sub: id,
            aud: SERVICE_AUDIENCE.into(),
            iat: now.timestamp(),
            exp: (now + LIFE).timestamp(),
        };
        let claims = serde_json::to_vec(&claims).expect("strings and numbers are JSON");
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

impl FromStr for ServiceCredential {
    type Err = BadServiceCredential;

    /// Reads the text form; white space around it does not matter.
    fn from_str(text: &str) -> Result<Self, BadServiceCredential> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(BadServiceCredential)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| BadServiceCredential)?);
        let (id, seed) = bytes.split_first_chunk::<16>().ok_or(BadServiceCredential)?;
        let seed = seed.try_into().map_err(|_| BadServiceCredential)?;
        Self::from_parts(Uuid::from_bytes(*id), Zeroizing::new(seed)).ok_or(BadServiceCredential)
    }
}

impl fmt::Debug for ServiceCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServiceCredential({})", self.id)
    }
}

/// The public half of a service credential, as the auth service holds it.
#[derive(Debug)]
pub struct ServiceKey {
    id: Uuid,
    key: VerifyingKey,
}

/// Which credential a service token names, before anything about it is known to be true.
pub fn service_token_key_id(token: &str) -> Option<Uuid> {
    Compact::parse(token)?.header.kid.and_then(|kid| crate::parse_uuid(&kid).ok())
}

impl ServiceKey {
    /// The key of credential `id`; `None` where `public_key` is not 32 bytes long.
    pub fn new(id: Uuid, public_key: &[u8]) -> Option<Self> {
        let jwk = Jwk {
            kid: id.to_string(),
            alg: "EdDSA".into(),
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: URL_SAFE_NO_PAD.encode(public_key),
            ..Jwk::default()
        };
        VerifyingKey::try_from(&jwk).ok().map(|key| Self { id, key })
    }

    /// Accepts `token` where this key made it and it is alive at `now`.
    ///
    /// # Errors
    /// See [`ServiceTokenError`].
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<(), ServiceTokenError> {
        let compact = Compact::parse(token).ok_or(ServiceTokenError::Invalid)?;
        let header = &compact.header;
        if header.typ.as_deref() != Some(SERVICE_TOKEN_TYPE) || !self.key.signed(&compact) {
            return Err(ServiceTokenError::Invalid);
        }
        let claims: ServiceClaims = compact.claims().ok_or(ServiceTokenError::Invalid)?;
        let (now, leeway) = (now.timestamp(), CLOCK_LEEWAY.as_secs().cast_signed());
        let ours = claims.aud == SERVICE_AUDIENCE && claims.sub == self.id.to_string() && claims.iss == claims.sub;
        let life = claims.exp.checked_sub(claims.iat).ok_or(ServiceTokenError::Invalid)?;
        if !ours || !(0..=LIFE.as_secs().cast_signed()).contains(&life) {
            return Err(ServiceTokenError::Invalid);
        }
        let is_alive = claims.iat <= now + leeway && now < claims.exp + leeway;
        if is_alive { Ok(()) } else { Err(ServiceTokenError::ClockSkew { seconds: claims.iat - now }) }
    }
}
