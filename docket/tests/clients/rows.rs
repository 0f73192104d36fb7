//! The requests of the isolation test: each method of the public services that takes an id, with an id of another
//! account.

use serde_json::Value;

/// One request. "their …" stands for a resource of the other account, "my …" for one of the caller.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) method: &'static str,
    request: &'static str,
    /// The reason that both answers give, or "OK" where the call does not look at the field.
    pub(crate) answer: &'static str,
}

impl Row {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.request).expect("rows are JSON")
    }
}

const fn row(method: &'static str, request: &'static str, answer: &'static str) -> Row {
    Row { method, request, answer }
}

pub(crate) const ROWS: &[Row] = &[
    row("docket.auth.v1.AccountService/RevokeSession", r#"{"session_id": "their session"}"#, "NOT_FOUND"),
    row(
        "docket.auth.v1.AccountService/UpdateAccount",
        r#"{"account": {"id": "their session", "display_name": "Grace"}}"#,
        "OK",
    ),
    row("docket.auth.v1.AccountService/ListSecurityEvents", r#"{"page_token": "their task page"}"#, "UNIMPLEMENTED"),
    row(
        "docket.task.v1.TaskService/CreateTask",
        r#"{"task": {"title": "Mine", "task_list_id": "their list"}}"#,
        "NOT_FOUND",
    ),
    row(
        "docket.task.v1.TaskService/CreateTask",
        r#"{"task": {"title": "Mine", "parent_id": "their task"}}"#,
        "INVALID_ARGUMENT",
    ),
    row(
        "docket.task.v1.TaskService/CreateTask",
        r#"{"task": {"title": "Mine", "series_id": "their task"}}"#,
        "INVALID_ARGUMENT",
    ),
    row("docket.task.v1.TaskService/GetTask", r#"{"id": "their task"}"#, "NOT_FOUND"),
    row(
        "docket.task.v1.TaskService/ListTasks",
        r#"{"page_size": 1, "page_token": "their task page"}"#,
        "INVALID_ARGUMENT",
    ),
    row("docket.task.v1.TaskService/UpdateTask", r#"{"task": {"id": "their task", "title": "Mine"}}"#, "NOT_FOUND"),
    row(
        "docket.task.v1.TaskService/UpdateTask",
        r#"{"task": {"id": "my task", "title": "Mine", "task_list_id": "their list"}}"#,
        "OK",
    ),
    row(
        "docket.task.v1.TaskService/UpdateTask",
        r#"{"task": {"id": "my task", "title": "Mine", "parent_id": "their task"}}"#,
        "INVALID_ARGUMENT",
    ),
    row(
        "docket.task.v1.TaskService/UpdateTask",
        r#"{"task": {"id": "my task", "title": "Mine", "series_id": "their task"}}"#,
        "INVALID_ARGUMENT",
    ),
    row("docket.task.v1.TaskService/CompleteTask", r#"{"id": "their task"}"#, "NOT_FOUND"),
    row("docket.task.v1.TaskService/ReopenTask", r#"{"id": "their task"}"#, "NOT_FOUND"),
    row("docket.task.v1.TaskService/DeleteTask", r#"{"id": "their task"}"#, "NOT_FOUND"),
    row("docket.task.v1.TaskService/UndeleteTask", r#"{"id": "their task"}"#, "NOT_FOUND"),
    row("docket.task.v1.TaskService/MoveTask", r#"{"id": "their task"}"#, "UNIMPLEMENTED"),
    row("docket.task.v1.TaskService/ListTaskChanges", r#"{"sync_token": "their task page"}"#, "UNIMPLEMENTED"),
    row("docket.task.v1.TaskService/WatchTaskChanges", r#"{"sync_token": "their task page"}"#, "UNIMPLEMENTED"),
    row("docket.task.v1.TaskService/ApplyTaskCommands", "{}", "UNIMPLEMENTED"),
    row("docket.task.v1.TaskListService/GetTaskList", r#"{"id": "their list"}"#, "UNIMPLEMENTED"),
    row(
        "docket.task.v1.TaskListService/ListTaskLists",
        r#"{"page_size": 1, "page_token": "their list page"}"#,
        "INVALID_ARGUMENT",
    ),
    row("docket.task.v1.TaskListService/UpdateTaskList", r#"{"task_list": {"id": "their list"}}"#, "UNIMPLEMENTED"),
    row("docket.task.v1.TaskListService/DeleteTaskList", r#"{"id": "their list"}"#, "UNIMPLEMENTED"),
    row("docket.task.v1.TaskListService/UndeleteTaskList", r#"{"id": "their list"}"#, "UNIMPLEMENTED"),
    row("docket.task.v1.TaskListService/MoveTaskList", r#"{"id": "their list"}"#, "UNIMPLEMENTED"),
    // Ids are scoped by account: that of another account is free. Last, since the caller has a task with this id from
    // here on.
    row("docket.task.v1.TaskService/CreateTask", r#"{"task": {"id": "their task", "title": "Mine"}}"#, "OK"),
    row(
        "docket.task.v1.TaskListService/CreateTaskList",
        r#"{"task_list": {"id": "their list", "title": "Mine"}}"#,
        "OK",
    ),
];
