//! TLS, with certificates made here.

use docket_storage::{ConnectError, Role, connect};
use docket_testkit::write_for_server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::kit::{Bench, parsed, pool};

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new(Vec::new()).expect("no name is a good one");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("a certificate")
}

/// A cluster with a certificate for `localhost`, and the issuer's certificate.
async fn bench(folder: &TempDir) -> (Bench, String) {
    let (issuer, key) = (issuer(), KeyPair::generate().expect("a key"));
    let parameters = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = parameters.signed_by(&key, &issuer).expect("a certificate");
    let certificate = write_for_server(folder.path(), "server.crt", &certificate.pem());
    let key = write_for_server(folder.path(), "server.key", &key.serialize_pem());
    let trusted = folder.path().join("issuer.crt");
    std::fs::write(&trusted, issuer.pem()).expect("the folder can be written to");
    let [certificate, key] = [("ssl_cert_file", certificate), ("ssl_key_file", key)]
        .map(|(name, path)| format!("{name}={}", path.display()));
    (Bench::with(&["ssl=on", &certificate, &key]).await, trusted.display().to_string())
}

/// What comes of connecting as the task service with these parameters.
async fn attempt(bench: &Bench, host: &str, parameters: &str) -> Result<bool, ConnectError> {
    let url = bench.url_of(Role::Task).replace("127.0.0.1", host) + "?" + parameters;
    let db = connect(&parsed(&url), Role::Task).await?;
    let encrypted = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    Ok(encrypted.fetch_one(&pool(&db)).await.expect("it says"))
}

fn is_tls_fault(result: &Result<bool, ConnectError>) -> bool {
    matches!(result, Err(ConnectError::Unreachable { source: sqlx::Error::Tls(_) | sqlx::Error::Io(_), .. }))
}

#[tokio::test]
async fn verify_full_takes_the_right_name_of_a_known_issuer_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bench, trusted) = bench(&folder).await;
    let known = format!("sslmode=verify-full&sslrootcert={trusted}");
    assert!(attempt(&bench, "localhost", &known).await.expect("name and issuer are right"));
    let wrong_name = attempt(&bench, "127.0.0.1", &known).await;
    assert!(is_tls_fault(&wrong_name), "{wrong_name:?}");
    // The roots of the system do not know the issuer.
    let unknown = attempt(&bench, "localhost", "sslmode=verify-full").await;
    assert!(is_tls_fault(&unknown), "{unknown:?}");
    let other = folder.path().join("other.crt");
    std::fs::write(&other, issuer().pem()).expect("the folder can be written to");
    let other = attempt(&bench, "localhost", &format!("sslmode=verify-full&sslrootcert={}", other.display())).await;
    assert!(is_tls_fault(&other), "{other:?}");
}

#[tokio::test]
async fn require_encrypts_and_is_refused_by_a_server_without_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let (bench, trusted) = bench(&folder).await;
    assert!(attempt(&bench, "127.0.0.1", "sslmode=require").await.expect("it names nobody"));
    let authority = format!("sslmode=verify-ca&sslrootcert={trusted}");
    assert!(attempt(&bench, "127.0.0.1", &authority).await.expect("the issuer is known"));
    assert!(!attempt(&bench, "127.0.0.1", "sslmode=disable").await.expect("the server takes it"));
    let refused = attempt(&Bench::new().await, "127.0.0.1", "sslmode=require").await;
    assert!(matches!(refused, Err(ConnectError::Unreachable { source: sqlx::Error::Tls(_), .. })), "{refused:?}");
}
