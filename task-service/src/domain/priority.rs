//! How much a task matters.

/// None, low, medium or high, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Nobody said.
    #[default]
    None,
    /// Can wait.
    Low,
    /// In between.
    Medium,
    /// Before all else.
    High,
}

/// The number is no priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the priorities, or unspecified for none")]
pub struct BadPriority;

impl Priority {
    /// 0 to 3, as in the contract and as stored.
    pub fn number(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
        }
    }
}

impl TryFrom<i32> for Priority {
    type Error = BadPriority;

    fn try_from(number: i32) -> Result<Self, BadPriority> {
        [Self::None, Self::Low, Self::Medium, Self::High]
            .into_iter()
            .find(|priority| i32::from(priority.number()) == number)
            .ok_or(BadPriority)
    }
}
