//! Good tokens for tests of services that only verify them.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_identity::{
    Caller, Claims, Clock, Expected, Jwk, KeyRing, RevocationList, SessionId, TOKEN_TYPE, TokenVerifier, UserId,
    new_uuid_v7,
};

use crate::seeded_random;

/// Signs access tokens with a key of its own, and makes verifiers that know the key.
#[derive(Debug)]
pub struct TestIssuer {
    key: Ed25519KeyPair,
    clock: Clock,
}

impl TestIssuer {
    /// The issuer that its tokens name.
    pub const ISSUER: &'static str = "http://127.0.0.1:8080";
    /// The id of its key.
    pub const KEY_ID: &'static str = "test-key";

    /// An issuer whose key is the same in every run.
    pub fn new(clock: Clock) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes are a seed");
        Self { key, clock }
    }

    /// Its public key.
    pub fn jwk(&self) -> Jwk {
        Jwk {
            kid: Self::KEY_ID.into(),
            alg: "EdDSA".into(),
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: URL_SAFE_NO_PAD.encode(self.key.public_key()),
            ..Jwk::default()
        }
    }

    /// The claims of a good token of `user` in `session`, alive for ten minutes.
    pub fn claims(&self, user: UserId, session: SessionId) -> Claims {
        let now = self.clock.now();
        Claims {
            iss: Self::ISSUER.into(),
            aud: vec!["docket".into()],
            sub: user,
            sid: session,
            jti: new_uuid_v7(now, &seeded_random(1)).to_string(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: now.timestamp() + 600,
            auth_time: Some(now.timestamp()),
            amr: vec!["pwd".into()],
            roles: Vec::new(),
        }
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Claims) -> String {
        let header = serde_json::json!({ "alg": "EdDSA", "typ": TOKEN_TYPE, "kid": Self::KEY_ID });
        self.sign_parts(&header.to_string(), &serde_json::to_string(claims).expect("claims are JSON"))
    }

    /// A token of these very texts, signed: for tests of what a verifier refuses.
    pub fn sign_parts(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes())))
    }

    /// A verifier that knows the key, and knows `revocations`.
    pub fn verifier(&self, revocations: Arc<RevocationList>) -> TokenVerifier {
        let keys = Arc::new(KeyRing::default());
        let skipped = keys.replace(&[self.jwk()], Duration::from_secs(300), self.clock.now());
        assert!(skipped.is_empty(), "the test key is good");
        let expected =
            Expected { issuer: Self::ISSUER.into(), audience: "docket".into(), longest_life: Duration::from_secs(600) };
        TokenVerifier::new(expected, keys, revocations, self.clock.clone())
    }

    /// A verified caller, with `user` and `session`.
    pub fn caller(&self, user: UserId, session: SessionId) -> Caller {
        let revocations = Arc::new(RevocationList::new(Duration::from_secs(60)));
        revocations.heard(self.clock.now());
        self.verifier(revocations).verify(&self.sign(&self.claims(user, session))).expect("the token is good")
    }
}
