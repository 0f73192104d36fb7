//! Which tasks a list is asked for (AIP-160, a part of it).
//!
//! So far `state` and `task_list` can be compared, with `=` and `!=`; comparisons are joined by `AND`, `OR` (which binds
//! tighter), `NOT` or `-`, and parentheses. A field more is an arm more in `parse` and a variant more in `Expression` and
//! [`Predicate`].

mod parse;
mod predicate;

use super::{State, TaskListId};

pub use predicate::Predicate;

/// A filter as it came and as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    source: String,
    /// Absent lets everything through.
    expression: Option<Expression>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    StateIs(State),
    TaskListIs(TaskListId),
}

/// Why a filter is refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFilter {
    /// It is longer than anybody needs.
    #[error("must have at most {max} characters")]
    TooLong {
        /// In Unicode code points.
        max: usize,
    },
    /// It can't be understood.
    #[error("at character {position}: {problem}")]
    At {
        /// Counted in Unicode code points from 1.
        position: usize,
        /// What is the matter there.
        problem: &'static str,
    },
}

impl Filter {
    const MAX_LENGTH: usize = 1000;
    const MAX_DEPTH: usize = 20;

    /// Reads a filter; an empty one lets everything through.
    ///
    /// # Errors
    /// See [`BadFilter`].
    pub fn parse(source: &str) -> Result<Self, BadFilter> {
        if source.chars().count() > Self::MAX_LENGTH {
            return Err(BadFilter::TooLong { max: Self::MAX_LENGTH });
        }
        let expression = if source.trim().is_empty() { None } else { Some(parse::expression(source)?) };
        Ok(Self { source: source.to_owned(), expression })
    }

    /// As it came.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the filter asks of tasks of this state beside it. Pages keep the states apart, so that no task is read only
    /// to be left out for its state.
    pub fn given(&self, state: State) -> Predicate {
        self.expression.as_ref().map_or(Predicate::Constant(true), |expression| expression.given(state))
    }
}

