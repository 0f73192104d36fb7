//! One signing key: a private key of the deployment, and the access tokens that it signs (RFC 9068).

use std::fmt;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_identity::{Algorithm, Claims, Jwk, Random, TOKEN_TYPE};
use jsonwebtoken::{EncodingKey, Header};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The length of a secret: a seed of Ed25519 (RFC 8032, 5.1.5), or a scalar of P-256.
const SECRET_LENGTH: usize = 32;

/// A key that can sign. Printing it shows its id alone.
pub(crate) struct SigningKey {
    jwk: Jwk,
    key: EncodingKey,
    header: Header,
}

/// The bytes are no secret of this algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signing key")]
pub(crate) struct BadSecret;

impl SigningKey {
    /// A new secret for `algorithm`.
    pub(crate) fn new_secret(algorithm: Algorithm, random: &Random) -> Zeroizing<Vec<u8>> {
        loop {
            let secret = Zeroizing::new(random.bytes::<SECRET_LENGTH>().to_vec());
            // Of the scalars of P-256, one in 2^32 is out of range.
            if Self::new(Uuid::nil(), algorithm, &secret).is_ok() {
                return secret;
            }
        }
    }

    /// The key `id` with this secret.
    ///
    /// # Errors
    /// Where the bytes are no secret of the algorithm.
    pub(crate) fn new(id: Uuid, algorithm: Algorithm, secret: &[u8]) -> Result<Self, BadSecret> {
        let id = id.to_string();
        let (jwk, key, name) = match algorithm {
            Algorithm::EdDsa => {
                let (jwk, key) = ed25519(secret).ok_or(BadSecret)?;
                (jwk, key, jsonwebtoken::Algorithm::EdDSA)
            }
            Algorithm::Es256 => {
                let (jwk, key) = p256(secret).ok_or(BadSecret)?;
                (jwk, key, jsonwebtoken::Algorithm::ES256)
            }
        };
        let jwk = Jwk { kid: id.clone(), alg: algorithm.name().into(), key_use: Some("sig".into()), ..jwk };
        let header = Header { typ: Some(TOKEN_TYPE.into()), kid: Some(id), ..Header::new(name) };
        Ok(Self { jwk, key, header })
    }

    /// The public half.
    pub(crate) fn public(&self) -> &Jwk {
        &self.jwk
    }

    /// A token that says `claims`.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        jsonwebtoken::encode(&self.header, claims, &self.key)
            .expect("the key was checked when it was made, and claims are JSON")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.jwk.kid)
    }
}

fn ed25519(seed: &[u8]) -> Option<(Jwk, EncodingKey)> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
    let jwk = Jwk {
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x: URL_SAFE_NO_PAD.encode(pair.public_key()),
        ..Jwk::default()
    };
    Some((jwk, EncodingKey::from_ed_der(pair.to_pkcs8().ok()?.as_ref())))
}

fn p256(scalar: &[u8]) -> Option<(Jwk, EncodingKey)> {
    let public = PrivateKey::from_private_key(&ECDH_P256, scalar).ok()?.compute_public_key().ok()?;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, scalar, public.as_ref());
    let pair = pair.ok()?;
    // An uncompressed point (SEC 1, 2.3.3): 4, x, y.
    let [4, point @ ..] = public.as_ref() else { return None };
    let (x, y) = point.split_at_checked(SECRET_LENGTH)?;
    let jwk = Jwk {
        kty: "EC".into(),
        crv: "P-256".into(),
        x: URL_SAFE_NO_PAD.encode(x),
        y: Some(URL_SAFE_NO_PAD.encode(y)),
        ..Jwk::default()
    };
    Some((jwk, EncodingKey::from_ec_der(pair.to_pkcs8v1().ok()?.as_ref())))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use docket_identity::{Expected, KeyRing, RevocationList, SessionId, TokenVerifier, UserId};
    use docket_testkit::{FakeClock, TestIssuer, seeded_random};

    use super::*;

    #[test]
    fn a_verifier_that_knows_the_public_half_takes_the_token() {
        let (clock, random) = (FakeClock::default(), seeded_random(1));
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            let key =
                SigningKey::new(Uuid::from_u128(1), algorithm, &SigningKey::new_secret(algorithm, &random)).unwrap();
            let keys = Arc::new(KeyRing::default());
            assert_eq!(keys.replace(&[key.public().clone()], Duration::from_secs(300), clock.now()), []);
            let revocations = Arc::new(RevocationList::new(Duration::from_secs(60)));
            revocations.heard(clock.now());
            let expected = Expected {
                issuer: TestIssuer::ISSUER.into(),
                audience: "docket".into(),
                longest_life: Duration::from_secs(600),
            };
            let claims = TestIssuer::new(clock.clock())
                .claims(UserId::new(clock.now(), &random), SessionId::new(clock.now(), &random));
            let verifier = TokenVerifier::new(expected, keys, revocations, clock.clock());
            let caller = verifier.verify(&key.sign(&claims)).unwrap();
            assert_eq!(caller.claims(), &claims, "{algorithm}");
        }
    }

    #[test]
    fn bytes_that_are_no_secret_are_refused() {
        for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
            for secret in [&[][..], &[1; 31], &[1; 33]] {
                assert_eq!(SigningKey::new(Uuid::nil(), algorithm, secret).unwrap_err(), BadSecret);
            }
        }
        for scalar in [[0; 32], [0xff; 32]] {
            assert_eq!(SigningKey::new(Uuid::nil(), Algorithm::Es256, &scalar).unwrap_err(), BadSecret);
        }
    }

    #[test]
    fn printing_a_key_shows_its_id_alone() {
        let key = SigningKey::new(Uuid::from_u128(1), Algorithm::EdDsa, &[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(00000000-0000-0000-0000-000000000001)");
    }
}
