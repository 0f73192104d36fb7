//! The refresh token in a cookie.

use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use proto::TokenDelivery;
use proto::sign_out_request::Scope;
use tonic::{Request, Response};

use crate::support::{Auth, Deployment, PASSWORD, reason, sign_in, sign_up, with_metadata};

fn by_cookie(name: &str) -> proto::SignUpRequest {
    proto::SignUpRequest { token_delivery: TokenDelivery::Cookie.into(), ..sign_up(name) }
}

fn set_cookie<T>(response: &Response<T>) -> String {
    response.metadata().get("set-cookie").expect("a set-cookie").to_str().unwrap().to_owned()
}

/// The pair that a browser sends back.
fn pair(set_cookie: &str) -> &str {
    set_cookie.split(';').next().unwrap()
}

fn refresh_by(cookie: &str) -> Request<proto::RefreshSessionRequest> {
    let message = proto::RefreshSessionRequest {
        token_delivery: TokenDelivery::Cookie.into(),
        ..proto::RefreshSessionRequest::default()
    };
    with_metadata("cookie", cookie, message)
}

async fn sign_out(auth: &Auth, access_token: &str, scope: Scope, cookie: &str) -> Option<String> {
    let mut request = with_metadata("cookie", cookie, proto::SignOutRequest { scope: scope.into() });
    request.metadata_mut().insert("authorization", format!("Bearer {access_token}").parse().unwrap());
    let response = auth.auth().sign_out(request).await.unwrap();
    response.metadata().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned())
}

