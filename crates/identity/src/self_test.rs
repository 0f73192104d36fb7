//! Tries the cryptography that was built in on signatures that others published.

use crate::{Jwk, VerifyingKey};

/// Whether signatures that others published verify, and do not verify over anything else.
///
/// jsonwebtoken compiles with no or two cryptographic libraries and panics at its first use; any crate of a build can
/// switch on the second.
pub(crate) fn passes() -> bool {
    // RFC 8037, A.4 and A.2; RFC 7515, A.3.
    let eddsa = (
        Jwk { alg: "EdDSA".into(), kty: "OKP".into(), crv: "Ed25519".into(), ..Jwk::default() },
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        None,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
    let es256 = (
        Jwk { alg: "ES256".into(), kty: "EC".into(), crv: "P-256".into(), ..Jwk::default() },
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        Some("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    );
    [eddsa, es256].into_iter().all(|(jwk, x, y, message, signature)| {
        let jwk = Jwk { kid: "self-test".into(), x: x.into(), y: y.map(str::to_owned), ..jwk };
        VerifyingKey::try_from(&jwk).is_ok_and(|key| {
            key.verify(message.as_bytes(), signature) && !key.verify(&message.as_bytes()[1..], signature)
        })
    })
}
