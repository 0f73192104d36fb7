//! Decides what answers a request, and refuses requests before any service sees them.
//!
//! Browsers send some cross-site requests without a preflight (a form's `text/plain` POST, a GET). None of those has
//! the method and the content type of a call (ASVS v5.0.0-3.5.2, -4.1.4).

use docket_rpc::called_service;
use http::{HeaderMap, Method, Request, Version, header};

use crate::refusal::Refusal;

/// Where the keys are served.
pub(crate) const KEYS_PATH: &str = "/.well-known/jwks.json";

const GRPC: &[&str] = &["application/grpc", "application/grpc+proto"];
const GRPC_WEB: &[&str] = &[
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];

/// What answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// A call, as gRPC or gRPC-Web.
    Call,
    /// The JWK set.
    Keys,
    /// The web page and its assets.
    Page,
    /// It is refused.
    Refused(Refusal),
}

impl Route {
    /// Decides by method, path, content type, HTTP version and the headers by which browsers tell the sender's origin.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let form = CallForm::of(request.headers());
        let is_post = request.method() == Method::POST;
        // A gRPC client needs a gRPC status, also where the path is not that of a call.
        if called_service(request.uri()).is_some() || (form.is_some() && is_post) {
            return match form {
                _ if !is_post => Self::Refused(Refusal::CallNotPosted),
                None => Self::Refused(Refusal::ContentType),
                Some(CallForm::Grpc) if request.version() != Version::HTTP_2 => Self::Refused(Refusal::HttpVersion),
                Some(_) if is_cookie_of_unknown_sender(request.headers()) => Self::Refused(Refusal::UnknownSender),
                Some(_) => Self::Call,
            };
        }
        match request.uri().path() {
            KEYS_PATH if is_read(request.method()) => Self::Keys,
            KEYS_PATH => Self::Refused(Refusal::OnlyRead),
            _ => Self::Page,
        }
    }
}

/// The protocols of calls.
#[derive(Clone, Copy)]
enum CallForm {
    Grpc,
    GrpcWeb,
}

impl CallForm {
    /// Accepts exact names only: tonic-web does not recognise a content type with parameters.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::CONTENT_TYPE).iter();
        let content_type = values.next()?.to_str().ok()?;
        match values.next() {
            Some(_) => None,
            None if GRPC.contains(&content_type) => Some(Self::Grpc),
            None if GRPC_WEB.contains(&content_type) => Some(Self::GrpcWeb),
            None => None,
        }
    }
}

/// Whether the method is one of those that read the page and the keys.
pub(crate) fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether the request has a cookie and no header that tells its origin. Browsers, which add cookies by themselves,
/// always send one of these headers.
fn is_cookie_of_unknown_sender(headers: &HeaderMap) -> bool {
    headers.contains_key(header::COOKIE)
        && !headers.contains_key(header::ORIGIN)
        && !headers.contains_key("sec-fetch-site")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str, headers: &[(&str, &str)]) -> Route {
        let mut request = Request::builder().method(method).uri(path).version(Version::HTTP_2);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Route::of(&request.body(()).unwrap())
    }

    const CALL: &str = "/docket.auth.v1.AuthService/SignIn";

    #[test]
    fn every_content_type_of_a_call_is_accepted() {
        for content_type in GRPC.iter().chain(GRPC_WEB) {
            assert_eq!(route("POST", CALL, &[("content-type", content_type)]), Route::Call, "{content_type}");
        }
    }

    #[test]
    fn other_content_types_are_refused() {
        let refused = Route::Refused(Refusal::ContentType);
        assert_eq!(route("POST", CALL, &[]), refused);
        for content_type in [
            "text/plain",
            "application/json",
            "application/x-www-form-urlencoded",
            "application/grpc+json",
            "application/grpc-web; charset=utf-8",
            "application/grpcfoo",
            "APPLICATION/GRPC",
        ] {
            assert_eq!(route("POST", CALL, &[("content-type", content_type)]), refused, "{content_type}");
        }
        let two = [("content-type", "application/grpc"), ("content-type", "text/plain")];
        assert_eq!(route("POST", CALL, &two), refused);
    }

    #[test]
    fn other_methods_are_refused() {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let route = route(method, CALL, &[("content-type", "application/grpc")]);
            assert_eq!(route, Route::Refused(Refusal::CallNotPosted), "{method}");
        }
        for method in ["POST", "PUT", "DELETE"] {
            assert_eq!(route(method, KEYS_PATH, &[]), Route::Refused(Refusal::OnlyRead), "{method}");
        }
    }

    #[test]
    fn grpc_needs_http_2_and_grpc_web_does_not() {
        for (content_type, expected) in
            [("application/grpc", Route::Refused(Refusal::HttpVersion)), ("application/grpc-web", Route::Call)]
        {
            let request = Request::post(CALL).header("content-type", content_type).body(()).unwrap();
            assert_eq!(Route::of(&request), expected, "{content_type}");
        }
    }

    #[test]
    fn a_cookie_is_accepted_only_with_the_origin_of_the_sender() {
        let cookie = [("content-type", "application/grpc-web"), ("cookie", "a=b")];
        assert_eq!(route("POST", CALL, &cookie), Route::Refused(Refusal::UnknownSender));
        for sender in [("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")] {
            assert_eq!(route("POST", CALL, &[cookie[0], cookie[1], sender]), Route::Call, "{sender:?}");
        }
    }

    #[test]
    fn a_call_with_a_wrong_path_is_routed_by_its_content_type() {
        for path in ["/Greeter/SayHello", "/docket.auth.v1.AuthService/../A/B", "/docket.auth.v1.AuthService/SignIn?a"]
        {
            assert_eq!(route("POST", path, &[("content-type", "application/grpc")]), Route::Call, "{path}");
            assert_eq!(route("POST", path, &[("content-type", "text/plain")]), Route::Page, "{path}");
        }
    }

    #[test]
    fn reads_are_for_the_keys_and_the_page() {
        for path in ["/", "/tasks/today", "/assets/index-1a2b.js", "/.well-known/security.txt"] {
            assert_eq!(route("GET", path, &[]), Route::Page, "{path}");
            assert_eq!(route("HEAD", path, &[]), Route::Page, "{path}");
        }
        assert_eq!(route("GET", KEYS_PATH, &[]), Route::Keys);
    }
}
