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

use super::{Cursor, Order};

/// Half of an HMAC-SHA256 is as good as no guess at all (RFC 2104, 5).
const SEAL_LENGTH: usize = 16;

/// What a token is good for: all that has to be the same from page to page.
#[derive(Serialize)]
pub enum PageOf<'a> {
    /// ListTasks.
    Tasks {
        /// As it came: another way to say the same is another filter.
        filter: &'a str,
        /// As it was understood.
        order: Order,
        /// Whether the trash is shown.
        show_deleted: bool,
    },
    /// ListTaskLists.
    TaskLists {
        /// Whether the trash is shown.
        show_deleted: bool,
    },
}

/// The token was not made by this service, for this caller and this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_page_token of the same request")]
pub struct BadPageToken;

/// Makes and opens page tokens. Cloning is cheap.
#[derive(Clone)]
pub struct PageTokens(hmac::Key);

impl PageTokens {
    /// Tokens sealed with `secret`, 32 random bytes that all replicas share.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The token that leads on behind `cursor`.
    pub fn seal(&self, owner: UserId, page_of: &PageOf<'_>, cursor: &Cursor) -> String {
        let mut token = serde_json::to_vec(cursor).expect("texts and times are JSON");
        let seal = self.seal_over(owner, page_of, &token);
        token.extend_from_slice(&seal);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Where the page before ended.
    ///
    /// # Errors
    /// A token that [`seal`](Self::seal) did not make for the same `owner` and `page_of`.
    pub fn open(&self, owner: UserId, page_of: &PageOf<'_>, token: &str) -> Result<Cursor, BadPageToken> {
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadPageToken)?;
        let (content, seal) = token.split_last_chunk::<SEAL_LENGTH>().ok_or(BadPageToken)?;
        verify_slices_are_equal(&self.seal_over(owner, page_of, content), seal).map_err(|_| BadPageToken)?;
        serde_json::from_slice(content).map_err(|_| BadPageToken)
    }

    fn seal_over(&self, owner: UserId, page_of: &PageOf<'_>, content: &[u8]) -> [u8; SEAL_LENGTH] {
        let good_for = serde_json::to_vec(&(owner, page_of)).expect("texts and numbers are JSON");
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

    use super::super::CursorKey;
    use super::*;

    const OWNER: Uuid = Uuid::from_u128(1);

    fn by<'a>(filter: &'a str, order: &str, show_deleted: bool) -> PageOf<'a> {
        PageOf::Tasks { filter, order: Order::parse(order).unwrap(), show_deleted }
    }

    fn cursor(title: &str) -> Cursor {
        Cursor { key: CursorKey::Title(title.to_owned()), id: Uuid::from_u128(3) }
    }

    #[test]
    fn a_token_leads_back_to_its_place() {
        let tokens = PageTokens::new(&[1; 32]);
        for key in [
            CursorKey::CreateTime(DateTime::from_timestamp_micros(1_764_000_000_123_456).unwrap()),
            CursorKey::Due(None),
            CursorKey::Due(Some("2026-12-24".into())),
            CursorKey::Title("\u{1f600}\"".into()),
            CursorKey::Position("a0".into()),
        ] {
            let cursor = Cursor { key, id: Uuid::from_u128(3) };
            let token = tokens.seal(OWNER.into(), &by("", "", false), &cursor);
            assert_eq!(tokens.open(OWNER.into(), &by("", "", false), &token), Ok(cursor));
        }
    }

    #[test]
    fn a_token_is_good_for_its_account_filter_and_order_only() {
        let tokens = PageTokens::new(&[1; 32]);
        let page_of = by("state = OPEN", "title", false);
        let token = tokens.seal(OWNER.into(), &page_of, &cursor("a"));
        assert!(tokens.open(OWNER.into(), &page_of, &token).is_ok());

        let other = PageTokens::new(&[2; 32]);
        assert_eq!(other.open(OWNER.into(), &page_of, &token), Err(BadPageToken), "another secret");
        let stranger = Uuid::from_u128(2).into();
        assert_eq!(tokens.open(stranger, &page_of, &token), Err(BadPageToken), "another account");
        for page_of in [
            by("state = COMPLETED", "title", false),
            by("state = OPEN", "title desc", false),
            by("state = OPEN", "due", false),
            by("state = OPEN", "title", true),
            PageOf::TaskLists { show_deleted: false },
        ] {
            assert_eq!(tokens.open(OWNER.into(), &page_of, &token), Err(BadPageToken));
        }
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
