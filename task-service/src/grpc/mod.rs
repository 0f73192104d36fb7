//! The services of `docket.task.v1`: each method reads its message, calls the use case and renders the result.

mod convert;
mod later;
mod page;
mod status;
mod task_lists;
mod tasks;

use docket_proto::task::v1::task_list_service_server::TaskListServiceServer;
use docket_proto::task::v1::task_service_server::TaskServiceServer;
use docket_proto::task::v1::transfer_service_server::TransferServiceServer;
use docket_rpc::AuthenticateLayer;
use tonic::service::Routes;
use tower::Layer as _;

pub(crate) use task_lists::TaskListHandlers;
pub(crate) use tasks::TaskHandlers;

/// The largest message to or from the services of tasks and lists.
const MAX_MESSAGE: usize = 1024 * 1024;
/// The largest document to import, with its frame.
const MAX_DOCUMENT: usize = 5 * 1024 * 1024;

/// All services, each behind `authenticate`.
pub(crate) fn routes(tasks: TaskHandlers, lists: TaskListHandlers, authenticate: &AuthenticateLayer) -> Routes {
    let tasks =
        TaskServiceServer::new(tasks).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE);
    let lists =
        TaskListServiceServer::new(lists).max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE);
    let transfer = TransferServiceServer::new(later::TransferHandlers)
        .max_decoding_message_size(MAX_DOCUMENT)
        .max_encoding_message_size(MAX_MESSAGE);
    Routes::new(authenticate.layer(tasks))
        .add_service(authenticate.layer(lists))
        .add_service(authenticate.layer(transfer))
}
