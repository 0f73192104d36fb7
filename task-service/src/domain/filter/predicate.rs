//! What a filter asks of tasks whose state is known.

use super::TaskListId;

/// A condition on a task. It is as simple as it can be: a constant stands alone, and no part is of its whole's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Holds for every task, or for none.
    Constant(bool),
    /// Each of these holds.
    All(Vec<Predicate>),
    /// At least one of these holds.
    Any(Vec<Predicate>),
    /// This does not hold.
    Not(Box<Predicate>),
    /// The task is in this list.
    TaskListIs(TaskListId),
}

impl Predicate {
    pub(super) fn all(parts: impl Iterator<Item = Self>) -> Self {
        let mut all: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::Constant(true) => {}
                Self::Constant(false) => return part,
                Self::All(inner) => all.extend(inner),
                part => all.push(part),
            }
        }
        let mut lists = all.iter().filter(|part| matches!(part, Self::TaskListIs(_)));
        // A task is in one list.
        if lists.next().is_some_and(|first| lists.any(|other| other != first)) {
            return Self::Constant(false);
        }
        single_or(all, true, Self::All)
    }

    pub(super) fn any(parts: impl Iterator<Item = Self>) -> Self {
        let mut any = Vec::new();
        for part in parts {
            match part {
                Self::Constant(false) => {}
                Self::Constant(true) => return part,
                Self::Any(inner) => any.extend(inner),
                part => any.push(part),
            }
        }
        single_or(any, false, Self::Any)
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(!value),
            Self::Not(part) => *part,
            part => Self::Not(Box::new(part)),
        }
    }

    /// The list that tasks have to be in, where there is one, and what else is asked of them.
    pub fn in_list(self) -> (Option<TaskListId>, Self) {
        match self {
            Self::TaskListIs(list) => (Some(list), Self::Constant(true)),
            Self::All(parts) => {
                let list = parts.iter().find_map(|part| match part {
                    Self::TaskListIs(list) => Some(*list),
                    _ => None,
                });
                (list, Self::all(parts.into_iter().filter(|part| !matches!(part, Self::TaskListIs(_)))))
            }
            other => (None, other),
        }
    }
}

/// `neutral` where nothing is left to ask.
fn single_or(mut parts: Vec<Predicate>, neutral: bool, join: impl Fn(Vec<Predicate>) -> Predicate) -> Predicate {
    match parts.len() {
        0 => Predicate::Constant(neutral),
        1 => parts.remove(0),
        _ => join(parts),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn is(number: u128) -> Predicate {
        Predicate::TaskListIs(Uuid::from_u128(number).into())
    }

    #[test]
    fn the_list_that_tasks_have_to_be_in_is_found() {
        let list = Some(Uuid::from_u128(1).into());
        assert_eq!(is(1).in_list(), (list, Predicate::Constant(true)));
        let either = Predicate::any([is(1), is(2)].into_iter());
        assert_eq!(either.clone().in_list(), (None, either.clone()));
        let not = is(3).negated();
        let all = Predicate::all([either.clone(), is(1), not.clone(), is(1)].into_iter());
        assert_eq!(all.in_list(), (list, Predicate::All(vec![either, not])));
    }

    #[test]
    fn no_task_is_in_two_lists() {
        let inner = Predicate::All(vec![is(1), is(3).negated()]);
        assert_eq!(Predicate::all([inner, is(2)].into_iter()), Predicate::Constant(false));
    }
}
