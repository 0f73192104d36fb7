//! Project Wycheproof's signatures through the check that stands in the verifier.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::compact::Compact;
use crate::{Jwk, VerifyingKey};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<G> {
    number_of_tests: usize,
    test_groups: Vec<G>,
}

#[derive(Deserialize)]
struct JwsGroup {
    public: Option<Value>,
    private: Option<Value>,
    tests: Vec<JwsTest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JwsTest {
    tc_id: u32,
    comment: String,
    /// A string, or an object in the JSON serialisation, which nobody speaks here.
    jws: Value,
    result: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawGroup {
    public_key: RawKey,
    tests: Vec<RawTest>,
}

/// In hexadecimal: `pk` of an Ed25519 key, `uncompressed` of a P-256 key.
#[derive(Deserialize)]
struct RawKey {
    pk: Option<String>,
    uncompressed: Option<String>,
}

impl RawKey {
    fn jwk(&self) -> Jwk {
        let jwk = Jwk { kid: "vectors".into(), ..Jwk::default() };
        match (&self.pk, &self.uncompressed) {
            (Some(pk), None) => Jwk {
                alg: "EdDSA".into(),
                kty: "OKP".into(),
                crv: "Ed25519".into(),
                x: URL_SAFE_NO_PAD.encode(bytes(pk)),
                ..jwk
            },
            (None, Some(point)) => {
                let point = bytes(point);
                let (x, y) = point[1..].split_at(32);
                Jwk {
                    alg: "ES256".into(),
                    kty: "EC".into(),
                    crv: "P-256".into(),
                    x: URL_SAFE_NO_PAD.encode(x),
                    y: Some(URL_SAFE_NO_PAD.encode(y)),
                    ..jwk
                }
            }
            _ => panic!("a key of another kind"),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTest {
    tc_id: u32,
    comment: String,
    msg: String,
    sig: String,
    result: String,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).expect("hexadecimal") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The key, as a set that lists it would be read.
fn key(jwk: &Value) -> Option<VerifyingKey> {
    VerifyingKey::try_from(&serde_json::from_value::<Jwk>(jwk.clone()).ok()?).ok()
}

fn accepts(key: &VerifyingKey, jws: &Value) -> bool {
    jws.as_str().and_then(Compact::parse).is_some_and(|token| key.signed(&token))
}

fn jws_groups() -> Vec<JwsGroup> {
    let file = include_str!("../tests/vectors/json_web_signature_test.json");
    let File { number_of_tests, test_groups }: File<JwsGroup> = serde_json::from_str(file).expect("the file is whole");
    assert_eq!(number_of_tests, test_groups.iter().map(|group| group.tests.len()).sum::<usize>());
    test_groups
}

#[test]
fn jws_of_our_algorithms_verify_where_they_are_valid_and_nowhere_else() {
    let (mut accepted, mut refused) = (0, 0);
    for group in jws_groups() {
        let Some(key) = group.public.as_ref().and_then(key) else { continue };
        for test in group.tests {
            let valid = test.result == "valid";
            assert_eq!(accepts(&key, &test.jws), valid, "{}: {}", test.tc_id, test.comment);
            if valid { accepted += 1 } else { refused += 1 }
        }
    }
    assert_eq!((accepted, refused), (2, 37), "the P-256 group");
}

#[test]
fn keys_of_other_algorithms_and_for_other_uses_are_refused() {
    for group in jws_groups() {
        let jwk = group.public.or(group.private).expect("each group has a key");
        let ours = jwk["crv"] == "P-256" && jwk["alg"] == "ES256";
        assert_eq!(key(&jwk).is_some(), ours, "{jwk}");
    }
}

#[test]
fn jws_of_other_algorithms_do_not_verify_under_our_keys() {
    let groups = jws_groups();
    let keys: Vec<_> = groups.iter().filter_map(|group| key(group.public.as_ref()?)).collect();
    assert!(!keys.is_empty());
    for group in groups.iter().filter(|group| group.public.as_ref().and_then(key).is_none()) {
        let others = |test: &&JwsTest| test.result == "valid" || test.comment.contains("Confusion");
        for test in group.tests.iter().filter(others) {
            assert!(!keys.iter().any(|key| accepts(key, &test.jws)), "{}: {}", test.tc_id, test.comment);
        }
    }
}

/// Checks each signature of `file` over its message; gives how many were valid and how many not.
fn run_raw(file: &str) -> (usize, usize) {
    let File { number_of_tests, test_groups }: File<RawGroup> = serde_json::from_str(file).expect("the file is whole");
    let (mut accepted, mut refused) = (0, 0);
    for group in test_groups {
        let key = VerifyingKey::try_from(&group.public_key.jwk()).expect("their keys are good");
        for test in group.tests {
            let valid = key.verify(&bytes(&test.msg), &URL_SAFE_NO_PAD.encode(bytes(&test.sig)));
            assert_eq!(valid, test.result == "valid", "{}: {}", test.tc_id, test.comment);
            if valid { accepted += 1 } else { refused += 1 }
        }
    }
    assert_eq!(accepted + refused, number_of_tests);
    (accepted, refused)
}

#[test]
fn ed25519_signatures_verify_where_they_are_valid_and_nowhere_else() {
    let (accepted, refused) = run_raw(include_str!("../tests/vectors/ed25519_test.json"));
    assert!(accepted > 0 && refused > 0);
}

#[test]
fn p256_signatures_verify_where_they_are_valid_and_nowhere_else() {
    let file = include_str!("../tests/vectors/ecdsa_secp256r1_sha256_p1363_test.json");
    let (accepted, refused) = run_raw(file);
    assert!(accepted > 0 && refused > 0);
}
