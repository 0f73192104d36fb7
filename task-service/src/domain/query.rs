//! Which tasks and lists to read, and from where on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Due, Filter, Order, OrderKey, PageSize, Task, TaskList};

/// Which tasks to read.
#[derive(Clone, Debug)]
pub struct TaskQuery {
    /// Only those that it lets through.
    pub filter: Filter,
    /// How they follow each other.
    pub order: Order,
    /// Also what lies in the trash.
    pub show_deleted: bool,
    /// Only those behind; absent for the first page. Its key is the order's.
    pub after: Option<TaskCursor>,
    /// At most so many.
    pub page_size: PageSize,
}

/// A place among tasks, behind which the next page begins. What stood there may be gone by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCursor {
    /// What the last task of the page before was ordered by.
    pub key: TaskKey,
    /// Its id.
    pub id: Uuid,
}

/// What a task is ordered by, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskKey {
    /// When it was added.
    CreateTime(DateTime<Utc>),
    /// Its wall clock; absent behind all that have a date.
    Due(Option<String>),
    /// The sort key of its title.
    Title(String),
}

impl TaskCursor {
    /// Where `task` stands in `order`.
    pub fn of(task: &Task, order: Order) -> Self {
        let key = match order.key {
            OrderKey::CreateTime => TaskKey::CreateTime(task.create_time),
            OrderKey::Due => TaskKey::Due(task.due.as_ref().map(Due::local)),
            OrderKey::Title => TaskKey::Title(task.title.sort_key()),
        };
        Self { key, id: task.id.as_uuid() }
    }

    /// Whether it is a place in `order`.
    pub fn is_in(&self, order: Order) -> bool {
        match self.key {
            TaskKey::CreateTime(_) => order.key == OrderKey::CreateTime,
            TaskKey::Due(_) => order.key == OrderKey::Due,
            TaskKey::Title(_) => order.key == OrderKey::Title,
        }
    }
}

/// Which lists to read.
#[derive(Clone, Debug)]
pub struct TaskListQuery {
    /// Also what lies in the trash.
    pub show_deleted: bool,
    /// Only those behind; absent for the first page.
    pub after: Option<TaskListCursor>,
    /// At most so many.
    pub page_size: PageSize,
}

/// A place among lists, behind which the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskListCursor {
    /// Of the last list of the page before. No two lists of an account have the same.
    pub position: String,
}

impl TaskListCursor {
    /// Where `list` stands.
    pub fn of(list: &TaskList) -> Self {
        Self { position: list.position.as_str().to_owned() }
    }
}
