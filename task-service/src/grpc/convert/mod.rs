//! Messages to domain values and back. A message is read as a whole: the answer names all its violations.

pub(super) mod answers;
pub(super) mod task_lists;
pub(super) mod tasks;

use aws_lc_rs::digest::{SHA256, digest};
use docket_identity::parse_uuid;
use docket_proto::MethodRequest;
use docket_rpc::Violations;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};

use crate::domain::{BadZone, Once, PageSize, TaskId, Zone};

/// Where the caller's day ends: an IANA name.
const TIME_ZONE: &str = "docket-time-zone";

/// Reads a request: the caller's time zone, and what `parse` makes of the message.
///
/// # Errors
/// INVALID_ARGUMENT with all violations.
pub(super) fn read<M, T>(
    request: &Request<M>,
    parse: impl FnOnce(&M, &mut Violations) -> Option<T>,
) -> Result<(Zone, T), Status> {
    let mut violations = Violations::new();
    let zone = time_zone(request.metadata());
    let zone = violations.check(TIME_ZONE, zone);
    let value = parse(request.get_ref(), &mut violations);
    violations.finish(zone.zip(value))
}

fn time_zone(metadata: &MetadataMap) -> Result<Zone, BadZone> {
    let Some(name) = metadata.get(TIME_ZONE) else { return Ok(Zone::UTC) };
    Zone::parse(name.to_str().map_err(|_| BadZone)?)
}

/// The request id of a write, with the fingerprint of the request. The name of the method is part
/// of that: the requests of two methods may be the same bytes.
fn once<M: Message + MethodRequest>(
    message: &M,
    request_id: &str,
    violations: &mut Violations,
) -> Option<Option<Once>> {
    if request_id.is_empty() {
        return Some(None);
    }
    let Ok(request_id) = parse_uuid(request_id) else {
        violations.add("request_id", "must be a UUID with hyphens");
        return None;
    };
    let bytes = [M::METHOD.as_bytes(), b"\0", &message.encode_to_vec()].concat();
    let fingerprint = digest(&SHA256, &bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes");
    Some(Some(Once { request_id, fingerprint }))
}

fn task_id(id: &str, violations: &mut Violations) -> Option<TaskId> {
    violations.check("id", TaskId::parse(id))
}

fn page_size(size: i32, violations: &mut Violations) -> Option<PageSize> {
    violations.check("page_size", PageSize::try_from(size))
}

/// `None` for the empty text, which says that a field was left out.
fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// `Some(None)` where there is nothing to read, `None` where it could not be read.
fn optional<T, E: std::error::Error>(
    field: &'static str,
    value: Option<Result<T, E>>,
    violations: &mut Violations,
) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => violations.check(field, value).map(Some),
    }
}
