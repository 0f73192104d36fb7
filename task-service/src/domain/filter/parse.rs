//! The grammar of filters.

use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, not, opt, preceded, separated, terminated};
use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::token::{literal, one_of, take_till, take_while};

use super::{BadFilter, Expression, Filter, State, TaskListId};

/// What is the matter, and how much of the text was still to be read there.
#[derive(Clone, Copy, Debug)]
struct Problem {
    rest: usize,
    problem: &'static str,
}

type Parsed<T> = Result<T, ErrMode<Problem>>;

impl ParserError<&str> for Problem {
    type Inner = Self;

    fn from_input(input: &&str) -> Self {
        Self { rest: input.len(), problem: "unexpected" }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// Reads the whole of `source`.
pub(super) fn expression(source: &str) -> Result<Expression, BadFilter> {
    let mut rest = source;
    let parsed = preceded(multispace0, all(0)).parse_next(&mut rest).and_then(|expression| {
        if rest.trim().is_empty() { Ok(expression) } else { fail(rest.trim_start(), "expected AND, OR or the end") }
    });
    parsed.map_err(|error| {
        let Problem { rest, problem } =
            error.into_inner().unwrap_or(Problem { rest: 0, problem: "the filter ends too soon" });
        BadFilter::At { position: source[..source.len() - rest].chars().count() + 1, problem }
    })
}

/// Gives up: nothing else is tried.
fn fail<T>(input: &str, problem: &'static str) -> Parsed<T> {
    Err(ErrMode::Cut(Problem { rest: input.len(), problem }))
}

/// `a AND b`.
fn all<'i>(depth: usize) -> impl Parser<&'i str, Expression, ErrMode<Problem>> {
    separated(1.., any(depth), keyword("AND")).map(|parts| single_or(parts, Expression::All))
}

/// `a OR b`, which binds tighter.
fn any<'i>(depth: usize) -> impl Parser<&'i str, Expression, ErrMode<Problem>> {
    separated(1.., move |input: &mut &'i str| term(input, depth), keyword("OR"))
        .map(|parts| single_or(parts, Expression::Any))
}

fn single_or(mut parts: Vec<Expression>, join: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

fn keyword<'i>(word: &'static str) -> impl Parser<&'i str, &'i str, ErrMode<Problem>> {
    delimited(multispace0, terminated(literal(word), not(one_of(is_word))), multispace0)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || character == '.'
}

fn term(input: &mut &str, depth: usize) -> Parsed<Expression> {
    let start = *input;
    let opened = opt(alt((keyword("NOT"), literal("-"), literal("(")))).parse_next(input)?;
    if opened.is_some() && depth == Filter::MAX_DEPTH {
        return fail(start, "nested deeper than 20 levels");
    }
    match opened {
        None => restriction(input),
        Some("(") => {
            let inner = delimited(multispace0, all(depth + 1), multispace0).parse_next(input)?;
            match input.strip_prefix(')') {
                Some(rest) => *input = rest,
                None => return fail(input, "expected )"),
            }
            Ok(inner)
        }
        Some(_) => Ok(Expression::Not(Box::new(term(input, depth + 1)?))),
    }
}

/// `field comparator value`.
fn restriction(input: &mut &str) -> Parsed<Expression> {
    let start = *input;
    match take_while(0.., is_word).parse_next(input)? {
        "" => fail(start, "expected a field"),
        "state" => comparison(input, state, "expected OPEN or COMPLETED"),
        "task_list" => comparison(input, task_list, "expected the id of a list"),
        _ => fail(start, "this field can't be filtered on"),
    }
}

/// `= value` or `!= value`, where `read` knows the value; `expected` says what it knows.
fn comparison(
    input: &mut &str,
    read: impl FnOnce(&str) -> Option<Expression>,
    expected: &'static str,
) -> Parsed<Expression> {
    multispace0.parse_next(input)?;
    let Some(comparator) = opt(alt((literal("="), literal("!=")))).parse_next(input)? else {
        return fail(input, "expected = or !=");
    };
    multispace0.parse_next(input)?;
    let start = *input;
    let Some(is) = read(value(input)?) else { return fail(start, expected) };
    Ok(if comparator == "=" { is } else { Expression::Not(Box::new(is)) })
}

fn state(value: &str) -> Option<Expression> {
    match value {
        "OPEN" | "STATE_OPEN" => Some(Expression::StateIs(State::Open)),
        "COMPLETED" | "STATE_COMPLETED" => Some(Expression::StateIs(State::Completed)),
        _ => None,
    }
}

fn task_list(value: &str) -> Option<Expression> {
    TaskListId::parse(value).ok().map(Expression::TaskListIs)
}

/// A word, in which hyphens may be, or anything between quotes.
fn value<'i>(input: &mut &'i str) -> Parsed<&'i str> {
    let start = *input;
    let Some(quote) = opt(one_of(['"', '\''])).parse_next(input)? else {
        return take_while(0.., |character| is_word(character) || character == '-').parse_next(input);
    };
    let value = take_till(0.., quote).parse_next(input)?;
    match input.strip_prefix(quote) {
        Some(rest) => *input = rest,
        None => return fail(start, "this quote is never closed"),
    }
    Ok(value)
}
