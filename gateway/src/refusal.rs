//! Plain HTTP responses to requests that are refused before any service sees them.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use tonic::body::Body;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A call with another method than POST.
    CallNotPosted,
    /// A request for the page or the keys with another method than GET and HEAD.
    OnlyRead,
    /// A call with another content type than those of gRPC and gRPC-Web.
    ContentType,
    /// gRPC over HTTP/1.1.
    HttpVersion,
    /// A request of another origin.
    ForeignOrigin,
    /// A call with a cookie and without a header that tells its origin.
    UnknownSender,
}

impl Refusal {
    pub(crate) fn response(self) -> Response<Body> {
        let (status, text) = match self {
            Self::CallNotPosted => (StatusCode::METHOD_NOT_ALLOWED, "calls have the method POST\n"),
            Self::OnlyRead => (StatusCode::METHOD_NOT_ALLOWED, "the methods here are GET and HEAD\n"),
            Self::ContentType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "calls have the content type application/grpc or application/grpc-web\n",
            ),
            Self::HttpVersion => {
                (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "gRPC needs HTTP/2; over HTTP/1.1 use gRPC-Web\n")
            }
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "requests from this origin are refused\n"),
            Self::UnknownSender => {
                (StatusCode::FORBIDDEN, "a cookie is accepted only with the header origin or sec-fetch-site\n")
            }
        };
        let mut response = plain(status, text);
        let allowed = match self {
            Self::CallNotPosted => Some("POST"),
            Self::OnlyRead => Some("GET, HEAD"),
            _ => None,
        };
        if let Some(allowed) = allowed {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
        }
        response
    }
}

/// A response with a short text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(Bytes::from_static(text.as_bytes()))));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
