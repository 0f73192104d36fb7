//! Headers that every answer carries: what a browser may do with it (ASVS v5.0.0-3.4).

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use docket_rpc::Origin;

/// The page takes everything from its own origin and runs no inline code; nobody may frame it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Powerful features of browsers: the page needs none of them.
const PERMISSIONS_POLICY: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// A year, as long as browsers ask for before they take a site into their own lists.
const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000; includeSubDomains";

/// The headers of a site that users see at `public_url`.
pub(crate) fn security_headers(public_url: &Origin) -> HeaderMap {
    let mut headers: HeaderMap = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    ]
    .into_iter()
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .collect();
    // Over plain http browsers ignore it, and behind a wrong public URL it would lock users out.
    if public_url.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT_SECURITY));
    }
    headers
}
