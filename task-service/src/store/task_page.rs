//! The table `tasks`: a page of tasks.
//!
//! A page is put together from ranges, each a walk along one index from where the page before ended: one range for each
//! bucket of tasks that the filter lets through (and, by due date, one for those with a date and one for those without).
//! A task's bucket is its state, and whether it lies in the trash. So a page costs the same however many tasks there are
//! before it, behind it, or in other buckets.
//!
//! A filter on one list, joined with one on the state, keeps that promise in the order of creation, for which lists have
//! an index. What else a filter asks is looked at in each row that a walk finds: then a page costs as much as there is to
//! pass over.

use std::fmt::Write as _;

use docket_storage::{Db, StoreError};
use tracing::instrument;

use super::OwnedStore;
use super::columns::Columns as _;
use super::read::{Value, bind};
use super::task_filter::condition;
use super::task_row::{TaskRow, state_number};
use crate::domain::{
    Direction, Order, OrderKey, Page, Predicate, State, Task, TaskCursor, TaskKey, TaskListId, TaskQuery,
};

/// Difference between a bucket of the trash and that of the same state outside.
const TRASH: i16 = 2;

impl OwnedStore {
    /// A page of tasks in the requested order, beginning behind the cursor.
    ///
    /// # Errors
    /// Where the database fails.
    #[instrument(level = "debug", skip_all)]
    pub async fn task_page(&self, query: &TaskQuery) -> Result<Page<Task>, StoreError> {
        let hints = matches!(self.db, Db::Sqlite(_));
        let rows: Vec<TaskRow> = match statement(query, hints) {
            Some((statement, values)) => self.read(statement, values).await?,
            None => Vec::new(),
        };
        let tasks = rows.into_iter().map(Task::try_from).collect::<Result<_, _>>()?;
        Ok(Page::of(tasks, query.page_size))
    }
}

/// The statement and its values from `$2` on; none where the filter lets nothing through. `hints` says that each walk
/// names its index: SQLite takes an owner for one of ten tasks or so, and would rather read all of them than walk an
/// index. PostgreSQL counts, and has no hints.
fn statement(query: &TaskQuery, hints: bool) -> Option<(String, Vec<Value>)> {
    let mut values = vec![Value::Number(query.page_size.with_one_more())];
    let (key, direction) = (column(query.order.key), direction(query.order));
    let columns = TaskRow::COLUMNS;
    let ranges = ranges(query, &mut values);
    let mut walks = Vec::new();
    for (bucket, predicate) in buckets(query) {
        let (list, predicate) = predicate.in_list();
        let from =
            if hints { format!("tasks INDEXED BY {}", index(query.order.key, list)) } else { "tasks".to_owned() };
        let conditions = conditions(bucket, list, &predicate, &mut values);
        for range in &ranges {
            walks.push(format!(
                "SELECT walk{number}.* FROM (
                     SELECT {columns} FROM {from} WHERE {conditions}{range}
                     ORDER BY {key} {direction}, id {direction} LIMIT $2
                 ) AS walk{number}",
                number = walks.len(),
            ));
        }
    }
    if walks.is_empty() {
        return None;
    }
    let statement = format!(
        "SELECT {columns} FROM ({}) AS walks ORDER BY {key} {direction} NULLS LAST, id {direction} LIMIT $2",
        walks.join(" UNION ALL "),
    );
    Some((statement, values))
}

/// The index that a walk goes along.
fn index(key: OrderKey, list: Option<TaskListId>) -> &'static str {
    match key {
        OrderKey::CreateTime if list.is_some() => "tasks_by_list_and_create_time",
        OrderKey::CreateTime => "tasks_by_create_time",
        OrderKey::Due => "tasks_by_due",
        OrderKey::Title => "tasks_by_title",
    }
}

/// The buckets in which the filter lets something through, each with what it asks of their tasks.
fn buckets(query: &TaskQuery) -> impl Iterator<Item = (i16, Predicate)> {
    let last = if query.show_deleted { TRASH } else { 0 };
    let states = State::ALL.into_iter().map(|state| (state, query.filter.given(state)));
    states.filter(|(_, predicate)| *predicate != Predicate::Constant(false)).flat_map(move |(state, predicate)| {
        let offsets = (0..=last).step_by(TRASH.unsigned_abs().into());
        offsets.map(move |offset| (state_number(state) + offset, predicate.clone()))
    })
}

