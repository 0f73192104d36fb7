//! Paths of the page, with and without a built page.

use gateway::page_is_built;
use http::{Method, Request, StatusCode, Version};

use crate::site::Site;

#[tokio::test]
async fn every_view_of_the_page_answers_alike() {
    let site = Site::start().await;
    let first = site.get("/").await;
    for path in ["/sign-in", "/lists/0192/tasks", "/tasks?q=a.b"] {
        let answer = site.get(path).await;
        assert_eq!((answer.status(), answer.body()), (first.status(), first.body()), "{path}");
    }
    if page_is_built() {
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()["cache-control"], "no-cache");
    } else {
        assert_eq!(first.status(), StatusCode::NOT_FOUND);
        assert!(String::from_utf8_lossy(first.body()).contains("cargo xtask up"));
    }
}

#[tokio::test]
async fn a_missing_file_does_not_look_like_the_page() {
    let site = Site::start().await;
    for path in ["/assets/gone-1a2b.js", "/favicon.gone", "/.well-known/security.txt", "/../Cargo.toml"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn the_page_is_only_read() {
    let site = Site::start().await;
    let request = Request::builder().method(Method::POST).uri("/sign-in").body(bytes::Bytes::new()).unwrap();
    let answer = site.ask(Version::HTTP_11, request).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers()["allow"], "GET, HEAD");
}
