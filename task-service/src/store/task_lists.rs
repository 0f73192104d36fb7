//! The table `task_lists`.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use docket_storage::{CorruptValue, StoreError, on_database};
use tracing::instrument;
use uuid::Uuid;

use super::OwnedStore;
use super::columns::{Columns as _, table_row};
use super::read::Value;
use super::transaction::OwnedTransaction;
use crate::domain::{Color, Etag, ListTitle, Page, Position, TaskList, TaskListQuery};

table_row! {
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
}

static INSERT: LazyLock<String> = LazyLock::new(|| {
    format!("INSERT INTO task_lists (owner_id, {}) VALUES ($1, {})", TaskListRow::COLUMNS, TaskListRow::placeholders())
});

impl OwnedStore {
    /// A page of lists by position.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn task_list_page(&self, query: &TaskListQuery) -> Result<Page<TaskList>, StoreError> {
        let mut values = vec![Value::Number(query.page_size.with_one_more())];
        let mut conditions = String::from("owner_id = $1");
        if !query.show_deleted {
            conditions.push_str(" AND delete_time IS NULL");
        }
        if let Some(after) = &query.after {
            // No two lists of an account stand at one place.
            conditions.push_str(" AND position > $3");
            values.push(Value::Text(after.position.clone()));
        }
        let statement =
            format!("SELECT {} FROM task_lists WHERE {conditions} ORDER BY position LIMIT $2", TaskListRow::COLUMNS);
        let rows: Vec<TaskListRow> = self.read(statement, values).await?;
        let lists = rows.into_iter().map(TaskList::try_from).collect::<Result<_, _>>()?;
        Ok(Page::of(lists, query.page_size))
    }
}

impl OwnedTransaction {
    /// Adds a list.
    ///
    /// # Errors
    /// Where the database fails. A [`StoreError::Duplicate`] says that the id is taken.
    #[instrument(level = "debug", skip_all)]
    pub async fn insert_task_list(&mut self, list: &TaskList) -> Result<(), StoreError> {
        let row = TaskListRow::from(list);
        on_database!(self.transaction.connection(), |connection| {
            row.bind(sqlx::query(INSERT.as_str()).bind(self.owner)).execute(connection).await?;
        });
        self.changed = true;
        Ok(())
    }

    /// The position of the last list, whether it lies in the trash or not.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn last_position(&mut self) -> Result<Position, StoreError> {
        let (position,): (String,) = on_database!(self.transaction.connection(), |connection| {
            sqlx::query_as("SELECT position FROM task_lists WHERE owner_id = $1 ORDER BY position DESC LIMIT 1")
                .bind(self.owner)
                .fetch_one(connection)
                .await?
        });
        Ok(Position::parse(&position).map_err(CorruptValue::at("task_lists", "position"))?)
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
            title: ListTitle::stored(&row.title).map_err(CorruptValue::at(TABLE, "title"))?,
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
