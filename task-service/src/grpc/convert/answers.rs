//! Tasks and lists as messages.

use docket_proto::task::v1 as proto;
use docket_rpc::timestamp;

use crate::domain::{Due, State, Task, TaskList, Zone};

/// A task, as one whose day ends in `zone` sees it.
pub(in crate::grpc) fn task(task: &Task, zone: &Zone) -> proto::Task {
    proto::Task {
        id: task.id.to_string(),
        title: task.title.as_str().to_owned(),
        description: task.description.as_str().to_owned(),
        state: match task.state() {
            State::Open => proto::task::State::Open,
            State::Completed => proto::task::State::Completed,
        }
        .into(),
        priority: task.priority.number().into(),
        task_list_id: task.task_list_id.to_string(),
        due: task.due.as_ref().map(|due| self::due(due, zone)),
        etag: task.etag.to_string(),
        create_time: Some(timestamp(task.create_time)),
        update_time: Some(timestamp(task.update_time)),
        complete_time: task.complete_time.map(timestamp),
        delete_time: task.trash.map(|trash| timestamp(trash.delete_time)),
        purge_time: task.trash.map(|trash| timestamp(trash.purge_time)),
        ..proto::Task::default()
    }
}

fn due(due: &Due, zone: &Zone) -> proto::Due {
    proto::Due {
        local: due.local(),
        time_zone: due.zone().map_or("", Zone::name).to_owned(),
        overdue_time: Some(timestamp(due.overdue_time(zone))),
    }
}

/// A list.
pub(in crate::grpc) fn task_list(list: &TaskList) -> proto::TaskList {
    proto::TaskList {
        id: list.id.to_string(),
        title: list.title.as_str().to_owned(),
        color: list.color.as_str().to_owned(),
        inbox: list.inbox,
        position: list.position.as_str().to_owned(),
        etag: list.etag.to_string(),
        create_time: Some(timestamp(list.create_time)),
        update_time: Some(timestamp(list.update_time)),
        delete_time: list.delete_time.map(timestamp),
    }
}
