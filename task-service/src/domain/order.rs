//! How tasks follow each other.

use serde::{Deserialize, Serialize};

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
}

#[cfg(test)]
mod tests {
    use super::*;

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
