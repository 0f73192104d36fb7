//! From each error of a use case to the status that clients see.

use docket_rpc::{Reason, store_failure};
use docket_storage::StoreError;
use tonic::Status;

use crate::task_lists::CreateTaskListError;
use crate::tasks::{ChangeTaskError, CreateTaskError, GetTaskError};

impl From<CreateTaskError> for Status {
    fn from(error: CreateTaskError) -> Self {
        match error {
            CreateTaskError::NoTaskList => Reason::NotFound.into(),
            CreateTaskError::IdTaken => Reason::IdTaken.into(),
            CreateTaskError::RequestIdReused(_) => Reason::RequestIdReused.into(),
            CreateTaskError::Store(error) => store(&error),
        }
    }
}

impl From<GetTaskError> for Status {
    fn from(error: GetTaskError) -> Self {
        match error {
            GetTaskError::NotFound => Reason::NotFound.into(),
            GetTaskError::Store(error) => store(&error),
        }
    }
}

impl From<ChangeTaskError> for Status {
    fn from(error: ChangeTaskError) -> Self {
        match error {
            ChangeTaskError::NotFound => Reason::NotFound.into(),
            ChangeTaskError::EtagMismatch => Reason::EtagMismatch.into(),
            ChangeTaskError::NotDeleted => Reason::NotDeleted.into(),
            ChangeTaskError::RequestIdReused(_) => Reason::RequestIdReused.into(),
            ChangeTaskError::Store(error) => store(&error),
        }
    }
}

impl From<CreateTaskListError> for Status {
    fn from(error: CreateTaskListError) -> Self {
        match error {
            CreateTaskListError::IdTaken => Reason::IdTaken.into(),
            CreateTaskListError::RequestIdReused(_) => Reason::RequestIdReused.into(),
            CreateTaskListError::Store(error) => store(&error),
        }
    }
}

/// The only reference of ours that can lead nowhere is the one to the account: it was deleted, and the token is about
/// to be revoked.
pub(super) fn store(error: &StoreError) -> Status {
    match error {
        StoreError::MissingReference(_) => Reason::TokenRevoked.into(),
        error => store_failure(error),
    }
}
