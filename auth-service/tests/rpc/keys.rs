//! ListKeys, and the keys behind it.

use auth_service::Rotated;
use chrono::TimeDelta;
use docket_identity::Algorithm;
use docket_proto::auth::v1 as proto;
use docket_testkit::{eventually, on_both_databases};

use crate::support::{Auth, Deployment};

async fn listed(auth: &Auth) -> proto::ListKeysResponse {
    auth.keys().list_keys(proto::ListKeysRequest {}).await.unwrap().into_inner()
}

/// The header of a token, as text.
fn header(token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

on_both_databases! {
    async fn the_first_key_is_listed_and_signs(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let response = listed(&auth).await;
        assert_eq!(response.max_age_seconds, 300);
        assert_eq!(response.issuer, "http://127.0.0.1:8080");
        assert_eq!(response.server_time.unwrap().seconds, auth.clock().now().timestamp());
        let [key] = &response.keys[..] else { panic!("one key: {response:?}") };
        assert_eq!((key.alg.as_str(), key.kty.as_str(), key.crv.as_str()), ("EdDSA", "OKP", "Ed25519"));
        assert_eq!((key.x.len(), key.y.as_str()), (43, ""));
        let header = header(&auth.sign_up("Ada").await.tokens.access_token);
        assert!(header.contains(&key.kid) && header.contains("at+jwt") && header.contains("EdDSA"), "{header}");
    }

    async fn replicas_that_start_at_once_share_one_key(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let (one, other, third) = tokio::join!(deployment.start(), deployment.start(), deployment.start());
        assert_eq!(listed(&one).await.keys.len(), 1);
        assert_eq!(listed(&one).await, listed(&other).await);
        let token = third.sign_up("Ada").await.tokens.access_token;
        assert!(one.whoami(&token).await.is_ok());
        assert!(other.whoami(&token).await.is_ok());
    }

    async fn es256_signs_where_it_is_configured(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| config.signing_algorithm = Algorithm::Es256);
        let auth = deployment.start().await;
        let response = listed(&auth).await;
        let [key] = &response.keys[..] else { panic!("one key: {response:?}") };
        assert_eq!((key.alg.as_str(), key.kty.as_str(), key.crv.as_str()), ("ES256", "EC", "P-256"));
        assert_eq!((key.x.len(), key.y.len()), (43, 43));
        let token = auth.sign_up("Ada").await.tokens.access_token;
        assert!(header(&token).contains("ES256"));
        assert!(auth.whoami(&token).await.is_ok());
    }

    async fn a_later_key_signs_once_it_was_listed_for_as_long_as_a_list_is_kept(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let auth = deployment.start().await;
        let old_token = auth.sign_up("Ada").await.tokens.access_token;
        let other = deployment.config_with(|config| config.signing_algorithm = Algorithm::Es256);
        let auth = deployment.start_with(&other).await;
        assert_eq!(listed(&auth).await.keys.len(), 2);
        let signs_with = async |name: &str| header(&auth.sign_up(name).await.tokens.access_token).contains("ES256");
        assert!(!signs_with("Bob").await);
        // Another replica may have listed it two minutes later.
        auth.advance(TimeDelta::seconds(419)).await;
        assert!(!signs_with("Eve").await);
        auth.advance(TimeDelta::seconds(1)).await;
        assert!(signs_with("Mallory").await);
        assert!(auth.whoami(&old_token).await.is_ok(), "the key before is listed while its tokens live");
        assert_eq!(listed(&auth).await.keys.len(), 2);
        auth.advance(TimeDelta::seconds(605)).await;
        eventually(|| async { (listed(&auth).await.keys.len() == 1).then_some(()) }).await;
    }

    async fn the_operator_rotates_keys_and_no_token_is_refused(database: TestDatabase) {
        let deployment = Deployment::new(database);
        let auth = deployment.start().await;
        let token = auth.sign_up("Ada").await.tokens.access_token;
        let first = listed(&auth).await.keys[0].kid.clone();
        let Rotated::Made(key) = deployment.rotate_keys().await else { panic!("a key is made") };
        assert_eq!(deployment.rotate_keys().await, Rotated::Kept);
        let auth = deployment.start().await;
        assert_eq!(listed(&auth).await.keys.len(), 2);
        assert!(header(&auth.sign_up("Bob").await.tokens.access_token).contains(&first));
        auth.advance(TimeDelta::minutes(7)).await;
        let next = auth.sign_up("Eve").await.tokens.access_token;
        assert!(header(&next).contains(&key.id.to_string()));
        assert!(auth.whoami(&token).await.is_ok() && auth.whoami(&next).await.is_ok());
    }

    async fn keys_rotate_by_themselves_and_once_for_all_replicas(database: TestDatabase) {
        let deployment = Deployment::new(database);
        deployment.build(&deployment.config).await.unwrap();
        deployment.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        let auth = deployment.start().await;
        auth.sign_up("Ada").await;
        assert_eq!(deployment.keys().await, 1);
        deployment.clock.advance(TimeDelta::seconds(1));
        let replicas = tokio::join!(deployment.start(), deployment.start());
        eventually(|| async { (deployment.keys().await == 2).then_some(()) }).await;
        for replica in [&replicas.0, &replicas.1] {
            replica.advance(TimeDelta::seconds(210)).await;
        }
        let last = deployment.start().await;
        eventually(|| async { (listed(&last).await.keys.len() == 2).then_some(()) }).await;
        assert!(last.whoami(&last.sign_up("Bob").await.tokens.access_token).await.is_ok());
        assert_eq!(deployment.keys().await, 2);
    }

    async fn the_first_key_signs_also_where_a_clock_is_a_little_behind(database: TestDatabase) {
        let deployment = Deployment::new(database);
        deployment.build(&deployment.config).await.unwrap();
        deployment.clock.advance(TimeDelta::seconds(-5));
        let auth = deployment.start().await;
        assert!(auth.whoami(&auth.sign_up("Ada").await.tokens.access_token).await.is_ok());
        assert_eq!(listed(&auth).await.keys.len(), 1);
    }
}
