//! The use cases of lists.

use docket_identity::{Caller, Clock, Random};
use docket_storage::{StoreError, detached};
use tracing::instrument;

use crate::domain::{NewTaskList, Once, Page, RequestIdReused, TaskList, TaskListId, TaskListQuery};
use crate::store::{Begun, Store, Write};

/// Lists, for those who own them. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct TaskLists {
    store: Store,
    clock: Clock,
    random: Random,
}

/// Why a list can't be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateTaskListError {
    #[error("the caller has a list with this id")]
    IdTaken,
    #[error(transparent)]
    RequestIdReused(#[from] RequestIdReused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TaskLists {
    pub(crate) fn new(store: Store, clock: Clock, random: Random) -> Self {
        Self { store, clock, random }
    }

    /// Adds a list behind the others.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn create(
        &self,
        caller: &Caller,
        new: NewTaskList,
        once: Option<Once>,
    ) -> Result<TaskList, CreateTaskListError> {
        let owned = self.store.of(caller.user_id());
        let write = Write::new(&self.clock, &self.random, once);
        let id = new.id.unwrap_or_else(|| TaskListId::new(write.now, &self.random));
        detached(async move {
            let mut transaction = match owned.begin_request::<_, CreateTaskListError>(write).await? {
                Begun::Fresh(transaction) => transaction,
                Begun::Replayed(list) => return Ok(list),
            };
            let position = transaction.last_position().await?.next();
            let list = TaskList::new(id, new, position, transaction.etag(), transaction.now());
            match transaction.insert_task_list(&list).await {
                Ok(()) => Ok(transaction.answer(list).await?),
                Err(StoreError::Duplicate(_)) => Err(CreateTaskListError::IdTaken),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// A page of lists. An account's first call makes its inbox.
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn list(&self, caller: &Caller, query: &TaskListQuery) -> Result<Page<TaskList>, StoreError> {
        let owned = self.store.of(caller.user_id());
        let page = owned.task_list_page(query).await?;
        if !page.items.is_empty() || query.after.is_some() {
            return Ok(page);
        }
        let (writer, write) = (owned.clone(), Write::new(&self.clock, &self.random, None));
        detached(async move { writer.begin(write).await?.commit().await }).await?;
        owned.task_list_page(query).await
    }
}
