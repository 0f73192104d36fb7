//! The client of a call: its address, user agent and language.

use docket_rpc::client_address;
use tonic::Request;

use crate::domain::{Client, Language};

/// Longest part of a user agent that is stored: enough to recognise a device.
const MAX_USER_AGENT: usize = 256;

/// The client that made `request`.
pub(super) fn client<T>(request: &Request<T>) -> Client {
    // A header may hold tabs.
    let user_agent =
        header(request, "user-agent").chars().filter(|letter| !letter.is_control()).take(MAX_USER_AGENT).collect();
    Client { address: client_address(request), user_agent }
}

/// The language that the client of `request` prefers.
pub(super) fn language<T>(request: &Request<T>) -> Language {
    Language::preferred(header(request, "accept-language"))
}

/// Empty where it is absent, or not ASCII.
fn header<'request, T>(request: &'request Request<T>, name: &str) -> &'request str {
    request.metadata().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