/// The conditions on the tasks of one bucket, whatever the range.
fn conditions(bucket: i16, list: Option<TaskListId>, predicate: &Predicate, values: &mut Vec<Value>) -> String {
    let mut conditions = String::from("owner_id = $1");
    if let Some(list) = list {
        let list = bind(values, Value::Uuid(list.as_uuid()));
        write!(conditions, " AND task_list_id = {list}").expect("a string takes every text");
    }
    let bucket = bind(values, Value::Number(bucket.into()));
    write!(conditions, " AND page_bucket = {bucket}").expect("a string takes every text");
    if *predicate != Predicate::Constant(true) {
        write!(conditions, " AND {}", condition(predicate, values)).expect("a string takes every text");
    }
    conditions
}

/// Conditions on top of the bucket; the ranges that they let through follow each other in the order asked for.
fn ranges(query: &TaskQuery, values: &mut Vec<Value>) -> Vec<String> {
    const DATED: &str = " AND due_local IS NOT NULL";
    const UNDATED: &str = " AND due_local IS NULL";
    let after = query.after.as_ref();
    let behind = after.map_or(String::new(), |after| behind(query.order, after, values));
    match (query.order.key, after.map(|after| &after.key)) {
        (OrderKey::CreateTime | OrderKey::Title, _) => vec![behind],
        // A cursor without a date lies behind all dated tasks.
        (OrderKey::Due, Some(TaskKey::Due(None))) => vec![format!("{UNDATED}{behind}")],
        (OrderKey::Due, _) => vec![format!("{DATED}{behind}"), UNDATED.to_owned()],
    }
}

fn behind(order: Order, after: &TaskCursor, values: &mut Vec<Value>) -> String {
    let sign = match order.direction {
        Direction::Ascending => '>',
        Direction::Descending => '<',
    };
    let key = match after.key.clone() {
        TaskKey::CreateTime(time) => Some(Value::Time(time)),
        TaskKey::Due(local) => local.map(Value::Text),
        TaskKey::Title(text) => Some(Value::Text(text)),
    };
    let key = key.map(|key| bind(values, key));
    let id = bind(values, Value::Uuid(after.id));
    match key {
        Some(key) => format!(" AND ({}, id) {sign} ({key}, {id})", column(order.key)),
        None => format!(" AND id {sign} {id}"),
    }
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

    const LIST: &str = "task_list = 0193a1b2-0000-7000-8000-000000000001";

    /// Every walk of the page's plan begins with `expected`, and nothing is sorted but what the walks found.
    async fn walks_go(query: &TaskQuery, expected: &str) {
        let database = TestDatabase::sqlite().await;
        let Db::Sqlite(pools) = database.connect(Role::Task).await else { panic!("not SQLite") };
        let (statement, _) = statement(query, true).unwrap();
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(&pools.read).await.unwrap();
        let walks: Vec<_> = plan.iter().filter(|step| step.3.contains(" tasks ")).collect();
        assert!(walks.len() >= 4, "{plan:#?}");
        assert!(walks.iter().all(|walk| walk.3.starts_with(expected)), "{plan:#?}");
        let sorts = plan.iter().filter(|step| step.3.contains("TEMP B-TREE"));
        assert!(sorts.count() <= walks.len(), "only what the walks found is sorted: {plan:#?}");
    }

    fn query(order: &str, filter: &str, after: Option<TaskCursor>) -> TaskQuery {
        let (filter, order) = (Filter::parse(filter).unwrap(), Order::parse(order).unwrap());
        TaskQuery { filter, order, show_deleted: true, after, page_size: PageSize::try_from(0).unwrap() }
    }

    #[tokio::test]
    async fn on_sqlite_every_walk_goes_along_the_index_of_its_order() {
        for (order, key, column) in [
            ("create_time", TaskKey::CreateTime(chrono::DateTime::UNIX_EPOCH), "create_time"),
            ("due", TaskKey::Due(Some("2026-12-24".into())), "due"),
            ("due desc", TaskKey::Due(None), "due"),
            ("title desc", TaskKey::Title("a".into()), "title"),
        ] {
            for after in [None, Some(TaskCursor { key: key.clone(), id: Uuid::nil() })] {
                let expected = format!("SEARCH tasks USING INDEX tasks_by_{column} (owner_id=? AND page_bucket=?");
                walks_go(&query(order, "", after), &expected).await;
            }
        }
    }

    #[tokio::test]
    async fn on_sqlite_a_list_is_walked_along_an_index_of_its_own() {
        let key = TaskKey::CreateTime(chrono::DateTime::UNIX_EPOCH);
        for after in [None, Some(TaskCursor { key, id: Uuid::nil() })] {
            let expected = "SEARCH tasks USING INDEX tasks_by_list_and_create_time \
                            (owner_id=? AND task_list_id=? AND page_bucket=?";
            walks_go(&query("", LIST, after), expected).await;
        }
    }
}
