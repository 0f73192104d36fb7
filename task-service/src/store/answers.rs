//! The form in which answers are kept for repeated requests.
//!
//! It is a format of its own: an answer of yesterday's release has to be given by today's, and the other way round while
//! replicas of both run. So fields are only added, each with a default, and unknown ones are passed over. The forms of
//! all releases lie in `tests/answers`.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use docket_storage::CorruptValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::task_row::{due, trash};
use crate::domain::{Color, Description, Due, Etag, ListTitle, Position, Priority, Task, TaskList, Title};

/// The number that new answers carry. It rises where programs before would misread them.
const FORM: u8 = 2;
/// A description of more bytes is kept apart, so that answers can share it.
const LONG: usize = 1024;

/// An answer of a write, which can be stored.
pub trait Answer: Sized + Send {
    /// The stored form.
    fn encode(&self) -> Encoded;

    /// Reads what any release kept, with the text that was kept apart.
    ///
    /// # Errors
    /// Where no release kept such a thing.
    fn decode(json: &str, long_text: Option<String>) -> Result<Self, CorruptValue>;
}

/// The stored form of an answer.
#[derive(Debug)]
pub struct Encoded {
    pub(super) json: String,
    pub(super) long_text: Option<LongText>,
}

/// A text that is kept apart.
#[derive(Debug)]
pub(super) struct LongText {
    /// SHA-256.
    pub(super) digest: [u8; 32],
    pub(super) text: String,
}

impl Encoded {
    fn new(answer: &impl Serialize, long_text: Option<&str>) -> Self {
        let json = serde_json::to_string(answer).expect("answers are texts, numbers and times");
        let long_text = long_text.map(|text| LongText {
            digest: digest(&SHA256, text.as_bytes()).as_ref().try_into().expect("SHA-256 gives 32 bytes"),
            text: text.to_owned(),
        });
        Self { json, long_text }
    }

    /// In bytes, with the text that is kept apart.
    pub(super) fn size(&self) -> usize {
        self.json.len() + self.long_text.as_ref().map_or(0, |long| long.text.len())
    }
}

/// A task as an answer. The first release had no form number, and the description always in place.
#[derive(Serialize, Deserialize)]
struct KeptTask {
    #[serde(default)]
    form: u8,
    id: Uuid,
    task_list_id: Uuid,
    title: String,
    /// Absent where it is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default)]
    priority: i16,
    #[serde(default)]
    due_local: Option<String>,
    #[serde(default)]
    due_zone: Option<String>,
    change: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    #[serde(default)]
    complete_time: Option<DateTime<Utc>>,
    #[serde(default)]
    delete_time: Option<DateTime<Utc>>,
    #[serde(default)]
    purge_time: Option<DateTime<Utc>>,
    #[serde(default)]
    delete_id: Option<Uuid>,
}

/// A list as an answer. The first release had no form number.
#[derive(Serialize, Deserialize)]
struct KeptTaskList {
    #[serde(default)]
    form: u8,
    id: Uuid,
    title: String,
    #[serde(default)]
    color: String,
    #[serde(default)]
    inbox: bool,
    position: String,
    change: i64,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    #[serde(default)]
    delete_time: Option<DateTime<Utc>>,
}

/// The error of an answer that can't be read.
fn corrupt<E: Into<Box<dyn std::error::Error + Send + Sync>>>(error: E) -> CorruptValue {
    CorruptValue::at("request_log", "answer")(error)
}

fn known(form: u8) -> Result<(), CorruptValue> {
    if form <= FORM { Ok(()) } else { Err(corrupt("a form of a later release")) }
}

impl Answer for Task {
    fn encode(&self) -> Encoded {
        let description = self.description.as_str();
        let long = description.len() > LONG;
        let kept = KeptTask {
            form: FORM,
            id: self.id.as_uuid(),
            task_list_id: self.task_list_id.as_uuid(),
            title: self.title.as_str().to_owned(),
            description: (!long).then(|| description.to_owned()),
            priority: self.priority.number(),
            due_local: self.due.as_ref().map(Due::local),
            due_zone: self.due.as_ref().and_then(Due::zone).map(|zone| zone.name().to_owned()),
            change: self.etag.change(),
            create_time: self.create_time,
            update_time: self.update_time,
            complete_time: self.complete_time,
            delete_time: self.trash.map(|trash| trash.delete_time),
            purge_time: self.trash.map(|trash| trash.purge_time),
            delete_id: self.trash.map(|trash| trash.delete_id),
        };
        Encoded::new(&kept, long.then_some(description))
    }

    fn decode(json: &str, long_text: Option<String>) -> Result<Self, CorruptValue> {
        let kept: KeptTask = serde_json::from_str(json).map_err(corrupt)?;
        known(kept.form)?;
        let description = kept.description.or(long_text).ok_or_else(|| corrupt("its description is missing"))?;
        Ok(Self {
            id: kept.id.into(),
            task_list_id: kept.task_list_id.into(),
            title: Title::stored(&kept.title).map_err(corrupt)?,
            description: Description::parse(&description).map_err(corrupt)?,
            priority: Priority::try_from(i32::from(kept.priority)).map_err(corrupt)?,
            due: due(kept.due_local.as_deref(), kept.due_zone.as_deref()).map_err(corrupt)?,
            etag: Etag::new(kept.change),
            create_time: kept.create_time,
            update_time: kept.update_time,
            complete_time: kept.complete_time,
            trash: trash(kept.delete_time, kept.purge_time, kept.delete_id).map_err(corrupt)?,
        })
    }
}

