//! The table `tasks`: one task at a time. `task_page` reads many.

use docket_storage::{StoreError, Transaction, detached, on_database};
use sqlx::FromRow;
use uuid::Uuid;

use super::OwnedStore;
use super::requests;
use super::task_row::{TaskRow, task_columns};
use super::write::{Begun, Outcome, Write, WriteError, begin};
use crate::domain::{Due, Etag, NewTask, State, Task, TaskId, TaskListId};

const GET: &str = concat!("SELECT ", task_columns!(), " FROM tasks WHERE owner_id = $1 AND id = $2");

/// Why a task could not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInsert {
    /// The owner has no such list, or it lies in the trash.
    NoTaskList,
}

/// A task that is about to change.
#[derive(Clone, Debug)]
pub struct FoundTask {
    /// As it is.
    pub task: Task,
    /// Where it goes from the trash: the list that it was in, or the inbox where that lies in the trash.
    pub home: TaskListId,
}

impl OwnedStore {
    /// The task with this id, also one in the trash.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn task(&self, id: TaskId) -> Result<Option<Task>, StoreError> {
        let row: Option<TaskRow> = self.read_by_key(GET, id.as_uuid()).await?;
        row.map(|row| Ok(row.try_into()?)).transpose()
    }

    /// Adds an open task. A [`StoreError::Duplicate`] says that the id is taken.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn insert_task(&self, id: TaskId, new: NewTask, write: Write) -> Result<Task, WriteError<NoInsert>> {
        let (db, owner) = (self.db.clone(), self.owner);
        detached(async move {
            let mut transaction = Transaction::begin_for(&db, owner).await?;
            let outcome = add(&mut transaction, owner, id, new, &write).await?;
            Ok(outcome.end(transaction).await?)
        })
        .await
    }

    /// Makes of a task what `decide` makes of it, while no other write of the account happens. Where that is what it
    /// was, it keeps its version.
    ///
    /// # Errors
    /// See [`WriteError`]; what `decide` refuses is not written.
    pub async fn change_task<E: Send + 'static>(
        &self,
        id: TaskId,
        write: Write,
        decide: impl FnOnce(Option<FoundTask>) -> Result<Task, E> + Send + 'static,
    ) -> Result<Task, WriteError<E>> {
        let (db, owner) = (self.db.clone(), self.owner);
        detached(async move {
            let mut transaction = Transaction::begin_for(&db, owner).await?;
            let outcome = change(&mut transaction, owner, id, &write, decide).await?;
            Ok(outcome.end(transaction).await?)
        })
        .await
    }
}

async fn add(
    transaction: &mut Transaction,
    owner: Uuid,
    id: TaskId,
    new: NewTask,
    write: &Write,
) -> Result<Outcome<Task>, WriteError<NoInsert>> {
    let step = match begin(transaction, owner, write).await? {
        Begun::Now(step) => step,
        Begun::Before(answer) => return Ok(Outcome::RollBack(TaskRow::remembered(&answer)?)),
    };
    let task = Task {
        id,
        task_list_id: new.task_list_id.unwrap_or(step.inbox_id),
        title: new.title,
        description: new.description,
        priority: new.priority,
        due: new.due,
        etag: Etag::new(step.change),
        create_time: write.now,
        update_time: write.now,
        complete_time: None,
        trash: None,
    };
    if !insert(transaction, owner, &task).await? {
        return Err(WriteError::Refused(NoInsert::NoTaskList));
    }
    requests::remember(transaction, owner, write, &TaskRow::from(&task)).await?;
    Ok(Outcome::Commit(task))
}

/// Whether the task was added; not where the owner has no such list.
async fn insert(transaction: &mut Transaction, owner: Uuid, task: &Task) -> Result<bool, sqlx::Error> {
    on_database!(transaction.connection(), |connection| {
        sqlx::query(
            "INSERT INTO tasks (
                 owner_id, id, task_list_id, title, title_key, description, state, priority, due_local, due_zone,
                 change, create_time, update_time
             )
             SELECT owner_id, $2, id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12
             FROM task_lists
             WHERE owner_id = $1 AND id = $3 AND delete_time IS NULL",
        )
        .bind(owner)
        .bind(task.id.as_uuid())
        .bind(task.task_list_id.as_uuid())
        .bind(task.title.as_str())
        .bind(task.title.sort_key())
        .bind(task.description.as_str())
        .bind(state_number(task.state()))
        .bind(task.priority.number())
        .bind(task.due.as_ref().map(Due::local))
        .bind(task.due.as_ref().and_then(Due::zone).map(|zone| zone.name().to_owned()))
        .bind(task.etag.change())
        .bind(task.create_time)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1)
    })
}

