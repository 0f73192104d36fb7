//! Page tokens: where a page ended, sealed.
//!
//! A token gives no right: the owner of a read comes from the access token alone. The seal keeps clients from building
//! on what is in it, and from going on in another order, filter or account, where the place would mean nothing.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_identity::UserId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::{Order, TaskCursor, TaskListCursor, TaskListQuery, TaskQuery};

/// Half of an HMAC-SHA256: 128 bits can't be guessed (RFC 2104, 5).
const SEAL_LENGTH: usize = 16;

/// The pages that a token belongs to: all that has to stay the same from page to page.
pub(crate) trait Pages: Serialize {
    /// A place on them.
    type Cursor: Serialize + DeserializeOwned;
    /// Distinguishes these pages from all others.
    const KIND: &'static str;

    /// Whether the place is one on these pages.
    fn have(&self, cursor: &Self::Cursor) -> bool;
}

/// Pages of ListTasks.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TaskPages<'a> {
    /// As the client wrote it: another spelling is another filter.
    pub(crate) filter: &'a str,
    /// The parsed order.
    pub(crate) order: Order,
    /// Whether the trash is shown.
    pub(crate) show_deleted: bool,
}

impl<'a> From<&'a TaskQuery> for TaskPages<'a> {
    fn from(query: &'a TaskQuery) -> Self {
        Self { filter: query.filter.source(), order: query.order, show_deleted: query.show_deleted }
    }
}

impl Pages for TaskPages<'_> {
    type Cursor = TaskCursor;
    const KIND: &'static str = "tasks";

    fn have(&self, cursor: &TaskCursor) -> bool {
        cursor.is_in(self.order)
    }
}

/// Pages of ListTaskLists.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct TaskListPages {
    /// Whether the trash is shown.
    pub(crate) show_deleted: bool,
}

impl From<&TaskListQuery> for TaskListPages {
    fn from(query: &TaskListQuery) -> Self {
        Self { show_deleted: query.show_deleted }
    }
}

impl Pages for TaskListPages {
    type Cursor = TaskListCursor;
    const KIND: &'static str = "task_lists";

    fn have(&self, _: &TaskListCursor) -> bool {
        true
    }
}

/// The token was not made by this service, for this caller and this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_page_token of the same request")]
pub(crate) struct BadPageToken;

/// Makes and opens page tokens. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct PageTokens(hmac::Key);

impl PageTokens {
    /// Tokens sealed with `secret`, 32 random bytes that all replicas share.
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The token that leads on behind `cursor`.
    pub(crate) fn seal<P: Pages>(&self, owner: UserId, pages: &P, cursor: &P::Cursor) -> String {
        let mut token = serde_json::to_vec(cursor).expect("texts and times are JSON");
        let seal = self.seal_over(owner, pages, &token);
        token.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Where the page before ended.
    ///
    /// # Errors
    /// A token that [`seal`](Self::seal) did not make for the same `owner` and `pages`, or that holds no place on them.
    pub(crate) fn open<P: Pages>(&self, owner: UserId, pages: &P, token: &str) -> Result<P::Cursor, BadPageToken> {
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadPageToken)?;
        let (content, seal) = token.split_last_chunk::<SEAL_LENGTH>().ok_or(BadPageToken)?;
        verify_slices_are_equal(&self.seal_over(owner, pages, content), seal).map_err(|_| BadPageToken)?;
        serde_json::from_slice(content).ok().filter(|cursor| pages.have(cursor)).ok_or(BadPageToken)
    }

    fn seal_over<P: Pages>(&self, owner: UserId, pages: &P, content: &[u8]) -> [u8; SEAL_LENGTH] {
        let good_for = serde_json::to_vec(&(owner, P::KIND, pages)).expect("texts and numbers are JSON");
        let mut mac = hmac::Context::with_key(&self.0);
        // Neither part is a beginning of another of its kind, since JSON arrays and objects show their end.
        mac.update(&good_for);
        mac.update(content);
        *mac.sign().as_ref().first_chunk().expect("SHA-256 gives 32 bytes")
    }
}

