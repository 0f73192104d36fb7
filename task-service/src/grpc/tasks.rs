//! TaskService.

use docket_proto::task::v1 as proto;
use docket_rpc::caller;
use proto::task_service_server::TaskService;
use tonic::{Request, Response, Status};

use super::convert::{answers, read, tasks as requests};
use super::later::{Answers, later};
use super::{page, status};
use crate::domain::TaskCursor;
use crate::page_tokens::{PageTokens, TaskPages};
use crate::tasks::Tasks;

pub(crate) struct TaskHandlers {
    tasks: Tasks,
    tokens: PageTokens,
}

impl TaskHandlers {
    pub(crate) fn new(tasks: Tasks, tokens: PageTokens) -> Self {
        Self { tasks, tokens }
    }
}

#[tonic::async_trait]
impl TaskService for TaskHandlers {
    async fn create_task(
        &self,
        request: Request<proto::CreateTaskRequest>,
    ) -> Result<Response<proto::CreateTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, (new, once)) = read(&request, requests::create)?;
        let task = self.tasks.create(&caller, new, once).await?;
        Ok(Response::new(proto::CreateTaskResponse { task: Some(answers::task(&task, &zone)) }))
    }

    async fn get_task(
        &self,
        request: Request<proto::GetTaskRequest>,
    ) -> Result<Response<proto::GetTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, id) = read(&request, requests::get)?;
        let task = self.tasks.get(&caller, id).await?;
        Ok(Response::new(proto::GetTaskResponse { task: Some(answers::task(&task, &zone)) }))
    }

    async fn list_tasks(
        &self,
        request: Request<proto::ListTasksRequest>,
    ) -> Result<Response<proto::ListTasksResponse>, Status> {
        let caller = caller(&request)?;
        let owner = caller.user_id();
        let (zone, query) = read(&request, |message, faults| requests::list(message, owner, &self.tokens, faults))?;
        let found = self.tasks.list(&caller, &query).await.map_err(|error| status::store(&error))?;
        let seal = |last: &_| self.tokens.seal(owner, &TaskPages::from(&query), &TaskCursor::of(last, query.order));
        let (tasks, next_page_token) = page::answer(&found, |task| answers::task(task, &zone), seal);
        Ok(Response::new(proto::ListTasksResponse { tasks, next_page_token }))
    }

    async fn update_task(
        &self,
        request: Request<proto::UpdateTaskRequest>,
    ) -> Result<Response<proto::UpdateTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, (target, changes)) = read(&request, requests::update)?;
        let task = self.tasks.update(&caller, target, changes).await?;
        Ok(Response::new(proto::UpdateTaskResponse { task: Some(answers::task(&task, &zone)) }))
    }

    async fn complete_task(
        &self,
        request: Request<proto::CompleteTaskRequest>,
    ) -> Result<Response<proto::CompleteTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, target) = read(&request, requests::complete)?;
        let task = self.tasks.complete(&caller, target).await?;
        let task = Some(answers::task(&task, &zone));
        Ok(Response::new(proto::CompleteTaskResponse { task, next_occurrence: None }))
    }

    async fn reopen_task(
        &self,
        request: Request<proto::ReopenTaskRequest>,
    ) -> Result<Response<proto::ReopenTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, target) = read(&request, requests::reopen)?;
        let task = self.tasks.reopen(&caller, target).await?;
        Ok(Response::new(proto::ReopenTaskResponse { task: Some(answers::task(&task, &zone)) }))
    }

    async fn delete_task(
        &self,
        request: Request<proto::DeleteTaskRequest>,
    ) -> Result<Response<proto::DeleteTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, target) = read(&request, requests::delete)?;
        let task = self.tasks.delete(&caller, target).await?;
        Ok(Response::new(proto::DeleteTaskResponse { task: Some(answers::task(&task, &zone)) }))
    }

    async fn undelete_task(
        &self,
        request: Request<proto::UndeleteTaskRequest>,
    ) -> Result<Response<proto::UndeleteTaskResponse>, Status> {
        let caller = caller(&request)?;
        let (zone, target) = read(&request, requests::undelete)?;
        let task = self.tasks.undelete(&caller, target).await?;
        Ok(Response::new(proto::UndeleteTaskResponse { task: Some(answers::task(&task, &zone)) }))
    }

    async fn move_task(&self, _: Request<proto::MoveTaskRequest>) -> Result<Response<proto::MoveTaskResponse>, Status> {
        later()
    }

    async fn list_task_changes(
        &self,
        _: Request<proto::ListTaskChangesRequest>,
    ) -> Result<Response<proto::ListTaskChangesResponse>, Status> {
        later()
    }

    type WatchTaskChangesStream = Answers<proto::WatchTaskChangesResponse>;

    async fn watch_task_changes(
        &self,
        _: Request<proto::WatchTaskChangesRequest>,
    ) -> Result<Response<Self::WatchTaskChangesStream>, Status> {
        later()
    }

    async fn apply_task_commands(
        &self,
        _: Request<proto::ApplyTaskCommandsRequest>,
    ) -> Result<Response<proto::ApplyTaskCommandsResponse>, Status> {
        later()
    }
}
