//! A task as it is stored, and as answers are kept for request ids.

use chrono::{DateTime, Utc};
use docket_storage::CorruptValue;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::read::{time, time_or_none};
use crate::domain::{BadDue, Description, Due, Etag, Priority, Task, Title, Trash};

/// The columns of a [`TaskRow`].
macro_rules! task_columns {
    () => {
        "id, task_list_id, title, description, priority, due_local, due_zone, change, create_time, update_time, \
         complete_time, delete_time, purge_time, delete_id"
    };
}

pub(super) use task_columns;

#[derive(FromRow, Serialize, Deserialize)]
pub(super) struct TaskRow {
    id: Uuid,
    task_list_id: Uuid,
    title: String,
    description: String,
    priority: i16,
    due_local: Option<String>,
    due_zone: Option<String>,
    change: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    complete_time: Option<DateTime<Utc>>,
    delete_time: Option<DateTime<Utc>>,
    purge_time: Option<DateTime<Utc>>,
    delete_id: Option<Uuid>,
}

/// The columns in the order of `task_columns!`.
impl TryFrom<&rusqlite::Row<'_>> for TaskRow {
    type Error = rusqlite::Error;

    fn try_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            task_list_id: row.get(1)?,
            title: row.get(2)?,
            description: row.get(3)?,
            priority: row.get(4)?,
            due_local: row.get(5)?,
            due_zone: row.get(6)?,
            change: row.get(7)?,
            create_time: time(row, 8)?,
            update_time: time(row, 9)?,
            complete_time: time_or_none(row, 10)?,
            delete_time: time_or_none(row, 11)?,
            purge_time: time_or_none(row, 12)?,
            delete_id: row.get(13)?,
        })
    }
}

impl TaskRow {
    /// The task that a write was answered with.
    pub(super) fn remembered(answer: &str) -> Result<Task, CorruptValue> {
        let row: Self = serde_json::from_str(answer).map_err(CorruptValue::at("request_log", "answer"))?;
        row.try_into()
    }
}

impl From<&Task> for TaskRow {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.as_uuid(),
            task_list_id: task.task_list_id.as_uuid(),
            title: task.title.as_str().to_owned(),
            description: task.description.as_str().to_owned(),
            priority: task.priority.number(),
            due_local: task.due.as_ref().map(Due::local),
            due_zone: task.due.as_ref().and_then(Due::zone).map(|zone| zone.name().to_owned()),
            change: task.etag.change(),
            create_time: task.create_time,
            update_time: task.update_time,
            complete_time: task.complete_time,
            delete_time: task.trash.map(|trash| trash.delete_time),
            purge_time: task.trash.map(|trash| trash.purge_time),
            delete_id: task.trash.map(|trash| trash.delete_id),
        }
    }
}

impl TryFrom<TaskRow> for Task {
    type Error = CorruptValue;

    fn try_from(row: TaskRow) -> Result<Self, CorruptValue> {
        const TABLE: &str = "tasks";
        Ok(Self {
            id: row.id.into(),
            task_list_id: row.task_list_id.into(),
            title: Title::parse(&row.title).map_err(CorruptValue::at(TABLE, "title"))?,
            description: Description::parse(&row.description).map_err(CorruptValue::at(TABLE, "description"))?,
            priority: Priority::try_from(i32::from(row.priority)).map_err(CorruptValue::at(TABLE, "priority"))?,
            due: due(row.due_local.as_deref(), row.due_zone.as_deref())
                .map_err(CorruptValue::at(TABLE, "due_local"))?,
            etag: Etag::new(row.change),
            create_time: row.create_time,
            update_time: row.update_time,
            complete_time: row.complete_time,
            trash: match (row.delete_time, row.purge_time, row.delete_id) {
                (Some(delete_time), Some(purge_time), Some(delete_id)) => {
                    Some(Trash { delete_time, purge_time, delete_id })
                }
                (None, None, None) => None,
                _ => return Err(CorruptValue::at(TABLE, "delete_time")("the columns of the trash go together")),
            },
        })
    }
}

fn due(local: Option<&str>, zone: Option<&str>) -> Result<Option<Due>, BadDue> {
    let Some(local) = local else { return Ok(None) };
    let due = Due::parse(local, zone.unwrap_or_default());
    due.map(Some).map_err(|faults| faults.into_iter().next().unwrap_or(BadDue::Local))
}
