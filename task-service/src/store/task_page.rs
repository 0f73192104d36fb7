//! The table `tasks`: a page of tasks.
//!
//! A page is put together from ranges, each a walk along one index from where the page before ended: one range for each
//! shelf that the filter lets through (and, by due date, one for those with a date and one for those without). So a
//! page costs the same however many tasks there are before it, behind it, or on other shelves.

use docket_storage::{Db, StoreError};

use super::OwnedStore;
use super::read::Value;
use super::task_row::{TaskRow, task_columns};
use super::tasks::state_number;
use crate::domain::{Cursor, CursorKey, Direction, Order, OrderKey, State, Task, TaskQuery};

/// How far the shelves of the trash are from those of the living.
const TRASH: i16 = 2;

impl OwnedStore {
    /// Tasks in the order asked for, from behind the cursor on; one more than the page size where there are more.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn task_page(&self, query: &TaskQuery) -> Result<Vec<Task>, StoreError> {
        let hint = match &self.db {
            Db::Postgres(_) => String::new(),
            Db::Sqlite(_) => sqlite_hint(query.order.key),
        };
        let Some((statement, values)) = statement(query, &hint) else { return Ok(Vec::new()) };
        let rows: Vec<TaskRow> = self.read(statement, values).await?;
        rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
    }
}

/// SQLite takes an owner for one of ten tasks or so, and would rather read all of them than walk an index. PostgreSQL
/// counts, and has no hints.
fn sqlite_hint(key: OrderKey) -> String {
    let index = match key {
        OrderKey::CreateTime => "tasks_by_create_time",
        OrderKey::Due => "tasks_by_due",
        OrderKey::Title => "tasks_by_title",
    };
    format!(" INDEXED BY {index}")
}

/// The statement and its values from `$2` on; none where the filter lets nothing through. `hint` stands behind the name
/// of the table.
fn statement(query: &TaskQuery, hint: &str) -> Option<(String, Vec<Value>)> {
    let mut values = vec![Value::Number(i64::try_from(query.page_size.get() + 1).unwrap_or(i64::MAX))];
    let (column, direction) = (column(query.order.key), direction(query.order));
    let ranges = ranges(query, &mut values);
    let mut walks = Vec::new();
    for shelf in shelves(query) {
        let shelf = bind(&mut values, Value::Number(shelf.into()));
        for range in &ranges {
            walks.push(format!(
                concat!(
                    "SELECT walk{number}.* FROM (SELECT ",
                    task_columns!(),
                    ", title_key FROM tasks{hint} WHERE owner_id = $1 AND shelf = {shelf}{range}
                    ORDER BY {column} {direction}, id {direction} LIMIT $2) AS walk{number}"
                ),
                number = walks.len(),
                hint = hint,
                shelf = shelf,
                range = range,
                column = column,
                direction = direction,
            ));
        }
    }
    if walks.is_empty() {
        return None;
    }
    let statement = format!(
        concat!(
            "SELECT ",
            task_columns!(),
            " FROM ({walks}) AS walks ORDER BY {column} {direction} NULLS LAST, id {direction} LIMIT $2"
        ),
        walks = walks.join(" UNION ALL "),
        column = column,
        direction = direction,
    );
    Some((statement, values))
}

fn shelves(query: &TaskQuery) -> impl Iterator<Item = i16> {
    let last = if query.show_deleted { TRASH } else { 0 };
    let states = State::ALL.into_iter().filter(|state| query.filter.admits(*state));
    states.flat_map(move |state| (0..=last).step_by(TRASH as usize).map(move |offset| state_number(state) + offset))
}

/// Conditions on top of the shelf; the ranges that they let through follow each other in the order asked for.
fn ranges(query: &TaskQuery, values: &mut Vec<Value>) -> Vec<String> {
    const DATED: &str = " AND due_local IS NOT NULL";
    const UNDATED: &str = " AND due_local IS NULL";
    let after = query.after.as_ref();
    let behind = after.map_or(String::new(), |after| behind(query.order, after, values));
    match (query.order.key, after.map(|after| &after.key)) {
        (OrderKey::CreateTime | OrderKey::Title, _) => vec![behind],
        // Whoever is through with the dates is among those that have none.
        (OrderKey::Due, Some(CursorKey::Due(None))) => vec![format!("{UNDATED}{behind}")],
        (OrderKey::Due, _) => vec![format!("{DATED}{behind}"), UNDATED.to_owned()],
    }
}

fn behind(order: Order, after: &Cursor, values: &mut Vec<Value>) -> String {
    let sign = match order.direction {
        Direction::Ascending => '>',
        Direction::Descending => '<',
    };
    let key = match after.key.clone() {
        CursorKey::CreateTime(time) => Some(Value::Time(time)),
        CursorKey::Due(local) => local.map(Value::Text),
        CursorKey::Title(text) | CursorKey::Position(text) => Some(Value::Text(text)),
    };
    let key = key.map(|key| bind(values, key));
    let id = bind(values, Value::Uuid(after.id));
    match key {
        Some(key) => format!(" AND ({}, id) {sign} ({key}, {id})", column(order.key)),
        None => format!(" AND id {sign} {id}"),
    }
}

/// The placeholder of a value more.
fn bind(values: &mut Vec<Value>, value: Value) -> String {
    values.push(value);
    format!("${}", values.len() + 1)
}

fn column(key: OrderKey) -> &'static str {
    match key {
        OrderKey::CreateTime => "create_time",
        OrderKey::Due => "due_local",
        OrderKey::Title => "title_key",
    }
}

fn direction(order: Order) -> &'static str {
    match order.direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

#[cfg(test)]
mod tests {
    use docket_storage::Role;
    use docket_testkit::TestDatabase;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Filter, PageSize};

    #[tokio::test]
    async fn on_sqlite_every_walk_goes_along_the_index_of_its_order() {
        let database = TestDatabase::sqlite().await;
        let Db::Sqlite(pools) = database.connect(Role::Task).await else { panic!("not SQLite") };
        for (order, key, column) in [
            ("create_time", CursorKey::CreateTime(chrono::DateTime::UNIX_EPOCH), "create_time"),
            ("due", CursorKey::Due(Some("2026-12-24".into())), "due"),
            ("due desc", CursorKey::Due(None), "due"),
            ("title desc", CursorKey::Title("a".into()), "title"),
        ] {
            for after in [None, Some(Cursor { key: key.clone(), id: Uuid::nil() })] {
                let order = Order::parse(order).unwrap();
                let page_size = PageSize::try_from(0).unwrap();
                let query = TaskQuery { filter: Filter::default(), order, show_deleted: true, after, page_size };
                let (statement, _) = statement(&query, &sqlite_hint(order.key)).unwrap();
                let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
                let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&pools.read).await.unwrap();
                let walks: Vec<_> = plan.iter().filter(|step| step.3.contains(" tasks ")).collect();
                assert!(walks.len() >= 4, "{plan:#?}");
                let expected = format!("SEARCH tasks USING INDEX tasks_by_{column} (owner_id=? AND shelf=?");
                assert!(walks.iter().all(|walk| walk.3.starts_with(&expected)), "{plan:#?}");
                let sorts = plan.iter().filter(|step| step.3.contains("TEMP B-TREE"));
                assert!(sorts.count() <= walks.len(), "only what the walks found is sorted: {plan:#?}");
            }
        }
    }
}