on_both_databases! {
    async fn a_browser_gets_the_refresh_token_in_a_cookie_alone(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let response = auth.auth().sign_up(by_cookie("Ada")).await.unwrap();
        let cookie = set_cookie(&response);
        assert!(cookie.starts_with("docket_refresh="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Strict"), "{cookie}");
        assert_eq!(response.into_inner().tokens.unwrap().refresh_token, "");
        let message = proto::SignInRequest {
            token_delivery: TokenDelivery::Cookie.into(),
            ..sign_in("ada@example.org", PASSWORD)
        };
        let response = auth.auth().sign_in(message).await.unwrap();
        assert!(set_cookie(&response).starts_with("docket_refresh="));
        assert_eq!(response.into_inner().tokens.unwrap().refresh_token, "");
    }

    async fn an_access_token_alone_leaves_the_cookie_as_it_is(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        let asked = |id: &str| {
            let message = proto::RefreshSessionRequest { request_id: id.into(), ..Default::default() };
            with_metadata("cookie", pair(&cookie), message)
        };
        auth.auth().refresh_session(asked("018f3c1e-0000-7000-8000-000000000001")).await.unwrap();
        let alone = auth.auth().refresh_session(asked("018f3c1e-0000-7000-8000-000000000002")).await.unwrap();
        assert!(alone.metadata().get("set-cookie").is_none());
        let tokens = alone.into_inner().tokens.unwrap();
        assert_eq!(tokens.refresh_token, "");
        assert!(auth.whoami(&tokens.access_token).await.is_ok());
    }

    async fn the_cookie_refreshes_and_is_replaced(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        let response = auth.auth().refresh_session(refresh_by(pair(&cookie))).await.unwrap();
        assert_eq!(response.metadata().get("cache-control").unwrap(), "no-store");
        let newer = set_cookie(&response);
        assert_ne!(pair(&newer), pair(&cookie));
        let tokens = response.into_inner().tokens.unwrap();
        assert_eq!(tokens.refresh_token, "");
        assert!(auth.whoami(&tokens.access_token).await.is_ok());
        assert!(auth.auth().refresh_session(refresh_by(pair(&newer))).await.is_ok());
    }

    async fn the_cookie_is_found_beside_others_that_are_no_ascii(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        let mut request = refresh_by("");
        let headers = request.metadata_mut();
        headers.insert("cookie", (&b"theme=d\xfcnkel"[..]).try_into().unwrap());
        headers.append("cookie", format!("name=Jörg; {}; place=Køge", pair(&cookie)).as_bytes().try_into().unwrap());
        assert!(auth.auth().refresh_session(request).await.is_ok());
    }

    async fn what_came_in_a_cookie_is_never_given_to_a_script(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let mut cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        for delivery in [TokenDelivery::Body, TokenDelivery::Unspecified] {
            let mut request = refresh_by(pair(&cookie));
            request.get_mut().token_delivery = delivery.into();
            let response = auth.auth().refresh_session(request).await.unwrap();
            let newer = set_cookie(&response);
            assert_ne!(pair(&newer), pair(&cookie), "{delivery:?}");
            assert_eq!(response.into_inner().tokens.unwrap().refresh_token, "", "{delivery:?}");
            cookie = newer;
        }
    }

    async fn two_cookies_of_the_name_are_refused(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        let twice = format!("{0}; {0}", pair(&cookie));
        let refused = auth.auth().refresh_session(refresh_by(&twice)).await.unwrap_err();
        assert_eq!(reason(&refused), "REFRESH_INVALID");
        assert!(auth.auth().refresh_session(refresh_by(pair(&cookie))).await.is_ok());
    }

    async fn a_token_in_the_field_goes_before_one_in_the_cookie(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        let other = auth.sign_up("Grace").await;
        let mut request = refresh_by(pair(&cookie));
        request.get_mut().refresh_token = other.tokens.refresh_token;
        request.get_mut().token_delivery = TokenDelivery::Body.into();
        let response = auth.auth().refresh_session(request).await.unwrap();
        assert!(response.metadata().get("set-cookie").is_none());
        assert_eq!(response.into_inner().tokens.unwrap().session_id, other.tokens.session_id);
    }

    async fn no_other_call_looks_at_the_cookie(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        let cookie = pair(&cookie);
        let get = with_metadata("cookie", cookie, proto::GetAccountRequest {});
        assert_eq!(reason(&auth.accounts().get_account(get).await.unwrap_err()), "TOKEN_MISSING");
        let sign_out = with_metadata("cookie", cookie, proto::SignOutRequest::default());
        assert_eq!(reason(&auth.auth().sign_out(sign_out).await.unwrap_err()), "TOKEN_MISSING");
        let validate = with_metadata("cookie", cookie, proto::ValidateTokenRequest::default());
        assert!(!auth.auth().validate_token(validate).await.unwrap().into_inner().active);
    }

    async fn the_cookie_goes_with_its_session(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        for scope in [Scope::This, Scope::All] {
            let tokens = auth.sign_in(&person).await;
            let cookie = format!("docket_refresh={}", tokens.refresh_token);
            let cleared = sign_out(&auth, &tokens.access_token, scope, &cookie).await;
            assert_eq!(cleared.unwrap(), "docket_refresh=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
        }
    }

    async fn the_cookie_stays_while_its_session_goes_on(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let (person, somebody_else) = (auth.sign_up("Ada").await, auth.sign_up("Grace").await);
        let cookie = |tokens: &proto::SessionTokens| format!("docket_refresh={}", tokens.refresh_token);
        let other = auth.sign_in(&person).await;
        let own_cookie = cookie(&person.tokens);
        assert_eq!(sign_out(&auth, &other.access_token, Scope::This, &own_cookie).await, None);
        assert_eq!(sign_out(&auth, &person.tokens.access_token, Scope::Others, &own_cookie).await, None);
        let foreign_cookie = cookie(&somebody_else.tokens);
        assert_eq!(sign_out(&auth, &person.tokens.access_token, Scope::All, &foreign_cookie).await, None);
    }

    async fn over_https_the_cookie_is_bound_to_the_host(database: TestDatabase) {
        let deployment = Deployment::with(database, |config| {
            config.public_url = Some("https://docket.example".parse().unwrap());
        });
        let auth = deployment.start().await;
        let cookie = set_cookie(&auth.auth().sign_up(by_cookie("Ada")).await.unwrap());
        assert!(cookie.starts_with("__Host-docket_refresh="), "{cookie}");
        assert!(cookie.ends_with("; Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Strict"), "{cookie}");
        let unbound = pair(&cookie).replace("__Host-", "");
        assert_eq!(reason(&auth.auth().refresh_session(refresh_by(&unbound)).await.unwrap_err()), "REFRESH_INVALID");
        assert!(auth.auth().refresh_session(refresh_by(pair(&cookie))).await.is_ok());
    }
}
