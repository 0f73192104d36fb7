//! What callers do with lists.

use docket_identity::{Caller, Clock, Random};
use docket_storage::StoreError;

use crate::domain::{Cursor, NewTaskList, Once, PageSize, TaskList, TaskListId};
use crate::store::{Store, Write, WriteError};

/// Lists, for those who own them. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct TaskLists {
    store: Store,
    clock: Clock,
    random: Random,
}

/// A page of lists.
#[derive(Debug)]
pub(crate) struct TaskListPage {
    pub(crate) lists: Vec<TaskList>,
    /// Whether more follow.
    pub(crate) more: bool,
}

/// Which lists to read.
#[derive(Clone, Debug)]
pub(crate) struct TaskListQuery {
    pub(crate) show_deleted: bool,
    /// Only those behind; absent for the first page.
    pub(crate) after: Option<Cursor>,
    pub(crate) page_size: PageSize,
}

/// Why a list can't be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateTaskListError {
    #[error("the caller has a list with this id")]
    IdTaken,
    #[error("the request id was used for another request")]
    RequestIdReused,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TaskLists {
    pub(crate) fn new(store: Store, clock: Clock, random: Random) -> Self {
        Self { store, clock, random }
    }

    /// Adds a list behind the others.
    pub(crate) async fn create(
        &self,
        caller: &Caller,
        new: NewTaskList,
        once: Option<Once>,
    ) -> Result<TaskList, CreateTaskListError> {
        let write = Write::new(&self.clock, &self.random, once);
        let id = new.id.unwrap_or_else(|| TaskListId::new(write.now, &self.random));
        self.store.of(caller.user_id()).insert_task_list(id, new, write).await.map_err(|error| match error {
            WriteError::Refused(never) => match never {},
            WriteError::RequestIdReused => CreateTaskListError::RequestIdReused,
            WriteError::Store(StoreError::Duplicate(_)) => CreateTaskListError::IdTaken,
            WriteError::Store(error) => error.into(),
        })
    }

    /// A page of lists. The first look of an account makes its inbox.
    pub(crate) async fn list(&self, caller: &Caller, query: &TaskListQuery) -> Result<TaskListPage, StoreError> {
        let TaskListQuery { show_deleted, after, page_size } = query;
        let owned = self.store.of(caller.user_id());
        let mut lists = owned.task_lists(*show_deleted, after.as_ref(), *page_size).await?;
        if lists.is_empty() && after.is_none() {
            owned.make_inbox(Write::new(&self.clock, &self.random, None)).await?;
            lists = owned.task_lists(*show_deleted, None, *page_size).await?;
        }
        let more = lists.len() > page_size.get();
        lists.truncate(page_size.get());
        Ok(TaskListPage { lists, more })
    }
}
