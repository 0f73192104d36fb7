//! Who calls: the ids, the claims of an access token, and the one place that decides whether a token is good.
//!
//! Any service can use this crate to verify Docket's tokens. It knows no transport and no database: keys and
//! revocations are handed to [`KeyRing`] and [`RevocationList`] by whoever receives them.
//!
//! The clock and the source of randomness stand here too, since everything else is built on this crate.

mod caller;
mod claims;
mod clock;
mod compact;
mod id;
mod jwk;
mod key_ring;
mod random;
mod revocations;
mod self_test;
mod service_credential;
#[cfg(test)]
mod vectors;
mod verifier;

pub use caller::Caller;
pub use claims::{Claims, TOKEN_TYPE};
pub use clock::Clock;
pub use id::{ParseIdError, SessionId, UserId, new_uuid_v7, parse_uuid};
pub use jwk::{Algorithm, BadKey, Jwk, VerifyingKey};
pub use key_ring::KeyRing;
pub use random::Random;
pub use revocations::{Revocation, RevocationList, RevocationTarget};
pub use service_credential::{
    BadServiceCredential, SERVICE_AUDIENCE, ServiceCredential, ServiceKey, ServiceTokenError, service_token_key_id,
};
pub use verifier::{Expected, TokenError, TokenVerifier, VerifierState};

/// How far the clocks of issuer and verifier may differ.
pub const CLOCK_LEEWAY: std::time::Duration = std::time::Duration::from_secs(5);
