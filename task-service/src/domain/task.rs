//! A task and how it changes.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Description, Due, Etag, Priority, TaskId, TaskListId, Title};

/// How many days the trash keeps what was thrown into it.
const TRASH_DAYS: i64 = 30;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Of the account.
    pub id: TaskId,
    /// The list that holds it.
    pub task_list_id: TaskListId,
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Description,
    /// How much it matters.
    pub priority: Priority,
    /// When it is due, if ever.
    pub due: Option<Due>,
    /// Its version.
    pub etag: Etag,
    /// When it was added.
    pub create_time: DateTime<Utc>,
    /// When it last changed.
    pub update_time: DateTime<Utc>,
    /// When it was done; absent while it is open.
    pub complete_time: Option<DateTime<Utc>>,
    /// Present while it lies in the trash.
    pub trash: Option<Trash>,
}

/// Whether a task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Still to do.
    Open,
    /// Done.
    Completed,
}

impl State {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Open, Self::Completed];
}

/// How a task lies in the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trash {
    /// When it was thrown away.
    pub delete_time: DateTime<Utc>,
    /// When the trash forgets it.
    pub purge_time: DateTime<Utc>,
    /// What was thrown away together has the same id, and comes back together.
    pub delete_id: Uuid,
}

/// A task to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// As the client chose it, if it did.
    pub id: Option<TaskId>,
    /// The account's inbox where absent.
    pub task_list_id: Option<TaskListId>,
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Description,
    /// How much it matters.
    pub priority: Priority,
    /// When it is due, if ever.
    pub due: Option<Due>,
}

/// What to change about a task: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskChanges {
    /// What is to be done.
    pub title: Option<Title>,
    /// More about it.
    pub description: Option<Description>,
    /// How much it matters.
    pub priority: Option<Priority>,
    /// When it is due; `Some(None)` takes the date away.
    pub due: Option<Option<Due>>,
}

impl Task {
    /// What `new` becomes: an open task, made at `now`. It is in `inbox` where `new` names no list.
    pub fn new(id: TaskId, new: NewTask, inbox: TaskListId, etag: Etag, now: DateTime<Utc>) -> Self {
        Self {
            id,
            task_list_id: new.task_list_id.unwrap_or(inbox),
            title: new.title,
            description: new.description,
            priority: new.priority,
            due: new.due,
            etag,
            create_time: now,
            update_time: now,
            complete_time: None,
            trash: None,
        }
    }

    /// Whether it is done.
    pub fn state(&self) -> State {
        if self.complete_time.is_some() { State::Completed } else { State::Open }
    }

    /// Takes over what `changes` holds.
    pub fn apply(&mut self, changes: TaskChanges) {
        let TaskChanges { title, description, priority, due } = changes;
        self.title = title.unwrap_or_else(|| self.title.clone());
        self.description = description.unwrap_or_else(|| self.description.clone());
        self.priority = priority.unwrap_or(self.priority);
        self.due = due.unwrap_or_else(|| self.due.clone());
    }

    /// Done at `now`, where it was not done before.
    pub fn complete(&mut self, now: DateTime<Utc>) {
        self.complete_time.get_or_insert(now);
    }

    /// Not done after all.
    pub fn reopen(&mut self) {
        self.complete_time = None;
    }

    /// Thrown away at `now`, with all else that has `delete_id`.
    pub fn delete(&mut self, now: DateTime<Utc>, delete_id: Uuid) {
        self.trash = Some(Trash { delete_time: now, purge_time: now + TimeDelta::days(TRASH_DAYS), delete_id });
    }

    /// Back from the trash, into list `home`.
    pub fn undelete(&mut self, home: TaskListId) {
        self.trash = None;
        self.task_list_id = home;
    }
}
