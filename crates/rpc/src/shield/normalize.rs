//! Gives the statuses that the framework makes by itself a reason of the table.

use http::HeaderMap;
use tonic::{Code, Status};

use crate::Reason;

const STATUS: &str = "grpc-status";
const DETAILS: &str = "grpc-status-details-bin";

/// How tonic's and prost's texts begin where a request is not the message that it should be. gRPC has INTERNAL for
/// these; but the fault is the client's and must wake no operator. The tests meet each.
const MALFORMED: &[&str] = &[
    "failed to decode Protobuf message",
    "protocol error: received message with",
    "Missing request message",
    "Unexpected EOF decoding stream",
    "h2 protocol error",
];

/// Rewrites the status in `headers` (or trailers), where there is one without details. Those of our own have some.
pub(super) fn normalize(headers: &mut HeaderMap) {
    let is_ok = headers.get(STATUS).is_none_or(|code| code == "0");
    if is_ok || headers.contains_key(DETAILS) {
        return;
    }
    let reason = Status::from_header_map(headers).map_or(Reason::Internal, |status| reason(&status));
    write(reason, headers);
}

/// Puts the status of `reason` into `headers`, over whichever is there.
pub(super) fn write(reason: Reason, headers: &mut HeaderMap) {
    reason.status().add_header(headers).expect("the table's texts and their details are fit for headers");
}

fn reason(status: &Status) -> Reason {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => Reason::MessageTooLarge,
        Code::Unimplemented => Reason::Unimplemented,
        // Of health and reflection.
        Code::NotFound => Reason::NotFound,
        Code::InvalidArgument => Reason::MalformedMessage,
        Code::DeadlineExceeded => Reason::Deadline,
        // The request broke off: whoever sent it has gone.
        Code::Cancelled | Code::Unknown | Code::Unavailable => Reason::MalformedMessage,
        Code::Internal if MALFORMED.iter().any(|text| status.message().starts_with(text)) => Reason::MalformedMessage,
        code => {
            tracing::error!(?code, message = status.message(), "handler returned a status without a reason");
            Reason::Internal
        }
    }
}
