//! The web page: the files of `web/dist`, embedded in the binary.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use rust_embed::{EmbeddedFile, RustEmbed};
use tonic::body::Body;

use crate::refusal::{Refusal, plain};
use crate::route::is_read;

/// Builds without optimisation read the files from the disk, so that a new page needs no new binary.
#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
/// The names of files in this folder contain a hash of their content.
const HASHED: &str = "assets/";
const NO_PAGE: &str = "The web page is not part of this binary. To build it, install Node.js with npm and run:\n\n    \
     cargo xtask up\n\ngRPC and gRPC-Web are served here all the same.\n";

/// Whether the page was built.
pub fn page_is_built() -> bool {
    Dist::get(INDEX).is_some()
}

/// Serves the file that the path names, or the page itself where the path names one of its views. 404 where there is no
/// such file, 405 to other methods than GET and HEAD.
pub(crate) fn page(request: &Request<Body>) -> Response<Body> {
    page_of::<Dist>(request)
}

fn page_of<Files: RustEmbed>(request: &Request<Body>) -> Response<Body> {
    let path = request.uri().path().trim_start_matches('/');
    // The path of a view has neither dot nor escape. Any other path names a file, and an absent file must not be
    // answered with the page.
    let path = if path.contains(['.', '%']) { path } else { INDEX };
    match Files::get(path) {
        None if path != INDEX => plain(StatusCode::NOT_FOUND, "not found\n"),
        _ if !is_read(request.method()) => Refusal::OnlyRead.response(),
        None => plain(StatusCode::NOT_FOUND, NO_PAGE),
        Some(file) => file_response(path, file, Files::get(&format!("{path}.br")), request.headers()),
    }
}

fn file_response(
    path: &str,
    file: EmbeddedFile,
    compressed: Option<EmbeddedFile>,
    request_headers: &HeaderMap,
) -> Response<Body> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, content_type(&file));
    headers.insert(header::CACHE_CONTROL, cache_control(path));
    if compressed.is_some() {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    let file = match compressed {
        Some(compressed) if accepts_brotli(request_headers) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            compressed
        }
        _ => file,
    };
    let tag = entity_tag(&file);
    let is_known = request_headers.get(header::IF_NONE_MATCH).is_some_and(|known| lists_tag(known, &tag));
    headers.insert(header::ETAG, tag);
    let mut response = Response::new(Body::empty());
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        *response.body_mut() = Body::new(Full::new(bytes));
    }
    *response.headers_mut() = headers;
    response
}

fn content_type(file: &EmbeddedFile) -> HeaderValue {
    let mime = file.metadata.mimetype();
    let is_text = mime.starts_with("text/") || mime.ends_with("/javascript");
    let with_charset = if is_text { format!("{mime}; charset=utf-8") } else { mime.to_owned() };
    HeaderValue::try_from(with_charset).expect("a media type is ASCII")
}

fn cache_control(path: &str) -> HeaderValue {
    HeaderValue::from_static(if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" })
}

/// A strong tag: the file's hash (RFC 9110, 8.8.3). The compressed copy is another representation and has its own.
fn entity_tag(file: &EmbeddedFile) -> HeaderValue {
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("\"{hash}\"")).expect("hexadecimal digits are ASCII")
}

