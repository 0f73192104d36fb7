//! Public keys, checked before they are used.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

use crate::compact::Compact;

/// What Docket signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037). The default.
    EdDsa,
    /// ECDSA over P-256 with SHA-256 (RFC 7518, 3.4), for verifiers that lack EdDSA.
    Es256,
}

impl Algorithm {
    /// Its name in a token's header and in a key.
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of that name, where it is one of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::EdDsa, Self::Es256].into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn jsonwebtoken(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A public key as a JWK set lists it (RFC 7517, 4; RFC 8037, 2; RFC 7518, 6.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key id.
    pub kid: String,
    /// "EdDSA" or "ES256".
    pub alg: String,
    /// "OKP" or "EC".
    pub kty: String,
    /// "Ed25519" or "P-256".
    pub crv: String,
    /// base64url of 32 bytes.
    pub x: String,
    /// base64url of 32 bytes for EC keys, absent for OKP keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// "sig" where present.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    /// Holds "verify" where present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_ops: Option<Vec<String>>,
}

/// A key that can't be used, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It has no `kid`.
    #[error("the key has no id")]
    NoId,
    /// Its `alg`, `kty` and `crv` are not one of the two that Docket signs with.
    #[error("algorithm, key type and curve are not a pair that is in use here")]
    Unsupported,
    /// `use` or `key_ops` say that it is not for verifying.
    #[error("the key is not for verifying signatures")]
    NotForVerifying,
    /// A coordinate is absent, superfluous, not base64url, not 32 bytes long, or not on the curve.
    #[error("a coordinate is missing, superfluous, not 32 bytes of base64url, or not on the curve")]
    Coordinates,
    /// Another key of the same list has its id.
    #[error("two keys have this id")]
    Ambiguous,
}

/// A checked public key.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    id: String,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl VerifyingKey {
    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The one algorithm that the key may be used with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether the token names this key and its one algorithm, and has its signature.
    pub(crate) fn signed(&self, token: &Compact<'_>) -> bool {
        token.header.kid.as_deref() == Some(self.id.as_str())
            && token.header.alg == self.algorithm.name()
            && self.verify(token.message, token.signature)
    }

    /// Whether `signature` (base64url) is this key's over `message`. Never panics.
    pub(crate) fn verify(&self, message: &[u8], signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.key, self.algorithm.jsonwebtoken()).unwrap_or(false)
    }
}

impl TryFrom<&Jwk> for VerifyingKey {
    type Error = BadKey;

    fn try_from(jwk: &Jwk) -> Result<Self, BadKey> {
        if jwk.kid.is_empty() {
            return Err(BadKey::NoId);
        }
        let algorithm = match (jwk.alg.as_str(), jwk.kty.as_str(), jwk.crv.as_str()) {
            ("EdDSA", "OKP", "Ed25519") => Algorithm::EdDsa,
            ("ES256", "EC", "P-256") => Algorithm::Es256,
            _ => return Err(BadKey::Unsupported),
        };
        let signs = jwk.key_use.as_deref().is_none_or(|key_use| key_use == "sig");
        let verifies = jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|name| name == "verify"));
        if !signs || !verifies {
            return Err(BadKey::NotForVerifying);
        }
        // Unchecked lengths reach a slice that panics in some versions of the library below.
        let x = coordinate(&jwk.x)?;
        let key = match (algorithm, jwk.y.as_deref().filter(|y| !y.is_empty())) {
            (Algorithm::EdDsa, None) => DecodingKey::from_ed_der(&x),
            (Algorithm::Es256, Some(y)) => {
                // Uncompressed (SEC 1, 2.3.3).
                let point = [[0x04].as_slice(), &x, &coordinate(y)?].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(|_| BadKey::Coordinates)?;
                DecodingKey::from_ec_der(&point)
            }
            _ => return Err(BadKey::Coordinates),
        };
        Ok(Self { id: jwk.kid.clone(), algorithm, key })
    }
}

fn coordinate(text: &str) -> Result<[u8; 32], BadKey> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadKey::Coordinates)?;
    bytes.try_into().map_err(|_| BadKey::Coordinates)
}
