//! A list of tasks.

use chrono::{DateTime, Utc};

use super::{Color, Etag, ListTitle, Position, TaskListId};

/// A list of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskList {
    /// Of the account.
    pub id: TaskListId,
    /// What it is called.
    pub title: ListTitle,
    /// How it is shown.
    pub color: Color,
    /// Whether it is the one that every account has.
    pub inbox: bool,
    /// Where it stands among the lists.
    pub position: Position,
    /// Its version.
    pub etag: Etag,
    /// When it was added.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// When it was thrown away, where it lies in the trash.
    pub delete_time: Option<DateTime<Utc>>,
}

/// A list to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTaskList {
    /// As the client chose it, if it did.
    pub id: Option<TaskListId>,
    /// What it is called.
    pub title: ListTitle,
    /// How it is shown.
    pub color: Color,
}

impl TaskList {
    /// The list `new` at `position`, made at `now`.
    pub fn new(id: TaskListId, new: NewTaskList, position: Position, etag: Etag, now: DateTime<Utc>) -> Self {
        Self {
            id,
            title: new.title,
            color: new.color,
            inbox: false,
            position,
            etag,
            create_time: now,
            update_time: now,
            delete_time: None,
        }
    }

    /// The list that every account has from its first use on. It stands before all others.
    pub fn inbox(id: TaskListId, etag: Etag, now: DateTime<Utc>) -> Self {
        let title = ListTitle::parse("Inbox").expect("five letters are a title");
        let new = NewTaskList { id: Some(id), title, color: Color::default() };
        Self { inbox: true, ..Self::new(id, new, Position::first(), etag, now) }
    }
}
