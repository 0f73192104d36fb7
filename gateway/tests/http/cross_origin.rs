//! Requests of pages of other origins.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version};

use crate::site::{IMPORT, Place, Site};

const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];
const EMPTY_MESSAGE: &[u8] = &[0, 0, 0, 0, 0];

fn request(method: Method, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(IMPORT);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from_static(EMPTY_MESSAGE)).unwrap()
}

async fn call(site: &Site, version: Version, headers: &[(&str, &str)]) -> Response<Bytes> {
    let headers: Vec<_> = [("content-type", "application/grpc-web")].iter().chain(headers).copied().collect();
    site.ask(version, request(Method::POST, &headers)).await
}

#[tokio::test]
async fn a_request_that_browsers_send_without_asking_has_no_effect() {
    let site = Site::start().await;
    for version in VERSIONS {
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let headers = [("content-type", content_type), ("cookie", "docket_refresh=x")];
            let answer = site.ask(version, request(Method::POST, &headers)).await;
            assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{version:?} {content_type}");
        }
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let answer = site.ask(version, request(method.clone(), &[("content-type", "application/grpc-web")])).await;
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{version:?} {method}");
            assert_eq!(answer.headers()["allow"], "POST");
        }
    }
    assert!(site.stubs.transfer.seen().is_empty());
}

#[tokio::test]
async fn a_foreign_page_has_no_effect_even_with_the_right_content_type() {
    let site = Site::start().await;
    for version in VERSIONS {
        for headers in [
            &[("origin", "https://evil.example"), ("cookie", "docket_refresh=x")][..],
            &[("origin", "null")],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("cookie", "docket_refresh=x")],
            // Browsers always send one of both headers; other clients have no business with cookies.
            &[("cookie", "docket_refresh=x")],
        ] {
            let answer = call(&site, version, headers).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{version:?} {headers:?}");
            assert!(!answer.headers().contains_key("access-control-allow-origin"), "{version:?} {headers:?}");
        }
    }
    assert!(site.stubs.transfer.seen().is_empty());
}

#[tokio::test]
async fn the_own_page_and_programs_may_call() {
    let site = Site::start_with(Place::InProcess, &["--public-url", "https://docket.example.org"]).await;
    let own = site.server.url();
    for version in VERSIONS {
        for headers in [
            &[][..],
            &[("origin", own.as_str())],
            &[("origin", own.as_str()), ("sec-fetch-site", "same-origin"), ("cookie", "docket_refresh=x")],
            // A proxy in front changes the host.
            &[("origin", "https://docket.example.org"), ("cookie", "docket_refresh=x")],
        ] {
            let answer = call(&site, version, headers).await;
            assert_eq!(answer.status(), StatusCode::OK, "{version:?} {headers:?}");
        }
    }
    assert_eq!(site.stubs.transfer.seen().len(), 8);
}

#[tokio::test]
async fn a_configured_origin_may_call_and_read_what_it_needs() {
    let flags = ["--allowed-origins", "https://app.example.org,https://other.example.org"];
    let site = Site::start_with(Place::InProcess, &flags).await;
    for version in VERSIONS {
        let origin = ("origin", "https://app.example.org");
        let asked = ("access-control-request-method", "POST");
        let preflight = request(Method::OPTIONS, &[origin, asked, ("access-control-request-headers", "authorization")]);
        let answer = site.ask(version, preflight).await;
        assert_eq!(answer.status(), StatusCode::OK, "{version:?}");
        let headers = answer.headers();
        assert_eq!(headers["access-control-allow-origin"], "https://app.example.org");
        assert_eq!(headers["access-control-allow-credentials"], "true");
        assert_eq!(headers["access-control-allow-methods"], "POST");
        assert_eq!(headers["access-control-max-age"], "600");
        let allowed = headers["access-control-allow-headers"].to_str().unwrap();
        for name in ["authorization", "content-type", "docket-time-zone", "grpc-timeout", "x-grpc-web", "x-user-agent"]
        {
            assert!(allowed.split(',').any(|allowed| allowed == name), "{name}: {allowed}");
        }

        let answer = call(&site, version, &[origin, ("sec-fetch-site", "cross-site")]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{version:?}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example.org");
        let exposed = answer.headers()["access-control-expose-headers"].to_str().unwrap();
        assert_eq!(exposed, "grpc-status,grpc-message,grpc-status-details-bin,x-request-id");
        assert!(answer.headers().get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin")));
    }
    assert_eq!(site.stubs.transfer.seen().len(), 2);
}

#[tokio::test]
async fn other_origins_gain_nothing_from_those_that_are_configured() {
    let site = Site::start_with(Place::InProcess, &["--allowed-origins", "https://app.example.org"]).await;
    for origin in ["https://evil.example", "http://app.example.org", "https://app.example.org.evil.example", "null"] {
        let preflight = request(Method::OPTIONS, &[("origin", origin), ("access-control-request-method", "POST")]);
        let answer = site.ask(Version::HTTP_2, preflight).await;
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
        let answer = call(&site, Version::HTTP_2, &[("origin", origin)]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{origin}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
    }
    assert!(site.stubs.transfer.seen().is_empty());
}
