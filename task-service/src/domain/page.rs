//! Which tasks, in which order, from where on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Filter, Task};

/// How many things a page may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u16);

/// The number is no page size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must not be negative")]
pub struct BadPageSize;

impl PageSize {
    const DEFAULT: u16 = 50;
    const MAX: u16 = 200;

    /// As many as fit into a `usize`.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl TryFrom<i32> for PageSize {
    type Error = BadPageSize;

    /// 0 is 50, and more than 200 are 200 (AIP-158).
    fn try_from(size: i32) -> Result<Self, BadPageSize> {
        match u32::try_from(size).map_err(|_| BadPageSize)? {
            0 => Ok(Self(Self::DEFAULT)),
            size => Ok(Self(u16::try_from(size).unwrap_or(Self::MAX).min(Self::MAX))),
        }
    }
}

/// What tasks are ordered by. Equal ones go by id, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderKey {
    /// When they were added.
    CreateTime,
    /// The wall clock of the due date, whatever the zone; a day stands before its moments. Tasks without a due date
    /// come last in both directions: there is nothing to be late for.
    Due,
    /// The title without regard to case.
    Title,
}

/// Which end comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// The least.
    Ascending,
    /// The greatest.
    Descending,
}

/// An order that pages can be read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// By what.
    pub key: OrderKey,
    /// Which end first.
    pub direction: Direction,
}

/// The text names no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be create_time, due or title, alone or followed by asc or desc")]
pub struct BadOrder;

impl Order {
    /// Reads an order (AIP-132): empty is "create_time desc", and a field alone is ascending.
    ///
    /// # Errors
    /// An unknown field or direction, or more than one field.
    pub fn parse(text: &str) -> Result<Self, BadOrder> {
        let mut words = text.split_ascii_whitespace();
        let (field, direction, rest) = (words.next(), words.next(), words.next());
        let key = match field {
            None => return Ok(Self { key: OrderKey::CreateTime, direction: Direction::Descending }),
            Some("create_time") => OrderKey::CreateTime,
            Some("due") => OrderKey::Due,
            Some("title") => OrderKey::Title,
            Some(_) => return Err(BadOrder),
        };
        let direction = match direction {
            None | Some("asc") => Direction::Ascending,
            Some("desc") => Direction::Descending,
            Some(_) => return Err(BadOrder),
        };
        if rest.is_none() { Ok(Self { key, direction }) } else { Err(BadOrder) }
    }

    /// Where `task` stands in this order.
    pub fn cursor(self, task: &Task) -> Cursor {
        let key = match self.key {
            OrderKey::CreateTime => CursorKey::CreateTime(task.create_time),
            OrderKey::Due => CursorKey::Due(task.due.as_ref().map(super::Due::local)),
            OrderKey::Title => CursorKey::Title(task.title.sort_key()),
        };
        Cursor { key, id: task.id.as_uuid() }
    }
}

/// A place in an order, behind which the next page begins. What stood there may be gone by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// What the last of the page before was ordered by.
    pub key: CursorKey,
    /// Its id.
    pub id: Uuid,
}

/// What things are ordered by, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CursorKey {
    /// Of a task.
    CreateTime(DateTime<Utc>),
    /// Of a task; absent behind all that have a date.
    Due(Option<String>),
    /// Of a task: its sort key.
    Title(String),
    /// Of a list.
    Position(String),
}

/// Which tasks to read.
#[derive(Clone, Debug)]
pub struct TaskQuery {
    /// Only those that it lets through.
    pub filter: Filter,
    /// How they follow each other.
    pub order: Order,
    /// Also what lies in the trash.
    pub show_deleted: bool,
    /// Only those behind; absent for the first page.
    pub after: Option<Cursor>,
    /// At most so many.
    pub page_size: PageSize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_50_by_default_and_200_at_most() {
        let size = |size| PageSize::try_from(size).map(PageSize::get);
        assert_eq!([size(0), size(1), size(200)], [Ok(50), Ok(1), Ok(200)]);
        assert_eq!([size(201), size(i32::MAX)], [Ok(200), Ok(200)]);
        assert_eq!([size(-1), size(i32::MIN)], [Err(BadPageSize), Err(BadPageSize)]);
    }

    #[test]
    fn an_order_is_one_field_and_a_direction() {
        let order = |text| Order::parse(text).map(|order| (order.key, order.direction));
        assert_eq!(order(""), Ok((OrderKey::CreateTime, Direction::Descending)));
        assert_eq!(order("create_time"), Ok((OrderKey::CreateTime, Direction::Ascending)));
        assert_eq!(order(" due   desc "), Ok((OrderKey::Due, Direction::Descending)));
        assert_eq!(order("title asc"), Ok((OrderKey::Title, Direction::Ascending)));
        for text in ["id", "Title", "title DESC", "title desc desc", "title,due", "position", "title; --", "desc"] {
            assert_eq!(Order::parse(text), Err(BadOrder), "{text}");
        }
    }
}