impl fmt::Debug for PageTokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PageTokens")
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::TaskKey;

    const OWNER: Uuid = Uuid::from_u128(1);

    fn by<'a>(filter: &'a str, order: &str, show_deleted: bool) -> TaskPages<'a> {
        TaskPages { filter, order: Order::parse(order).unwrap(), show_deleted }
    }

    fn place(key: TaskKey) -> TaskCursor {
        TaskCursor { key, id: Uuid::from_u128(3) }
    }

    fn cursor(title: &str) -> TaskCursor {
        place(TaskKey::Title(title.to_owned()))
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        let tokens = PageTokens::new(&[1; 32]);
        for (key, order) in [
            (TaskKey::CreateTime(DateTime::from_timestamp_micros(1_764_000_000_123_456).unwrap()), "create_time"),
            (TaskKey::Due(None), "due"),
            (TaskKey::Due(Some("2026-12-24".into())), "due desc"),
            (TaskKey::Title("\u{1f600}\"".into()), "title"),
        ] {
            let (pages, place) = (by("", order, false), place(key));
            let token = tokens.seal(OWNER.into(), &pages, &place);
            assert_eq!(tokens.open(OWNER.into(), &pages, &token), Ok(place));
        }
        let (pages, place) = (TaskListPages { show_deleted: true }, TaskListCursor { position: "a0".into() });
        let token = tokens.seal(OWNER.into(), &pages, &place);
        assert_eq!(tokens.open(OWNER.into(), &pages, &token), Ok(place));
    }

    #[test]
    fn a_place_in_another_order_is_no_place_on_these_pages() {
        let tokens = PageTokens::new(&[1; 32]);
        let pages = by("", "due", false);
        let token = tokens.seal(OWNER.into(), &pages, &cursor("a"));
        assert_eq!(tokens.open(OWNER.into(), &pages, &token), Err(BadPageToken));
    }

    #[test]
    fn a_token_is_good_for_its_account_filter_and_order_only() {
        let tokens = PageTokens::new(&[1; 32]);
        let pages = by("state = OPEN", "title", false);
        let token = tokens.seal(OWNER.into(), &pages, &cursor("a"));
        assert!(tokens.open(OWNER.into(), &pages, &token).is_ok());

        let other = PageTokens::new(&[2; 32]);
        assert_eq!(other.open(OWNER.into(), &pages, &token), Err(BadPageToken), "another secret");
        let stranger = Uuid::from_u128(2).into();
        assert_eq!(tokens.open(stranger, &pages, &token), Err(BadPageToken), "another account");
        for pages in [
            by("state = COMPLETED", "title", false),
            by("state = OPEN", "title desc", false),
            by("state = OPEN", "due", false),
            by("state = OPEN", "title", true),
        ] {
            assert_eq!(tokens.open(OWNER.into(), &pages, &token), Err(BadPageToken));
        }
        let lists = TaskListPages { show_deleted: false };
        assert_eq!(tokens.open(OWNER.into(), &lists, &token), Err(BadPageToken), "pages of lists");
    }

    proptest! {
        #[test]
        fn a_token_with_one_bit_changed_is_refused(title in ".{0,40}", bit in any::<prop::sample::Index>()) {
            let tokens = PageTokens::new(&[1; 32]);
            let token = tokens.seal(OWNER.into(), &by("", "title", false), &cursor(&title));
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert_eq!(tokens.open(OWNER.into(), &by("", "title", false), &changed), Err(BadPageToken));
        }

        #[test]
        fn any_text_is_no_token(text in "\\PC{0,80}") {
            let tokens = PageTokens::new(&[1; 32]);
            prop_assert_eq!(tokens.open(OWNER.into(), &by("", "", false), &text), Err(BadPageToken));
        }
    }
}
