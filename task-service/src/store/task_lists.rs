//! The table `task_lists`.

use chrono::{DateTime, Utc};
use docket_storage::{CorruptValue, StoreError, Transaction, detached, on_database};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::OwnedStore;
use super::read::{Value, time, time_or_none};
use super::requests;
use super::write::{Begun, Outcome, Write, WriteError, begin};
use crate::domain::{Color, Cursor, CursorKey, Etag, ListTitle, NewTaskList, PageSize, Position, TaskList, TaskListId};

/// As stored, and as answers are kept for request ids.
#[derive(FromRow, Serialize, Deserialize)]
struct TaskListRow {
    id: Uuid,
    title: String,
    color: String,
    inbox: bool,
    position: String,
    change: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    delete_time: Option<DateTime<Utc>>,
}

impl OwnedStore {
    /// Lists by position, from behind `after` on; one more than `page_size` where there are more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn task_lists(
        &self,
        show_deleted: bool,
        after: Option<&Cursor>,
        page_size: PageSize,
    ) -> Result<Vec<TaskList>, StoreError> {
        let mut values = vec![Value::Number(i64::try_from(page_size.get() + 1).unwrap_or(i64::MAX))];
        let mut conditions = String::from("owner_id = $1");
        if !show_deleted {
            conditions.push_str(" AND delete_time IS NULL");
        }
        if let Some(Cursor { key: CursorKey::Position(position), .. }) = after {
            // No two lists of an account stand at one place.
            conditions.push_str(" AND position > $3");
            values.push(Value::Text(position.clone()));
        }
        let statement = format!(
            "SELECT id, title, color, inbox, position, change, create_time, update_time, delete_time
             FROM task_lists
             WHERE {conditions}
             ORDER BY position
             LIMIT $2"
        );
        let rows: Vec<TaskListRow> = self.read(statement, values).await?;
        rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
    }

    /// Adds a list behind the others. A [`StoreError::Duplicate`] says that the id is taken.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn insert_task_list(
        &self,
        id: TaskListId,
        new: NewTaskList,
        write: Write,
    ) -> Result<TaskList, WriteError<std::convert::Infallible>> {
        let (db, owner) = (self.db.clone(), self.owner);
        detached(async move {
            let mut transaction = Transaction::begin_for(&db, owner).await?;
            let outcome = add(&mut transaction, owner, id, new, &write).await?;
            Ok(outcome.end(transaction).await?)
        })
        .await
    }
}

async fn add<E>(
    transaction: &mut Transaction,
    owner: Uuid,
    id: TaskListId,
    new: NewTaskList,
    write: &Write,
) -> Result<Outcome<TaskList>, WriteError<E>> {
    let step = match begin(transaction, owner, write).await? {
        Begun::Now(step) => step,
        Begun::Before(answer) => return Ok(Outcome::RollBack(TaskListRow::remembered(&answer)?)),
    };
    let list = TaskList {
        id,
        title: new.title,
        color: new.color,
        inbox: false,
        position: last_position(transaction, owner).await?.next(),
        etag: Etag::new(step.change),
        create_time: write.now,
        update_time: write.now,
        delete_time: None,
    };
    insert(transaction, owner, &list).await?;
    requests::remember(transaction, owner, write, &TaskListRow::from(&list)).await?;
    Ok(Outcome::Commit(list))
}

/// Where the last list stands, whether it lies in the trash or not.
async fn last_position<E>(transaction: &mut Transaction, owner: Uuid) -> Result<Position, WriteError<E>> {
    let (position,): (String,) = on_database!(transaction.connection(), |connection| {
        sqlx::query_as("SELECT position FROM task_lists WHERE owner_id = $1 ORDER BY position DESC LIMIT 1")
            .bind(owner)
            .fetch_one(connection)
            .await?
    });
    Ok(Position::parse(&position).map_err(CorruptValue::at("task_lists", "position"))?)
}

pub(super) async fn insert(transaction: &mut Transaction, owner: Uuid, list: &TaskList) -> Result<(), sqlx::Error> {
    on_database!(transaction.connection(), |connection| {
        sqlx::query(
            "INSERT INTO task_lists (
                 owner_id, id, title, color, inbox, position, change, create_time, update_time, delete_time
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(owner)
        .bind(list.id.as_uuid())
        .bind(list.title.as_str())
        .bind(list.color.as_str())
        .bind(list.inbox)
        .bind(list.position.as_str())
        .bind(list.etag.change())
        .bind(list.create_time)
        .bind(list.update_time)
        .bind(list.delete_time)
        .execute(connection)
        .await
        .map(drop)
    })
}

/// The columns in the order of [`task_lists`](OwnedStore::task_lists).
impl TryFrom<&rusqlite::Row<'_>> for TaskListRow {
    type Error = rusqlite::Error;

    fn try_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            title: row.get(1)?,
            color: row.get(2)?,
            inbox: row.get(3)?,
            position: row.get(4)?,
            change: row.get(5)?,
            create_time: time(row, 6)?,
            update_time: time(row, 7)?,
            delete_time: time_or_none(row, 8)?,
        })
    }
}

impl TaskListRow {
    fn remembered(answer: &str) -> Result<TaskList, CorruptValue> {
        let row: Self = serde_json::from_str(answer).map_err(CorruptValue::at("request_log", "answer"))?;
        row.try_into()
    }
}

impl From<&TaskList> for TaskListRow {
    fn from(list: &TaskList) -> Self {
        Self {
            id: list.id.as_uuid(),
            title: list.title.as_str().to_owned(),
            color: list.color.as_str().to_owned(),
            inbox: list.inbox,
            position: list.position.as_str().to_owned(),
            change: list.etag.change(),
            create_time: list.create_time,
            update_time: list.update_time,
            delete_time: list.delete_time,
        }
    }
}

impl TryFrom<TaskListRow> for TaskList {
    type Error = CorruptValue;

    fn try_from(row: TaskListRow) -> Result<Self, CorruptValue> {
        const TABLE: &str = "task_lists";
        Ok(Self {
            id: row.id.into(),
            title: ListTitle::parse(&row.title).map_err(CorruptValue::at(TABLE, "title"))?,
            color: Color::parse(&row.color).map_err(CorruptValue::at(TABLE, "color"))?,
            inbox: row.inbox,
            position: Position::parse(&row.position).map_err(CorruptValue::at(TABLE, "position"))?,
            etag: Etag::new(row.change),
            create_time: row.create_time,
            update_time: row.update_time,
            delete_time: row.delete_time,
        })
    }
}
