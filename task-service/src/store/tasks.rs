//! The table `tasks`: one task at a time. `task_page` reads many.

use std::sync::LazyLock;

use docket_storage::{StoreError, on_database};
use sqlx::FromRow;
use tracing::instrument;

use super::OwnedStore;
use super::columns::Columns as _;
use super::task_row::TaskRow;
use super::transaction::OwnedTransaction;
use crate::domain::{Task, TaskId, TaskListId};

static GET: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {} FROM tasks WHERE owner_id = $1 AND id = $2", TaskRow::COLUMNS));

/// Together with whether the task's list is not in the trash.
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}, (
             SELECT task_lists.delete_time IS NULL FROM task_lists
             WHERE task_lists.owner_id = tasks.owner_id AND task_lists.id = tasks.task_list_id
         ) AS list_is_live
         FROM tasks
         WHERE owner_id = $1 AND id = $2",
        TaskRow::COLUMNS
    )
});

/// Adds nothing where the owner has no such list, or it lies in the trash.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO tasks (owner_id, {})
         SELECT $1, {}
         WHERE EXISTS (SELECT 1 FROM task_lists WHERE owner_id = $1 AND id = {} AND delete_time IS NULL)",
        TaskRow::COLUMNS,
        TaskRow::placeholders(),
        TaskRow::placeholder("task_list_id")
    )
});

static UPDATE: LazyLock<String> =
    LazyLock::new(|| format!("UPDATE tasks SET {} WHERE owner_id = $1 AND id = $2", TaskRow::assignments()));

/// A task that is about to change.
#[derive(Clone, Debug)]
pub struct FoundTask {
    /// As it is.
    pub task: Task,
    /// Where it goes from the trash: the list that it was in, or the inbox where that lies in the trash.
    pub home: TaskListId,
}

#[derive(FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    task: TaskRow,
    list_is_live: bool,
}

impl OwnedStore {
    /// The task with this id, also one in the trash.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn task(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        let row: Option<TaskRow> = self.read_by_key(&GET, id.as_uuid()).await?;
        row.map(|row| Ok(row.try_into()?)).transpose()
    }
}

impl OwnedTransaction {
    /// Adds a task, and says whether it was added: not where the owner has no such list, or it lies in the trash.
    ///
    /// # Errors
    /// Where the database fails. A [`StoreError::Duplicate`] says that the id is taken.
    #[instrument(level = "debug", skip_all)]
    pub async fn insert_task(&mut self, task: &Task) -> Result<bool, StoreError> {
        let row = TaskRow::from(task);
        let inserted = on_database!(self.transaction.connection(), |connection| {
            row.bind(sqlx::query(INSERT.as_str()).bind(self.owner)).execute(connection).await?.rows_affected()
        });
        self.changed |= inserted == 1;
        Ok(inserted == 1)
    }

    /// The task with this id, also one in the trash, as no other write can change it before the transaction ends.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn find_task(&mut self, id: TaskId) -> Result<Option<FoundTask>, StoreError> {
        let row: Option<FoundRow> = on_database!(self.transaction.connection(), |connection| {
            sqlx::query_as(FIND.as_str()).bind(self.owner).bind(id.as_uuid()).fetch_optional(connection).await?
        });
        let Some(FoundRow { task, list_is_live }) = row else { return Ok(None) };
        let task = Task::try_from(task)?;
        let home = if list_is_live { task.task_list_id } else { self.inbox_id() };
        Ok(Some(FoundTask { task, home }))
    }

    /// Replaces the task `before` by `task`, and returns it with its new version. Where the two are equal, nothing is
    /// written and the version stays.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn update_task(&mut self, before: &Task, task: Task) -> Result<Task, StoreError> {
        if task == *before {
            return Ok(task);
        }
        let task = Task { etag: self.etag(), update_time: self.now().max(before.update_time), ..task };
        let row = TaskRow::from(&task);
        on_database!(self.transaction.connection(), |connection| {
            row.bind(sqlx::query(UPDATE.as_str()).bind(self.owner)).execute(connection).await?;
        });
        self.changed = true;
        Ok(task)
    }
}