/// Whether `If-None-Match` lists the tag, by weak comparison (RFC 9110, 13.1.2).
fn lists_tag(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    known.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

/// Whether the client accepts brotli (RFC 9110, 12.5.3). `*` does not count: all browsers name brotli.
fn accepts_brotli(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_brotli = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
        is_brotli && weight.is_ok_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http_body_util::BodyExt as _;

    use super::*;

    #[derive(RustEmbed)]
    #[folder = "tests/page"]
    struct Fixture;

    #[derive(RustEmbed)]
    #[folder = "tests/no-page"]
    #[allow_missing = true]
    struct Nothing;

    const CODE: &str = "/assets/code-1a2b.js";

    fn ask<Files: RustEmbed>(method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        page_of::<Files>(&request.body(Body::empty()).unwrap())
    }

    async fn text(response: Response<Body>) -> String {
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn files_are_served_unchanged_and_views_are_the_page() {
        for (path, content_type, beginning) in [
            ("/", "text/html; charset=utf-8", "<!doctype html>"),
            ("/index.html", "text/html; charset=utf-8", "<!doctype html>"),
            ("/lists/0192/tasks", "text/html; charset=utf-8", "<!doctype html>"),
            (CODE, "text/javascript; charset=utf-8", "export const"),
            ("/favicon.svg", "image/svg+xml", "<svg"),
        ] {
            let response = ask::<Fixture>(Method::GET, path, &[]);
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], content_type, "{path}");
            let text = text(response).await;
            assert!(text.starts_with(beginning), "{path}: {text}");
        }
    }

    #[tokio::test]
    async fn clients_that_accept_brotli_get_the_compressed_copy_with_its_own_tag() {
        let plain = ask::<Fixture>(Method::GET, CODE, &[]);
        let small = ask::<Fixture>(Method::GET, CODE, &[("accept-encoding", "gzip, br")]);
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(small.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(small.headers()[header::CONTENT_TYPE], plain.headers()[header::CONTENT_TYPE]);
        assert_ne!(small.headers()[header::ETAG], plain.headers()[header::ETAG]);
        for response in [&plain, &small] {
            assert_eq!(response.headers()[header::VARY], "accept-encoding");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        }
        assert_eq!(text(small).await, "stands for the same, compressed");
    }

    #[tokio::test]
    async fn a_file_that_the_browser_has_is_not_sent_again() {
        let tag = ask::<Fixture>(Method::GET, "/", &[]).headers()[header::ETAG].clone();
        let response = ask::<Fixture>(Method::GET, "/", &[("if-none-match", tag.to_str().unwrap())]);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(response.headers()[header::ETAG], tag);
        assert_eq!(text(response).await, "");
    }

    #[test]
    fn other_methods_than_get_and_head_are_refused_after_the_file_was_found() {
        for (path, status) in [
            (CODE, StatusCode::METHOD_NOT_ALLOWED),
            ("/tasks", StatusCode::METHOD_NOT_ALLOWED),
            ("/missing.js", StatusCode::NOT_FOUND),
            ("/docket.auth.v1.AuthService/../A/B", StatusCode::NOT_FOUND),
        ] {
            for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
                assert_eq!(ask::<Fixture>(method.clone(), path, &[]).status(), status, "{method} {path}");
            }
        }
    }

    #[tokio::test]
    async fn without_a_page_the_views_say_how_to_build_it() {
        let response = ask::<Nothing>(Method::GET, "/sign-in", &[]);
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
        assert!(text(response).await.contains("cargo xtask up"));
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        for path in [
            "/../Cargo.toml",
            "/assets/../../../Cargo.toml",
            "//etc/passwd.txt",
            "/%2e%2e/Cargo.toml",
            "/%2e%2e/a",
            "/assets",
        ] {
            let response = ask::<Fixture>(Method::GET, path, &[]);
            let is_page = response.headers()[header::CONTENT_TYPE] == "text/html; charset=utf-8";
            assert!(response.status() == StatusCode::NOT_FOUND || (is_page && path == "/assets"), "{path}");
        }
    }

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        [(name, HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn brotli_is_accepted_by_name_and_with_a_weight_above_zero() {
        for (value, accepts) in [
            ("gzip, deflate, br, zstd", true),
            ("BR", true),
            ("gzip;q=1.0, br;q=0.5", true),
            ("br;q=0", false),
            ("br;q=0.0, gzip", false),
            ("br;q=much", false),
            ("gzip", false),
            ("brotli", false),
            ("", false),
        ] {
            assert_eq!(accepts_brotli(&headers(header::ACCEPT_ENCODING, value)), accepts, "{value}");
        }
        assert!(!accepts_brotli(&HeaderMap::new()));
    }

    #[test]
    fn a_known_tag_is_found_in_a_list() {
        let tag = HeaderValue::from_static("\"abc\"");
        for (value, known) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("*", true),
            ("\"x\"", false),
            ("abc", false),
            ("", false),
        ] {
            assert_eq!(lists_tag(&HeaderValue::from_static(value), &tag), known, "{value}");
        }
    }

    #[test]
    fn only_files_with_hashed_names_may_be_kept_for_ever() {
        assert_eq!(cache_control("assets/index-1a2b.js"), "public, max-age=31536000, immutable");
        assert_eq!(cache_control("index.html"), "no-cache");
        assert_eq!(cache_control("favicon.svg"), "no-cache");
    }
}
