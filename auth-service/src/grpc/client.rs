//! The client of a call: its address and user agent.

use docket_rpc::client_address;
use tonic::Request;

use crate::domain::Client;

/// Longest part of a user agent that is stored: enough to recognise a device.
const MAX_USER_AGENT: usize = 256;

/// The client that made `request`.
pub(super) fn client<T>(request: &Request<T>) -> Client {
    let user_agent = request.metadata().get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A header may hold tabs.
    let user_agent = user_agent.chars().filter(|letter| !letter.is_control()).take(MAX_USER_AGENT).collect();
    Client { address: client_address(request), user_agent }
}
