//! Requests about lists.

use docket_identity::UserId;
use docket_proto::task::v1 as proto;
use docket_rpc::Violations;

use super::{given, once, optional, page_size};
use crate::domain::{Color, ListTitle, NewTaskList, Once, TaskListId, TaskListQuery};
use crate::page_tokens::{PageTokens, TaskListPages};

/// A list to add.
pub(in crate::grpc) fn create(
    message: &proto::CreateTaskListRequest,
    violations: &mut Violations,
) -> Option<(NewTaskList, Option<Once>)> {
    let once = once(message, &message.request_id, violations);
    let Some(list) = &message.task_list else {
        violations.add("task_list", "is required");
        return None;
    };
    let id = optional("task_list.id", given(&list.id).map(TaskListId::parse_chosen), violations);
    let title = violations.check("task_list.title", ListTitle::parse(&list.title));
    let color = violations.check("task_list.color", Color::parse(&list.color));
    if !list.position.is_empty() {
        violations.add("task_list.position", "is not available in this release");
    }
    Some((NewTaskList { id: id?, title: title?, color: color? }, once?))
}

/// A parsed ListTaskListsRequest.
pub(in crate::grpc) fn list(
    message: &proto::ListTaskListsRequest,
    owner: UserId,
    tokens: &PageTokens,
    violations: &mut Violations,
) -> Option<TaskListQuery> {
    let page_size = page_size(message.page_size, violations);
    let pages = TaskListPages { show_deleted: message.show_deleted };
    let after = given(&message.page_token).map(|token| tokens.open(owner, &pages, token));
    let after = optional("page_token", after, violations);
    Some(TaskListQuery { show_deleted: message.show_deleted, after: after?, page_size: page_size? })
}
