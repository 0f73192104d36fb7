//! Requests about tasks.

use docket_identity::UserId;
use docket_proto::task::v1 as proto;
use docket_rpc::Violations;

use super::{given, once, optional, page_size, task_id};
use crate::domain::{
    BadDue, Description, Due, Filter, NewTask, Once, Order, Priority, TaskChanges, TaskId, TaskListId, TaskQuery, Title,
};
use crate::page_tokens::{PageTokens, TaskPages};
use crate::tasks::Target;

/// The violation of a field that comes with a later release.
const LATER: &str = "is not available in this release";

/// A task to add.
pub(in crate::grpc) fn create(
    message: &proto::CreateTaskRequest,
    violations: &mut Violations,
) -> Option<(NewTask, Option<Once>)> {
    let once = once(message, &message.request_id, violations);
    let Some(task) = &message.task else {
        violations.add("task", "is required");
        return None;
    };
    let id = optional("task.id", given(&task.id).map(TaskId::parse_chosen), violations);
    let task_list_id = optional("task.task_list_id", given(&task.task_list_id).map(TaskListId::parse), violations);
    let title = violations.check("task.title", Title::parse(&task.title));
    let description = violations.check("task.description", Description::parse(&task.description));
    let priority = violations.check("task.priority", Priority::try_from(task.priority));
    let due = due(task, violations);
    refuse_later_fields(task, violations);
    let new = NewTask {
        id: id?,
        task_list_id: task_list_id?,
        title: title?,
        description: description?,
        priority: priority?,
        due: due?,
    };
    Some((new, once?))
}

/// No release before this one gave them, so that whoever sends them means to write them.
fn refuse_later_fields(task: &proto::Task, violations: &mut Violations) {
    for (field, populated) in [
        ("task.labels", !task.labels.is_empty()),
        ("task.parent_id", !task.parent_id.is_empty()),
        ("task.position", !task.position.is_empty()),
        ("task.recurrence", task.recurrence.is_some()),
        ("task.series_id", !task.series_id.is_empty()),
    ] {
        if populated {
            violations.add(field, LATER);
        }
    }
}

fn due(task: &proto::Task, violations: &mut Violations) -> Option<Option<Due>> {
    let Some(due) = &task.due else { return Some(None) };
    match Due::parse(&due.local, &due.time_zone) {
        Ok(due) => Some(Some(due)),
        Err(faults) => {
            for fault in faults {
                let field = match fault {
                    BadDue::Local => "task.due.local",
                    BadDue::ZoneOfDay | BadDue::Zone(_) => "task.due.time_zone",
                };
                violations.add(field, fault.to_string());
            }
            None
        }
    }
}

/// A parsed GetTaskRequest.
pub(in crate::grpc) fn get(message: &proto::GetTaskRequest, violations: &mut Violations) -> Option<TaskId> {
    task_id(&message.id, violations)
}

/// A parsed ListTasksRequest.
pub(in crate::grpc) fn list(
    message: &proto::ListTasksRequest,
    owner: UserId,
    tokens: &PageTokens,
    violations: &mut Violations,
) -> Option<TaskQuery> {
    if !message.query.is_empty() {
        violations.add("query", LATER);
    }
    let page_size = page_size(message.page_size, violations);
    let filter = violations.check("filter", Filter::parse(&message.filter));
    let order = violations.check("order_by", Order::parse(&message.order_by));
    let (filter, order, show_deleted) = (filter?, order?, message.show_deleted);
    let pages = TaskPages { filter: filter.source(), order, show_deleted };
    let after = given(&message.page_token).map(|token| tokens.open(owner, &pages, token));
    let after = optional("page_token", after, violations);
    Some(TaskQuery { filter, order, show_deleted, after: after?, page_size: page_size? })
}

/// A parsed UpdateTaskRequest.
pub(in crate::grpc) fn update(
    message: &proto::UpdateTaskRequest,
    violations: &mut Violations,
) -> Option<(Target, TaskChanges)> {
    let once = once(message, &message.request_id, violations);
    let paths = message.update_mask.as_ref().map_or(&[][..], |mask| &mask.paths);
    let named = named(paths, violations);
    let Some(task) = &message.task else {
        violations.add("task", "is required");
        return None;
    };
    let id = violations.check("task.id", TaskId::parse(&task.id));
    let named = if paths.is_empty() { populated(task) } else { named };
    // A value that would not be written is a violation, unless the mask leaves its field out.
    if paths.iter().all(|path| path == "*") {
        refuse_later_fields(task, violations);
    }
    let title = named.title.then(|| Title::parse(&task.title));
    let title = optional("task.title", title, violations);
    let description = named.description.then(|| Description::parse(&task.description));
    let description = optional("task.description", description, violations);
    let priority = optional("task.priority", named.priority.then(|| Priority::try_from(task.priority)), violations);
    let due = if named.due { due(task, violations).map(Some) } else { Some(None) };
    let target = Target { id: id?, etag: task.etag.clone(), once: once? };
    Some((target, TaskChanges { title: title?, description: description?, priority: priority?, due: due? }))
}

/// Which of the fields that UpdateTask writes are to be written.
#[derive(Clone, Copy, Default)]
struct Named {
    title: bool,
    description: bool,
    priority: bool,
    due: bool,
}

/// Those that the mask names (AIP-134, AIP-161).
fn named(paths: &[String], violations: &mut Violations) -> Named {
    let mut named = Named::default();
    for path in paths {
        match path.as_str() {
            "title" => named.title = true,
            "description" => named.description = true,
            "priority" => named.priority = true,
            "due" => named.due = true,
            "*" if paths.len() == 1 => return Named { title: true, description: true, priority: true, due: true },
            "*" => violations.add("update_mask", "* must stand alone"),
            "labels" | "recurrence" => violations.add("update_mask", format!("{path} {LATER}")),
            _ => violations.add("update_mask", "must name only title, description, priority and due, or be *"),
        }
    }
    named
}

/// Without a mask: those that are populated.
fn populated(task: &proto::Task) -> Named {
    Named {
        title: !task.title.is_empty(),
        description: !task.description.is_empty(),
        priority: task.priority != 0,
        due: task.due.is_some(),
    }
}

/// A parsed CompleteTaskRequest.
pub(in crate::grpc) fn complete(message: &proto::CompleteTaskRequest, violations: &mut Violations) -> Option<Target> {
    let once = once(message, &message.request_id, violations);
    Some(Target { id: task_id(&message.id, violations)?, etag: message.etag.clone(), once: once? })
}

/// A parsed ReopenTaskRequest.
pub(in crate::grpc) fn reopen(message: &proto::ReopenTaskRequest, violations: &mut Violations) -> Option<Target> {
    let once = once(message, &message.request_id, violations);
    Some(Target { id: task_id(&message.id, violations)?, etag: message.etag.clone(), once: once? })
}

/// A parsed DeleteTaskRequest.
pub(in crate::grpc) fn delete(message: &proto::DeleteTaskRequest, violations: &mut Violations) -> Option<Target> {
    let once = once(message, &message.request_id, violations);
    Some(Target { id: task_id(&message.id, violations)?, etag: message.etag.clone(), once: once? })
}

/// A parsed UndeleteTaskRequest.
pub(in crate::grpc) fn undelete(message: &proto::UndeleteTaskRequest, violations: &mut Violations) -> Option<Target> {
    let once = once(message, &message.request_id, violations);
    Some(Target { id: task_id(&message.id, violations)?, etag: String::new(), once: once? })
}
