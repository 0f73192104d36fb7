//! The use cases of tasks.

use chrono::{DateTime, Utc};
use docket_identity::{Caller, Clock, Random, new_uuid_v7};
use docket_storage::{StoreError, detached};
use tracing::instrument;

use crate::domain::{NewTask, Once, Page, RequestIdReused, Task, TaskChanges, TaskId, TaskQuery};
use crate::store::{Begun, FoundTask, Store, Write};

/// Tasks, for those who own them. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    store: Store,
    clock: Clock,
    random: Random,
}

/// Why a task can't be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateTaskError {
    #[error("the caller has no such list")]
    NoTaskList,
    #[error("the caller has a task with this id")]
    IdTaken,
    #[error(transparent)]
    RequestIdReused(#[from] RequestIdReused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a task can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GetTaskError {
    #[error("the caller has no such task")]
    NotFound,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a task can't be changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeTaskError {
    #[error("the caller has no such task")]
    NotFound,
    #[error("the task has changed since")]
    EtagMismatch,
    #[error("the task is not in the trash")]
    NotDeleted,
    #[error(transparent)]
    RequestIdReused(#[from] RequestIdReused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which task to change, and on what condition.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) id: TaskId,
    /// The version that the client saw; empty for any version.
    pub(crate) etag: String,
    /// Where the request may arrive twice.
    pub(crate) once: Option<Once>,
}

impl Tasks {
    pub(crate) fn new(store: Store, clock: Clock, random: Random) -> Self {
        Self { store, clock, random }
    }

    /// Adds a task.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn create(
        &self,
        caller: &Caller,
        new: NewTask,
        once: Option<Once>,
    ) -> Result<Task, CreateTaskError> {
        let owned = self.store.of(caller.user_id());
        let write = Write::new(&self.clock, &self.random, once);
        let id = new.id.unwrap_or_else(|| TaskId::new(write.now, &self.random));
        detached(async move {
            let mut transaction = match owned.begin_request::<_, CreateTaskError>(write).await? {
                Begun::Fresh(transaction) => transaction,
                Begun::Replayed(task) => return Ok(task),
            };
            let task = Task::new(id, new, transaction.inbox_id(), transaction.etag(), transaction.now());
            match transaction.insert_task(&task).await {
                Ok(true) => Ok(transaction.answer(task).await?),
                Ok(false) => Err(CreateTaskError::NoTaskList),
                Err(StoreError::Duplicate(_)) => Err(CreateTaskError::IdTaken),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// One task, also from the trash.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn get(&self, caller: &Caller, id: TaskId) -> Result<Task, GetTaskError> {
        self.store.of(caller.user_id()).task(id).await?.ok_or(GetTaskError::NotFound)
    }

    /// A page of tasks.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn list(&self, caller: &Caller, query: &TaskQuery) -> Result<Page<Task>, StoreError> {
        self.store.of(caller.user_id()).task_page(query).await
    }

    /// Changes what `changes` holds of a task that is not in the trash.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn update(
        &self,
        caller: &Caller,
        target: Target,
        changes: TaskChanges,
    ) -> Result<Task, ChangeTaskError> {
        self.change_live(caller, target, |task, _| task.apply(changes)).await
    }

    /// Marks a task as done.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn complete(&self, caller: &Caller, target: Target) -> Result<Task, ChangeTaskError> {
        self.change_live(caller, target, Task::complete).await
    }

    /// Marks a task as still to do.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn reopen(&self, caller: &Caller, target: Target) -> Result<Task, ChangeTaskError> {
        self.change_live(caller, target, |task, _| task.reopen()).await
    }

    /// Moves a task to the trash.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn delete(&self, caller: &Caller, target: Target) -> Result<Task, ChangeTaskError> {
        let delete_id = new_uuid_v7(self.clock.now(), &self.random);
        self.change_live(caller, target, move |task, now| task.delete(now, delete_id)).await
    }

    /// Takes a task out of the trash.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn undelete(&self, caller: &Caller, target: Target) -> Result<Task, ChangeTaskError> {
        self.change(caller, target, |FoundTask { task, home }, _| {
            if task.trash.is_none() {
                return Err(ChangeTaskError::NotDeleted);
            }
            task.undelete(*home);
            Ok(())
        })
        .await
    }

    /// Changes a task that is not in the trash. One in the trash is not found, except by its return.
    async fn change_live(
        &self,
        caller: &Caller,
        target: Target,
        change: impl FnOnce(&mut Task, DateTime<Utc>) + Send + 'static,
    ) -> Result<Task, ChangeTaskError> {
        self.change(caller, target, |FoundTask { task, .. }, now| {
            if task.trash.is_some() {
                return Err(ChangeTaskError::NotFound);
            }
            change(task, now);
            Ok(())
        })
        .await
    }

    /// Applies `change` to a task, unless `change` refuses or the client saw another version.
    async fn change(
        &self,
        caller: &Caller,
        Target { id, etag, once }: Target,
        change: impl FnOnce(&mut FoundTask, DateTime<Utc>) -> Result<(), ChangeTaskError> + Send + 'static,
    ) -> Result<Task, ChangeTaskError> {
        let owned = self.store.of(caller.user_id());
        let write = Write::new(&self.clock, &self.random, once);
        detached(async move {
            let mut transaction = match owned.begin_request::<_, ChangeTaskError>(write).await? {
                Begun::Fresh(transaction) => transaction,
                Begun::Replayed(task) => return Ok(task),
            };
            let mut found = transaction.find_task(id).await?.ok_or(ChangeTaskError::NotFound)?;
            let before = found.task.clone();
            change(&mut found, transaction.now())?;
            if !before.etag.permits(&etag) {
                return Err(ChangeTaskError::EtagMismatch);
            }
            let task = transaction.update_task(&before, found.task).await?;
            Ok(transaction.answer(task).await?)
        })
        .await
    }
}
