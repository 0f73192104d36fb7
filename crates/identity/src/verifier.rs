//! Decides whether an access token is good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use quick_cache::sync::Cache;

use crate::compact::Compact;
use crate::revocations::Standing;
use crate::{CLOCK_LEEWAY, Caller, Claims, Clock, KeyRing, RevocationList, TOKEN_TYPE, self_test};

/// How many verified tokens are remembered. At the usual 600 bytes a token the memory stays below 10 MB.
const CACHE_CAPACITY: usize = 10_000;

/// What a token must say to be ours.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The `iss`, to the letter.
    pub issuer: String,
    /// One of the `aud`.
    pub audience: String,
    /// The longest `exp - iat`.
    pub longest_life: Duration,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is malformed, not ours, or its signature is not good. Which of these is not told.
    #[error("token is not valid")]
    Invalid,
    /// It is good but for its times, which lie ahead of this clock: the clock is behind the issuer's.
    #[error("the clock is {seconds} s behind the issuer's")]
    ClockBehind {
        /// By how much.
        seconds: i64,
    },
    /// It was good once.
    #[error("token has expired")]
    Expired,
    /// Its session, account or key was revoked.
    #[error("token was revoked")]
    Revoked,
    /// It names a key that may have come up since keys could last be fetched.
    #[error("keys are not known")]
    KeysUnavailable,
    /// No news of revocations came for too long, so nobody knows whether it is revoked.
    #[error("revocations are not known")]
    RevocationsStale,
}

/// Verifies access tokens against the keys and revocations that it is given, and remembers the good ones.
#[derive(Debug)]
pub struct TokenVerifier {
    expected: Expected,
    keys: Arc<KeyRing>,
    revocations: Arc<RevocationList>,
    clock: Clock,
    /// Keyed by the whole token: a randomly keyed hash finds, equality decides.
    verified: Cache<Box<str>, Arc<Verified>>,
    signatures_checked: AtomicU64,
}

/// What a verifier holds at a moment.
#[derive(Clone, Copy, Debug)]
pub struct VerifierState {
    /// How many verified tokens it remembers.
    pub tokens: usize,
    /// How many signatures it has checked so far: of tokens that it did not remember.
    pub signatures_checked: u64,
    /// How long ago its keys came; `None` where none ever did.
    pub keys_age: Option<TimeDelta>,
    /// How long ago news of revocations came; `None` where none ever did.
    pub revocations_age: Option<TimeDelta>,
}

#[derive(Debug)]
struct Verified {
    caller: Caller,
    key_id: String,
}

impl TokenVerifier {
    /// A verifier that holds no verified token yet.
    ///
    /// # Panics
    /// Where the cryptography that was built in does not work: a service must not start then, rather than fail at its
    /// first token.
    pub fn new(expected: Expected, keys: Arc<KeyRing>, revocations: Arc<RevocationList>, clock: Clock) -> Self {
        assert!(self_test::passes(), "the built-in cryptography verifies published signatures");
        let verified = Cache::new(CACHE_CAPACITY);
        Self { expected, keys, revocations, clock, verified, signatures_checked: AtomicU64::new(0) }
    }

    /// What it holds now.
    pub fn state(&self) -> VerifierState {
        let now = self.clock.now();
        VerifierState {
            tokens: self.verified.len(),
            signatures_checked: self.signatures_checked.load(Ordering::Relaxed),
            keys_age: self.keys.age(now),
            revocations_age: self.revocations.age(now),
        }
    }

    /// Who presents `token`, the bare JWT.
    ///
    /// A token seen before costs a look into memory; its expiry and its revocation are checked all the same.
    ///
    /// # Errors
    /// See [`TokenError`]. Never good without knowing: unknown keys and stale revocations are errors of their own.
    pub fn verify(&self, token: &str) -> Result<Caller, TokenError> {
        let verified = match self.verified.get(token) {
            Some(verified) => verified,
            None => self.verify_unseen(token)?,
        };
        let now = self.clock.now();
        let claims = verified.caller.claims();
        if claims.exp + leeway_seconds() <= now.timestamp() {
            self.verified.remove(token);
            return Err(TokenError::Expired);
        }
        match self.revocations.standing(claims, &verified.key_id, now) {
            Standing::Good => Ok(verified.caller.clone()),
            Standing::Revoked => Err(TokenError::Revoked),
            Standing::Unknown => Err(TokenError::RevocationsStale),
        }
    }

    fn verify_unseen(&self, token: &str) -> Result<Arc<Verified>, TokenError> {
        let compact = Compact::parse(token).ok_or(TokenError::Invalid)?;
        let key_id = compact.header.kid.clone().ok_or(TokenError::Invalid)?;
        if compact.header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(TokenError::Invalid);
        }
        let Some(key) = self.keys.get(&key_id) else {
            let known = self.keys.is_fresh(self.clock.now());
            return Err(if known { TokenError::Invalid } else { TokenError::KeysUnavailable });
        };
        self.signatures_checked.fetch_add(1, Ordering::Relaxed);
        // Before anything that the token claims is looked at (ASVS v5.0.0-9.1.1).
        if !key.signed(&compact) {
            return Err(TokenError::Invalid);
        }
        let claims: Claims = compact.claims().ok_or(TokenError::Invalid)?;
        if !self.is_ours(&claims) {
            return Err(TokenError::Invalid);
        }
        let now = self.clock.now();
        let seconds = claims.nbf.max(claims.iat).saturating_sub(now.timestamp());
        if seconds > leeway_seconds() {
            let is_revoked = self.revocations.standing(&claims, &key_id, now) == Standing::Revoked;
            return Err(if is_revoked { TokenError::Revoked } else { TokenError::ClockBehind { seconds } });
        }
        let verified = Arc::new(Verified { caller: Caller::new(claims), key_id });
        self.verified.insert(token.into(), Arc::clone(&verified));
        Ok(verified)
    }

    /// Whether issuer, audience, length of life and id are those of a token that is good here.
    fn is_ours(&self, claims: &Claims) -> bool {
        let Some(life) = claims.exp.checked_sub(claims.iat) else { return false };
        let longest = i64::try_from(self.expected.longest_life.as_secs()).unwrap_or(i64::MAX);
        let is_expected = claims.iss == self.expected.issuer && claims.aud.contains(&self.expected.audience);
        is_expected && (0..=longest).contains(&life) && !claims.jti.is_empty()
    }
}

fn leeway_seconds() -> i64 {
    CLOCK_LEEWAY.as_secs().cast_signed()
}
