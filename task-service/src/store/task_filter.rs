//! Filters as conditions of a statement. What a client wrote reaches the database as bound values only.

use super::read::{Value, bind};
use crate::domain::Predicate;

/// The condition that says `predicate` of a row of `tasks`.
pub(super) fn condition(predicate: &Predicate, values: &mut Vec<Value>) -> String {
    match predicate {
        Predicate::Constant(true) => "TRUE".to_owned(),
        Predicate::Constant(false) => "FALSE".to_owned(),
        Predicate::All(parts) => joined(parts, " AND ", values),
        Predicate::Any(parts) => joined(parts, " OR ", values),
        Predicate::Not(part) => format!("NOT {}", condition(part, values)),
        Predicate::TaskListIs(list) => format!("(task_list_id = {})", bind(values, Value::Uuid(list.as_uuid()))),
    }
}

fn joined(parts: &[Predicate], join: &str, values: &mut Vec<Value>) -> String {
    let parts: Vec<_> = parts.iter().map(|part| condition(part, values)).collect();
    format!("({})", parts.join(join))
}
