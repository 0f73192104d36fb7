//! The headers that are forwarded to services, and those that every response has.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Version};

use crate::recorder::Recorder;
use crate::site::{IMPORT, Place, Site, ask};
use crate::stubs::Seen;

async fn seen(place: Place, flags: &[&str], headers: &[(&str, &str)]) -> Seen {
    let site = Site::start_with(place, flags).await;
    let mut request = Request::post(IMPORT).header("content-type", "application/grpc-web");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::from_static(&[0, 0, 0, 0, 0])).unwrap();
    let answer = site.ask(Version::HTTP_11, request).await;
    assert_eq!(answer.status(), 200, "{place:?}");
    let mut seen = site.stubs.transfer.seen();
    assert_eq!(seen.len(), 1, "{place:?}");
    seen.remove(0)
}

#[tokio::test]
async fn a_service_hears_the_clients_address_from_the_gateway_alone() {
    let claims = [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("docket-client-address", "203.0.113.9"),
        ("x-user-id", "root"),
    ];
    for place in [Place::InProcess, Place::Remote] {
        let Seen { headers, client } = seen(place, &[], &claims).await;
        assert_eq!(client.as_deref(), Some("127.0.0.1"), "{place:?}");
        for (name, _) in claims {
            assert!(!headers.contains_key(name), "{place:?}: {name}");
        }
        let Seen { client, .. } = seen(place, &["--trusted-proxies", "127.0.0.1"], &claims).await;
        assert_eq!(client.as_deref(), Some("203.0.113.9"), "{place:?}");
    }
}

#[tokio::test]
async fn what_a_service_reads_reaches_it_and_a_cookie_does_not() {
    let headers = [
        ("authorization", "Bearer x"),
        ("docket-time-zone", "Europe/Berlin"),
        ("accept-language", "de"),
        ("user-agent", "Browser/1"),
        ("x-request-id", "mine"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("origin", "http://127.0.0.1:8080"),
        ("cookie", "docket_refresh=x"),
    ];
    for place in [Place::InProcess, Place::Remote] {
        let Seen { headers: reached, .. } = seen(place, &[], &headers).await;
        for (name, value) in &headers[..6] {
            assert_eq!(reached[*name], value, "{place:?}: {name}");
        }
        assert!(!reached.contains_key("cookie"), "{place:?}");
    }
}

fn assert_secure(headers: &HeaderMap, of: &str) {
    let policy = headers["content-security-policy"].to_str().unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{of}: {rule}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{of}: {policy}");
    assert_eq!(headers["x-content-type-options"], "nosniff", "{of}");
    assert_eq!(headers["referrer-policy"], "no-referrer", "{of}");
    assert_eq!(headers["cross-origin-opener-policy"], "same-origin", "{of}");
    assert!(headers.contains_key("permissions-policy"), "{of}");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    for (public_url, is_https) in [("http://127.0.0.1:8080", false), ("https://docket.example.org", true)] {
        let site = Site::start_with(Place::InProcess, &["--public-url", public_url]).await;
        let call = |content_type: &str| {
            let request = Request::post(IMPORT).header("content-type", content_type);
            request.body(Bytes::from_static(&[0, 0, 0, 0, 0])).unwrap()
        };
        let answers = [
            ("the page", site.get("/").await),
            ("a missing file", site.get("/nothing.js").await),
            ("the keys", site.get("/.well-known/jwks.json").await),
            ("a call", site.ask(Version::HTTP_2, call("application/grpc")).await),
            ("a call from a browser", site.ask(Version::HTTP_11, call("application/grpc-web")).await),
            ("a refused call", site.ask(Version::HTTP_11, call("text/plain")).await),
        ];
        for (of, answer) in &answers {
            assert_secure(answer.headers(), of);
            let expected = is_https.then_some("max-age=31536000; includeSubDomains");
            let transport = answer.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
            assert_eq!(transport, expected, "{of}");
        }
        assert_eq!(answers[3].1.headers()["cache-control"], "no-store");
    }
}

const REFRESH: &str = "/docket.auth.v1.AuthService/RefreshSession";

#[tokio::test]
async fn cookies_reach_the_methods_that_read_them_byte_for_byte() {
    // Over HTTP/2, cookies may come in several headers (RFC 9113, 8.2.3). Those of other sites may hold any bytes.
    let cookies = [&b"theme=d\xfcnkel; docket_refresh=abc"[..], b"name=J\xc3\xb6rg", b"\xff\xfe"];
    let calls = [
        (REFRESH, true),
        ("/docket.auth.v1.AuthService/SignOut", true),
        ("/docket.auth.v1.AuthService/SignIn", false),
        ("/docket.auth.v1.AuthService/ValidateToken", false),
        ("/docket.auth.v1.AccountService/GetAccount", false),
        (IMPORT, false),
    ];
    for place in [Place::InProcess, Place::Remote] {
        let recorder = Recorder::start(place).await;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for (path, reads_cookie) in calls {
                let mut request = Request::post(path).header("content-type", "application/grpc-web");
                request = request.header("sec-fetch-site", "same-origin");
                for cookie in cookies {
                    request = request.header("cookie", cookie);
                }
                let request = request.body(Bytes::from_static(&[0, 0, 0, 0, 0])).unwrap();
                ask(&recorder.gateway, version, request).await;
                let forwarded = recorder.forwarded().pop().unwrap();
                assert_eq!(forwarded.uri, path);
                let reached = forwarded.headers.get_all("cookie").iter().map(HeaderValue::as_bytes);
                let reached = reached.collect::<Vec<_>>().join(&b"; "[..]);
                let expected = if reads_cookie { cookies.join(&b"; "[..]) } else { Vec::new() };
                assert_eq!(reached, expected, "{place:?} {version:?} {path}");
            }
        }
    }
}
