//! A task as it is stored.

use chrono::{DateTime, Utc};
use docket_storage::CorruptValue;
use uuid::Uuid;

use super::columns::table_row;
use crate::domain::{BadDue, Description, Due, Etag, Priority, State, Task, Title, Trash};

table_row! {
    pub(super) struct TaskRow {
        id: Uuid,
        task_list_id: Uuid,
        title: String,
        // What titles are ordered by.
        title_key: String,
        description: String,
        state: i16,
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
}

impl From<&Task> for TaskRow {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.as_uuid(),
            task_list_id: task.task_list_id.as_uuid(),
            title: task.title.as_str().to_owned(),
            title_key: task.title.sort_key(),
            description: task.description.as_str().to_owned(),
            state: state_number(task.state()),
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
            title: Title::stored(&row.title).map_err(CorruptValue::at(TABLE, "title"))?,
            description: Description::parse(&row.description).map_err(CorruptValue::at(TABLE, "description"))?,
            priority: Priority::try_from(i32::from(row.priority)).map_err(CorruptValue::at(TABLE, "priority"))?,
            due: due(row.due_local.as_deref(), row.due_zone.as_deref())
                .map_err(CorruptValue::at(TABLE, "due_local"))?,
            etag: Etag::new(row.change),
            create_time: row.create_time,
            update_time: row.update_time,
            complete_time: row.complete_time,
            trash: trash(row.delete_time, row.purge_time, row.delete_id)
                .map_err(CorruptValue::at(TABLE, "delete_time"))?,
        })
    }
}

/// As stored: 1 open, 2 completed.
pub(super) fn state_number(state: State) -> i16 {
    match state {
        State::Open => 1,
        State::Completed => 2,
    }
}

/// What the two columns of a due date say.
pub(super) fn due(local: Option<&str>, zone: Option<&str>) -> Result<Option<Due>, BadDue> {
    let Some(local) = local else { return Ok(None) };
    let due = Due::parse(local, zone.unwrap_or_default());
    due.map(Some).map_err(|faults| faults.into_iter().next().unwrap_or(BadDue::Local))
}

/// What the three columns of the trash say.
pub(super) fn trash(
    delete_time: Option<DateTime<Utc>>,
    purge_time: Option<DateTime<Utc>>,
    delete_id: Option<Uuid>,
) -> Result<Option<Trash>, &'static str> {
    match (delete_time, purge_time, delete_id) {
        (Some(delete_time), Some(purge_time), Some(delete_id)) => {
            Ok(Some(Trash { delete_time, purge_time, delete_id }))
        }
        (None, None, None) => Ok(None),
        _ => Err("the columns of the trash go together"),
    }
}
