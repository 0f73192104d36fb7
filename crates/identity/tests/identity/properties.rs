//! What no text whatever may do to a verifier.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_identity::{RevocationList, ServiceCredential, SessionId, TokenVerifier, UserId, service_token_key_id};
use docket_testkit::{FakeClock, TestIssuer, seeded_random};
use proptest::prelude::*;

fn verifier_and_token() -> (TokenVerifier, String) {
    let clock = FakeClock::default();
    let issuer = TestIssuer::new(clock.clock());
    let revocations = RevocationList::new(Duration::from_secs(60));
    revocations.heard(clock.now());
    let random = seeded_random(6);
    let claims = issuer.claims(UserId::new(clock.now(), &random), SessionId::new(clock.now(), &random));
    (issuer.verifier(Arc::new(revocations)), issuer.sign(&claims))
}

proptest! {
    #[test]
    fn no_text_is_let_in(text in ".*") {
        prop_assert!(verifier_and_token().0.verify(&text).is_err());
    }

    #[test]
    fn no_three_parts_are_let_in(header in ".*", claims in ".*", signature in any::<Vec<u8>>()) {
        let parts = [header.as_bytes(), claims.as_bytes(), &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        prop_assert!(verifier_and_token().0.verify(&parts.join(".")).is_err());
    }

    #[test]
    fn no_signed_json_but_claims_is_let_in(claims in ".*") {
        let (verifier, _) = verifier_and_token();
        let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{}"}}"#, TestIssuer::KEY_ID);
        let token = TestIssuer::new(FakeClock::default().clock()).sign_parts(&header, &claims);
        prop_assert!(verifier.verify(&token).is_err());
    }

    #[test]
    fn no_change_of_a_good_token_is_let_in(
        at in any::<prop::sample::Index>(),
        cut in 0..4usize,
        put in "[ -~é]{0,4}",
    ) {
        let (verifier, token) = verifier_and_token();
        let at = at.index(token.len());
        let changed = format!("{}{put}{}", &token[..at], &token[(at + cut).min(token.len())..]);
        prop_assert_eq!(verifier.verify(&changed).is_ok(), changed == token);
    }

    #[test]
    fn no_text_is_a_service_credential_or_breaks_its_reading(text in ".*", bytes in any::<Vec<u8>>()) {
        let framed = format!("docket_service_{}", URL_SAFE_NO_PAD.encode(&bytes));
        prop_assert!(text.parse::<ServiceCredential>().is_err());
        prop_assert_eq!(framed.parse::<ServiceCredential>().is_ok(), bytes.len() == 48);
        prop_assert_eq!(service_token_key_id(&text), None);
    }
}
