//! The statements that a server sends for one request, read from PostgreSQL's log: so pgbench runs the very same ones,
//! and nobody has to keep a copy of them here.

use std::fmt::Write as _;

/// What every record of the log has to begin with; the number is the backend's.
pub(crate) const LOG_LINE_PREFIX: &str = "[%p] ";

/// One statement as a backend ran it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    sql: String,
    /// `$1` first; `None` is NULL.
    parameters: Vec<Option<String>>,
}

/// The statements of the backend that worked for `owner`, in their order; `None` where none did.
pub(crate) fn of_owner(log: &str, owner: &str) -> Option<Vec<Statement>> {
    let all = parse(log);
    let ours = |statement: &Statement| statement.parameters.iter().flatten().any(|value| value.contains(owner));
    let (backend, _) = all.iter().find(|(_, statement)| ours(statement))?;
    Some(all.iter().filter(|(other, _)| other == backend).map(|(_, statement)| statement.clone()).collect())
}

/// All statements of a log, each with its backend.
fn parse(log: &str) -> Vec<(u32, Statement)> {
    let mut statements: Vec<(u32, Statement)> = Vec::new();
    for (backend, text) in records(log) {
        if let Some(text) = text.strip_prefix("LOG:  ") {
            let sql = text
                .strip_prefix("statement: ")
                .or_else(|| text.strip_prefix("execute ")?.split_once(": ").map(|(_, sql)| sql));
            let statement =
                sql.map(|sql| Statement { sql: sql.trim_end_matches(';').to_owned(), parameters: Vec::new() });
            statements.extend(statement.map(|statement| (backend, statement)));
        } else if let Some(text) = text.strip_prefix("DETAIL:  ") {
            let parameters = text.split_once("arameters: ").map(|(_, list)| values(list));
            let last = statements.iter_mut().rev().find(|(other, _)| *other == backend);
            if let (Some(parameters), Some((_, statement))) = (parameters, last) {
                statement.parameters = parameters;
            }
        }
    }
    statements
}

/// The records of a log: a record's further lines begin with a tab.
fn records(log: &str) -> Vec<(u32, String)> {
    let mut records: Vec<(u32, String)> = Vec::new();
    for line in log.lines() {
        let start = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
        match start.and_then(|(backend, text)| Some((backend.parse().ok()?, text))) {
            Some((backend, text)) => records.push((backend, text.to_owned())),
            None => {
                if let (Some((_, text)), Some(more)) = (records.last_mut(), line.strip_prefix('\t')) {
                    text.push('\n');
                    text.push_str(more);
                }
            }
        }
    }
    records
}

/// The values of `$1 = 'a', $2 = NULL`, a quote within a value being doubled.
fn values(list: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut rest = list;
    while let Some((_, value)) = rest.split_once(" = ") {
        if let Some(quoted) = value.strip_prefix('\'') {
            let end = end_of_quoted(quoted);
            values.push(Some(quoted[..end].replace("''", "'")));
            rest = &quoted[end..];
        } else {
            values.push(None);
            rest = value;
        }
    }
    values
}

fn end_of_quoted(text: &str) -> usize {
    let mut quotes = text.match_indices('\'').map(|(place, _)| place).peekable();
    while let Some(place) = quotes.next() {
        // Two in a row are one within the value.
        if quotes.next_if_eq(&(place + 1)).is_none() {
            return place;
        }
    }
    text.len()
}

/// A pgbench script that runs `statements` as one transaction of its own, and the variables that it takes.
///
/// Where a parameter is `made_up`, the id that the server had made for a new row, each run takes another one.
pub(crate) fn pgbench_script(statements: &[Statement], made_up: Option<&str>) -> (String, Vec<(String, String)>) {
    let mut script = made_up.map_or_else(String::new, |_| "\\set unique random(1, 281474976710655)\n".to_owned());
    let mut variables = Vec::new();
    for (number, Statement { sql, parameters }) in statements.iter().enumerate() {
        let mut sql = sql.clone();
        // From the last one on, or $1 would be found in $10.
        for (place, value) in parameters.iter().enumerate().rev() {
            let stands_for = match value {
                None => "NULL".to_owned(),
                Some(value) if Some(value.as_str()) == made_up => {
                    "('019a0000-0000-7000-8000-' || lpad(to_hex(:unique::bigint), 12, '0'))::uuid".to_owned()
                }
                Some(value) => {
                    let name = format!("s{number}p{}", place + 1);
                    variables.push((name.clone(), value.clone()));
                    format!(":{name}")
                }
            };
            sql = sql.replace(&format!("${}", place + 1), &stands_for);
        }
        writeln!(script, "{sql};").expect("a string takes every text");
    }
    (script, variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "[7] LOG:  execute sqlx_s_1: SELECT a\n\tFROM tasks WHERE owner = $1 AND note = $2 AND x = $10\n\
        [8] LOG:  statement: SELECT 1\n\
        [7] DETAIL:  parameters: $1 = 'ada', $2 = 'it''s, $3 = me', $3 = NULL\n\
        [7] LOG:  statement: COMMIT;\n";

    #[test]
    fn the_statements_of_the_owners_backend_are_found_with_their_values() {
        let statements = of_owner(LOG, "ada").unwrap();
        assert_eq!(statements.len(), 2);
        assert_eq!(statements[0].sql, "SELECT a\nFROM tasks WHERE owner = $1 AND note = $2 AND x = $10");
        assert_eq!(statements[0].parameters, [Some("ada".to_owned()), Some("it's, $3 = me".to_owned()), None]);
        assert_eq!(statements[1], Statement { sql: "COMMIT".to_owned(), parameters: Vec::new() });
        assert_eq!(of_owner(LOG, "grace"), None);
    }

    #[test]
    fn a_script_takes_values_as_variables_and_makes_ids_anew() {
        let parameters = vec![Some("ada".to_owned()), Some("id".to_owned()), None];
        let statement = Statement { sql: "SELECT $1, $2, $3".to_owned(), parameters };
        let (script, variables) = pgbench_script(&[statement], Some("id"));
        assert!(script.contains("SELECT :s0p1, ('019a"), "{script}");
        assert!(script.ends_with("::uuid, NULL;\n"), "{script}");
        assert_eq!(variables, [("s0p1".to_owned(), "ada".to_owned())]);
    }
}
