//! Refuses what is no gRPC call before anything runs. tonic looks at neither method nor content type, and a page of
//! another origin may send `text/plain` without asking first.

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use tonic::body::Body;

use crate::{Reason, called_service};

/// The answer to a request that is none of gRPC's: HTTP 405 to another method than POST, 415 to another content type
/// than gRPC's (gRPC over HTTP/2, Requests), UNIMPLEMENTED to another path than exactly that of a call.
pub(super) fn refuse<B>(request: &Request<B>) -> Option<Response<Body>> {
    if request.method() != Method::POST {
        let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return Some(response);
    }
    if !is_grpc(request.headers()) {
        return Some(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    // Routes ignore a query, and answer for whole folders of paths.
    called_service(request.uri()).is_none().then(|| Reason::Unimplemented.status().into_http())
}

/// `application/grpc`, plain or with the one message format that is spoken here.
fn is_grpc(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let media_type = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim_end();
    ["application/grpc", "application/grpc+proto"].iter().any(|ours| media_type.eq_ignore_ascii_case(ours))
}

fn refusal(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
