//! What tasks and lists are: values that are valid because they exist, and the rules by which they change.
//!
//! Knows no transport and no SQL. Errors here are for the person who typed the value: each says what would be right.

mod color;
mod due;
mod etag;
mod filter;
mod id;
mod once;
mod order;
mod page;
mod position;
mod priority;
mod query;
mod task;
mod task_list;
mod text;
mod zone;

pub use color::{BadColor, Color};
pub use due::{BadDue, Due};
pub use etag::Etag;
pub use filter::{BadFilter, Filter, Predicate};
pub use id::{BadId, TaskId, TaskListId};
pub use once::{Once, RequestIdReused};
pub use order::{BadOrder, Direction, Order, OrderKey};
pub use page::{BadPageSize, Page, PageSize};
pub use position::{BadPosition, Position};
pub use priority::{BadPriority, Priority};
pub use query::{TaskCursor, TaskKey, TaskListCursor, TaskListQuery, TaskQuery};
pub use task::{NewTask, State, Task, TaskChanges, Trash};
pub use task_list::{NewTaskList, TaskList};
pub use text::{BadText, Description, ListTitle, Title};
pub use zone::{BadZone, Zone};