async fn change<E>(
    transaction: &mut Transaction,
    owner: Uuid,
    id: TaskId,
    write: &Write,
    decide: impl FnOnce(Option<FoundTask>) -> Result<Task, E>,
) -> Result<Outcome<Task>, WriteError<E>> {
    let step = match begin(transaction, owner, write).await? {
        Begun::Now(step) => step,
        Begun::Before(answer) => return Ok(Outcome::RollBack(TaskRow::remembered(&answer)?)),
    };
    let found = find(transaction, owner, id, step.inbox_id).await?;
    let before = found.as_ref().map(|found| found.task.clone());
    let mut task = decide(found).map_err(WriteError::Refused)?;
    let changes = before.is_none_or(|before| before != task);
    if changes {
        task.etag = Etag::new(step.change);
        task.update_time = write.now.max(task.update_time);
        update(transaction, owner, &task).await?;
    }
    requests::remember(transaction, owner, write, &TaskRow::from(&task)).await?;
    Ok(if changes || write.once.is_some() { Outcome::Commit(task) } else { Outcome::RollBack(task) })
}

#[derive(FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    task: TaskRow,
    list_is_live: bool,
}

async fn find<E>(
    transaction: &mut Transaction,
    owner: Uuid,
    id: TaskId,
    inbox_id: TaskListId,
) -> Result<Option<FoundTask>, WriteError<E>> {
    const FIND: &str = concat!(
        "SELECT ",
        task_columns!(),
        ", (SELECT task_lists.delete_time IS NULL FROM task_lists
            WHERE task_lists.owner_id = tasks.owner_id AND task_lists.id = tasks.task_list_id) AS list_is_live
         FROM tasks
         WHERE owner_id = $1 AND id = $2"
    );
    let row: Option<FoundRow> = on_database!(transaction.connection(), |connection| {
        sqlx::query_as(FIND).bind(owner).bind(id.as_uuid()).fetch_optional(connection).await?
    });
    let Some(FoundRow { task, list_is_live }) = row else { return Ok(None) };
    let task = Task::try_from(task)?;
    let home = if list_is_live { task.task_list_id } else { inbox_id };
    Ok(Some(FoundTask { task, home }))
}

async fn update(transaction: &mut Transaction, owner: Uuid, task: &Task) -> Result<(), sqlx::Error> {
    on_database!(transaction.connection(), |connection| {
        sqlx::query(
            "UPDATE tasks
             SET task_list_id = $3, title = $4, title_key = $5, description = $6, state = $7, priority = $8,
                 due_local = $9, due_zone = $10, change = $11, update_time = $12, complete_time = $13,
                 delete_time = $14, purge_time = $15, delete_id = $16
             WHERE owner_id = $1 AND id = $2",
        )
        .bind(owner)
        .bind(task.id.as_uuid())
        .bind(task.task_list_id.as_uuid())
        .bind(task.title.as_str())
        .bind(task.title.sort_key())
        .bind(task.description.as_str())
        .bind(state_number(task.state()))
        .bind(task.priority.number())
        .bind(task.due.as_ref().map(Due::local))
        .bind(task.due.as_ref().and_then(Due::zone).map(|zone| zone.name().to_owned()))
        .bind(task.etag.change())
        .bind(task.update_time)
        .bind(task.complete_time)
        .bind(task.trash.map(|trash| trash.delete_time))
        .bind(task.trash.map(|trash| trash.purge_time))
        .bind(task.trash.map(|trash| trash.delete_id))
        .execute(connection)
        .await
        .map(drop)
    })
}

/// As stored: 1 open, 2 completed.
pub(super) fn state_number(state: State) -> i16 {
    match state {
        State::Open => 1,
        State::Completed => 2,
    }
}