impl Answer for TaskList {
    fn encode(&self) -> Encoded {
        let kept = KeptTaskList {
            form: FORM,
            id: self.id.as_uuid(),
            title: self.title.as_str().to_owned(),
            color: self.color.as_str().to_owned(),
            inbox: self.inbox,
            position: self.position.as_str().to_owned(),
            change: self.etag.change(),
            create_time: self.create_time,
            update_time: self.update_time,
            delete_time: self.delete_time,
        };
        Encoded::new(&kept, None)
    }

    fn decode(json: &str, _: Option<String>) -> Result<Self, CorruptValue> {
        let kept: KeptTaskList = serde_json::from_str(json).map_err(corrupt)?;
        known(kept.form)?;
        Ok(Self {
            id: kept.id.into(),
            title: ListTitle::stored(&kept.title).map_err(corrupt)?,
            color: Color::parse(&kept.color).map_err(corrupt)?,
            inbox: kept.inbox,
            position: Position::parse(&kept.position).map_err(corrupt)?,
            etag: Etag::new(kept.change),
            create_time: kept.create_time,
            update_time: kept.update_time,
            delete_time: kept.delete_time,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Trash;

    const TASKS: [&str; 2] =
        [include_str!("../../tests/answers/1/task.json"), include_str!("../../tests/answers/2/task.json")];
    const LISTS: [&str; 2] =
        [include_str!("../../tests/answers/1/task_list.json"), include_str!("../../tests/answers/2/task_list.json")];

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn task() -> Task {
        Task {
            id: Uuid::from_u128(0x0193_a1b2_c3d4_7e5f_8a9b_0c1d_2e3f_4a5b).into(),
            task_list_id: Uuid::from_u128(0x0193_a1b2_0000_7000_8000_0000_0000_0001).into(),
            title: Title::parse("Water the plants").unwrap(),
            description: Description::parse("the *tall* one first").unwrap(),
            priority: Priority::High,
            due: Some(Due::parse("2026-12-24T18:30", "Europe/Berlin").unwrap()),
            etag: Etag::new(7),
            create_time: time("2026-11-24T08:00:00.000001Z"),
            update_time: time("2026-11-25T08:00:00.5Z"),
            complete_time: Some(time("2026-11-25T08:00:00.5Z")),
            trash: Some(Trash {
                delete_time: time("2026-11-25T09:00:00Z"),
                purge_time: time("2026-12-25T09:00:00Z"),
                delete_id: Uuid::from_u128(5),
            }),
        }
    }

    fn list() -> TaskList {
        TaskList {
            id: Uuid::from_u128(0x0193_a1b2_0000_7000_8000_0000_0000_0001).into(),
            title: ListTitle::parse("Garden").unwrap(),
            color: Color::parse("#2f6b3a").unwrap(),
            inbox: false,
            position: Position::parse("a1").unwrap(),
            etag: Etag::new(3),
            create_time: time("2026-11-24T08:00:00.000001Z"),
            update_time: time("2026-11-24T08:00:00.000001Z"),
            delete_time: None,
        }
    }

    #[test]
    fn what_any_release_kept_is_read() {
        for kept in TASKS {
            assert_eq!(Task::decode(kept, None).unwrap(), task(), "{kept}");
        }
        for kept in LISTS {
            assert_eq!(TaskList::decode(kept, None).unwrap(), list(), "{kept}");
        }
    }

    #[test]
    fn what_this_release_keeps_is_on_record() {
        assert_eq!(task().encode().json, TASKS[1].trim_end());
        assert_eq!(list().encode().json, LISTS[1].trim_end());
    }

    #[test]
    fn what_a_later_release_adds_is_passed_over_and_what_it_changes_is_refused() {
        let added = TASKS[1].replacen('{', r#"{"labels":["home"],"#, 1);
        assert_eq!(Task::decode(&added, None).unwrap(), task());
        let changed = TASKS[1].replacen(r#""form":2"#, r#""form":3"#, 1);
        assert!(Task::decode(&changed, None).is_err());
    }

    #[test]
    fn a_long_description_is_kept_apart() {
        let text = "\u{e9}".repeat(10_000);
        let long = Task { description: Description::parse(&text).unwrap(), ..task() };
        let Encoded { json, long_text } = long.encode();
        assert!(json.len() < 600, "{json}");
        let apart = long_text.unwrap();
        assert_eq!(apart.text, text);
        assert_eq!(Task::decode(&json, Some(apart.text)).unwrap(), long);
        assert!(Task::decode(&json, None).is_err());
        assert!(task().encode().long_text.is_none());
    }
}
