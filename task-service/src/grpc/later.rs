//! Calls that are in the contract and not in this release.

use std::pin::Pin;

use docket_proto::task::v1::transfer_service_server::TransferService;
use docket_proto::task::v1::{ExportTasksRequest, ExportTasksResponse, ImportTasksRequest, ImportTasksResponse};
use docket_rpc::Reason;
use futures_util::Stream;
use tonic::{Request, Response, Status};

/// A stream of answers.
pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The answer of all such calls: UNIMPLEMENTED.
pub(super) fn later<T>() -> Result<Response<T>, Status> {
    Err(Reason::Unimplemented.into())
}

/// Import and export.
pub(super) struct TransferHandlers;

#[tonic::async_trait]
impl TransferService for TransferHandlers {
    type ExportTasksStream = Answers<ExportTasksResponse>;

    async fn export_tasks(&self, _: Request<ExportTasksRequest>) -> Result<Response<Self::ExportTasksStream>, Status> {
        later()
    }

    async fn import_tasks(&self, _: Request<ImportTasksRequest>) -> Result<Response<ImportTasksResponse>, Status> {
        later()
    }
}
