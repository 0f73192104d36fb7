//! How errors look to those who get them.

use docket_rpc::{ERROR_DOMAIN, Reason, Violations, internal};
use tonic::{Code, Status};
use tonic_types::{ErrorDetail, StatusExt as _};

use crate::echo::info;

#[test]
fn every_reason_makes_a_status_with_one_error_info_and_says_where_waiting_helps() {
    for reason in Reason::ALL {
        let status = reason.status();
        assert_eq!((status.code(), status.message()), (reason.code(), reason.message()));
        assert_eq!(info(&status), reason.name());
        let waiting = [Reason::TooManyAttempts, Reason::RateLimited, Reason::Busy].contains(reason);
        let helps = waiting || reason.code() == Code::Unavailable;
        assert_eq!(status.get_details_retry_info().is_some(), helps, "{reason:?}");
    }
    assert_eq!(ERROR_DOMAIN, "docket");
}

#[test]
fn a_delay_that_is_known_is_told() {
    let delay = std::time::Duration::from_secs(42);
    let status = Reason::TooManyAttempts.retry_after(delay);
    assert_eq!(status.get_details_retry_info().expect("it says when").retry_delay, Some(delay));
}

#[test]
fn all_faults_of_a_request_come_in_one_answer() {
    let mut violations = Violations::new();
    assert_eq!(violations.check("task.priority", "7".parse::<u8>()), Some(7));
    assert_eq!(violations.check("task.count", "many".parse::<u8>()), None);
    violations.add("task.title", "must not be empty");
    let status = violations.finish(Some("a value")).expect_err("there are faults");
    assert_eq!(info(&status), "INVALID_ARGUMENT");
    let requests = status.get_error_details_vec().into_iter().filter_map(|detail| match detail {
        ErrorDetail::BadRequest(request) => Some(request.field_violations),
        _ => None,
    });
    let requests: Vec<_> = requests.collect();
    assert_eq!(requests.len(), 1);
    let fields: Vec<_> = requests[0].iter().map(|fault| (fault.field.as_str(), fault.description.as_str())).collect();
    assert_eq!(fields, [("task.count", "invalid digit found in string"), ("task.title", "must not be empty")]);
}

#[test]
fn a_request_without_faults_gives_its_value_and_a_value_without_reason_is_a_fault_of_ours() {
    assert_eq!(Violations::new().finish(Some(7)).expect("no fault"), 7);
    let status = Violations::new().finish(None::<u8>).expect_err("no value");
    assert_eq!(info(&status), "INTERNAL");
}

/// Neither the text nor the details hold a word of the fault.
fn assert_silent(status: &Status) {
    let details = String::from_utf8_lossy(status.details()).into_owned();
    assert!(!format!("{} {details}", status.message()).contains("secret"), "{status:?}");
}

#[test]
fn a_fault_of_ours_is_told_without_a_word_of_it() {
    let status = internal(&std::io::Error::other("secret text"));
    assert_eq!((status.code(), info(&status).as_str()), (Code::Internal, "INTERNAL"));
    assert_silent(&status);
}

#[cfg(feature = "storage")]
#[test]
fn a_failed_statement_is_told_by_what_helps_and_without_a_word_of_it() {
    use docket_storage::StoreError;
    let fault = || std::io::Error::other("secret text").into();
    let cases = [
        (StoreError::Unavailable(fault()), "DATABASE_UNAVAILABLE"),
        (StoreError::Full(fault()), "STORAGE_FULL"),
        (StoreError::Duplicate(fault()), "INTERNAL"),
        (StoreError::MissingReference(fault()), "INTERNAL"),
        (StoreError::Corrupt(fault()), "INTERNAL"),
        (StoreError::Other(fault()), "INTERNAL"),
    ];
    for (error, reason) in cases {
        let status = docket_rpc::store_failure(&error);
        assert_eq!(info(&status), reason);
        assert_silent(&status);
    }
}