impl Expression {
    fn given(&self, state: State) -> Predicate {
        match self {
            Self::All(parts) => Predicate::all(parts.iter().map(|part| part.given(state))),
            Self::Any(parts) => Predicate::any(parts.iter().map(|part| part.given(state))),
            Self::Not(part) => part.given(state).negated(),
            Self::StateIs(wanted) => Predicate::Constant(state == *wanted),
            Self::TaskListIs(list) => Predicate::TaskListIs(*list),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn admitted(source: &str) -> Vec<State> {
        let filter = Filter::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        State::ALL.into_iter().filter(|state| filter.given(*state) == Predicate::Constant(true)).collect()
    }

    fn fault(source: &str) -> (usize, &'static str) {
        match Filter::parse(source) {
            Err(BadFilter::At { position, problem }) => (position, problem),
            other => panic!("{source}: {other:?}"),
        }
    }

    #[test]
    fn an_empty_filter_lets_everything_through() {
        assert_eq!(admitted(""), State::ALL);
        assert_eq!(admitted(" \n "), State::ALL);
    }

    #[test]
    fn a_state_has_two_names_and_may_be_quoted() {
        for source in [
            "state = OPEN",
            "state=OPEN",
            " state\t= STATE_OPEN ",
            "state = \"OPEN\"",
            "state = 'STATE_OPEN'",
            "state != COMPLETED",
            "NOT state = COMPLETED",
            "-state=COMPLETED",
            "((state = OPEN))",
        ] {
            assert_eq!(admitted(source), [State::Open], "{source}");
        }
        assert_eq!(admitted("state = COMPLETED"), [State::Completed]);
    }

    #[test]
    fn or_binds_tighter_than_and() {
        // (COMPLETED) AND (OPEN OR COMPLETED), not (COMPLETED AND OPEN) OR COMPLETED; and the other way round.
        assert_eq!(admitted("state = OPEN AND state = OPEN OR state = COMPLETED"), [State::Open]);
        assert_eq!(admitted("(state = OPEN AND state = OPEN) OR state = COMPLETED"), State::ALL);
        assert_eq!(admitted("state = OPEN AND state = COMPLETED"), []);
        assert_eq!(admitted("NOT state = OPEN OR state = OPEN"), State::ALL);
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let id = "expected the id of a list";
        assert_eq!(fault("task_list = inbox"), (13, id));
        assert_eq!(fault("state = OPEN AND task_list = \"0193a1b2\""), (30, id));
        assert_eq!(fault("task_list ="), (12, id));
        assert_eq!(fault("task_list > \"x\""), (11, "expected = or !="));
        assert_eq!(fault("stat = OPEN"), (1, "this field can't be filtered on"));
        assert_eq!(fault("state = OPEN AND priority = HIGH"), (18, "this field can't be filtered on"));
        assert_eq!(fault("state = DONE"), (9, "expected OPEN or COMPLETED"));
        assert_eq!(fault("state = open"), (9, "expected OPEN or COMPLETED"));
        assert_eq!(fault("state > OPEN"), (7, "expected = or !="));
        assert_eq!(fault("state"), (6, "expected = or !="));
        assert_eq!(fault("state ="), (8, "expected OPEN or COMPLETED"));
        assert_eq!(fault("state = \"OPEN"), (9, "this quote is never closed"));
        assert_eq!(fault("(state = OPEN"), (14, "expected )"));
        assert_eq!(fault("state = OPEN)"), (13, "expected AND, OR or the end"));
        assert_eq!(fault("state = OPEN state = OPEN"), (14, "expected AND, OR or the end"));
        assert_eq!(fault("state = OPEN ANDstate = OPEN"), (14, "expected AND, OR or the end"));
        assert_eq!(fault("state = OPEN AND"), (17, "expected a field"));
        assert_eq!(fault("\u{e4}"), (1, "expected a field"));
        assert_eq!(fault("state = OPEN; DROP TABLE tasks"), (13, "expected AND, OR or the end"));
    }

    #[test]
    fn what_is_asked_beside_the_state_is_left() {
        let [first, second] = ["0193a1b2-0000-7000-8000-000000000001", "0193a1b2-0000-7000-8000-000000000002"];
        let is = |id| Predicate::TaskListIs(TaskListId::parse(id).unwrap());
        let not = |predicate| Predicate::Not(Box::new(predicate));
        let never = Predicate::Constant(false);
        for (source, open, completed) in [
            (format!("task_list = \"{first}\""), is(first), is(first)),
            (format!("task_list = {first}"), is(first), is(first)),
            (format!("state = OPEN AND task_list = '{first}'"), is(first), never.clone()),
            (format!("state = OPEN OR task_list = '{first}'"), Predicate::Constant(true), is(first)),
            (format!("-task_list={first} AND state = COMPLETED"), never, not(is(first))),
            (format!("NOT (task_list != {first})"), is(first), is(first)),
            (
                format!("task_list = {first} OR task_list = {second}"),
                Predicate::Any(vec![is(first), is(second)]),
                Predicate::Any(vec![is(first), is(second)]),
            ),
        ] {
            let filter = Filter::parse(&source).unwrap();
            assert_eq!(filter.given(State::Open), open, "{source}");
            assert_eq!(filter.given(State::Completed), completed, "{source}");
        }
    }

    #[test]
    fn length_and_depth_are_bounded() {
        let padded = |length: usize| format!("{:length$}", "state = OPEN");
        assert!(Filter::parse(&padded(1000)).is_ok());
        assert_eq!(Filter::parse(&padded(1001)), Err(BadFilter::TooLong { max: 1000 }));

        let nested = |depth| format!("{}state = OPEN{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(admitted(&nested(20)), [State::Open]);
        assert_eq!(fault(&nested(21)), (21, "nested deeper than 20 levels"));
        assert_eq!(fault(&format!("{}state = OPEN", "-".repeat(21))), (21, "nested deeper than 20 levels"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(source in "[ ()=!\"'A-Zstae_-]{0,60}|\\PC{0,60}") {
            drop(Filter::parse(&source));
        }
    }
}
