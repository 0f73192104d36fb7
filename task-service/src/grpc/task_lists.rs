//! TaskListService.

use docket_proto::task::v1 as proto;
use docket_rpc::caller;
use proto::task_list_service_server::TaskListService;
use tonic::{Request, Response, Status};

use super::convert::{answers, read, task_lists as requests};
use super::later::later;
use super::{page, status};
use crate::domain::TaskListCursor;
use crate::page_tokens::{PageTokens, TaskListPages};
use crate::task_lists::TaskLists;

pub(crate) struct TaskListHandlers {
    lists: TaskLists,
    tokens: PageTokens,
}

impl TaskListHandlers {
    pub(crate) fn new(lists: TaskLists, tokens: PageTokens) -> Self {
        Self { lists, tokens }
    }
}

#[tonic::async_trait]
impl TaskListService for TaskListHandlers {
    async fn create_task_list(
        &self,
        request: Request<proto::CreateTaskListRequest>,
    ) -> Result<Response<proto::CreateTaskListResponse>, Status> {
        let caller = caller(&request)?;
        let (_, (new, once)) = read(&request, requests::create)?;
        let list = self.lists.create(&caller, new, once).await?;
        Ok(Response::new(proto::CreateTaskListResponse { task_list: Some(answers::task_list(&list)) }))
    }

    async fn list_task_lists(
        &self,
        request: Request<proto::ListTaskListsRequest>,
    ) -> Result<Response<proto::ListTaskListsResponse>, Status> {
        let caller = caller(&request)?;
        let owner = caller.user_id();
        let (_, query) = read(&request, |message, faults| requests::list(message, owner, &self.tokens, faults))?;
        let found = self.lists.list(&caller, &query).await.map_err(|error| status::store(&error))?;
        let seal = |last: &_| self.tokens.seal(owner, &TaskListPages::from(&query), &TaskListCursor::of(last));
        let (task_lists, next_page_token) = page::answer(&found, answers::task_list, seal);
        Ok(Response::new(proto::ListTaskListsResponse { task_lists, next_page_token }))
    }

    async fn get_task_list(
        &self,
        _: Request<proto::GetTaskListRequest>,
    ) -> Result<Response<proto::GetTaskListResponse>, Status> {
        later()
    }

    async fn update_task_list(
        &self,
        _: Request<proto::UpdateTaskListRequest>,
    ) -> Result<Response<proto::UpdateTaskListResponse>, Status> {
        later()
    }

    async fn delete_task_list(
        &self,
        _: Request<proto::DeleteTaskListRequest>,
    ) -> Result<Response<proto::DeleteTaskListResponse>, Status> {
        later()
    }

    async fn undelete_task_list(
        &self,
        _: Request<proto::UndeleteTaskListRequest>,
    ) -> Result<Response<proto::UndeleteTaskListResponse>, Status> {
        later()
    }

    async fn move_task_list(
        &self,
        _: Request<proto::MoveTaskListRequest>,
    ) -> Result<Response<proto::MoveTaskListResponse>, Status> {
        later()
    }
}
