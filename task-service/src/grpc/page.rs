//! Pages that fit into a message.

use prost::Message;

use crate::domain::Page;

/// Most bytes of a page's messages together; the token needs the rest of the answer.
const MAX_PAGE: usize = super::MAX_MESSAGE - 16 * 1024;
/// What a message costs beside its own bytes: tag and length (Protocol Buffers, Encoding).
const FRAME: usize = 6;

/// The messages of a page and the token of the next one, empty on the last. There are as many messages as fit into one
/// answer, and at least one: a page may hold fewer than were asked for (AIP-158). `seal` makes the page token behind an
/// item.
pub(super) fn answer<T, M: Message>(
    found: &Page<T>,
    render: impl Fn(&T) -> M,
    seal: impl FnOnce(&T) -> String,
) -> (Vec<M>, String) {
    let mut size = 0;
    let mut messages = Vec::with_capacity(found.items.len());
    for item in &found.items {
        let message = render(item);
        size += message.encoded_len() + FRAME;
        if size > MAX_PAGE && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    let shown = &found.items[..messages.len()];
    let more = found.more || shown.len() < found.items.len();
    let next_page_token = shown.last().filter(|_| more).map(seal).unwrap_or_default();
    (messages, next_page_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(size: usize) -> prost_types::Any {
        prost_types::Any { value: vec![1; size], ..Default::default() }
    }

    fn sizes(sizes: &[usize], more: bool) -> (usize, String) {
        let found = Page { items: sizes.to_vec(), more };
        let (messages, token) = answer(&found, |size| any(*size), ToString::to_string);
        (messages.len(), token)
    }

    #[test]
    fn a_page_ends_where_it_would_no_longer_fit() {
        assert_eq!(sizes(&[], false), (0, String::new()));
        assert_eq!(sizes(&[1, 2], false), (2, String::new()));
        assert_eq!(sizes(&[1, 2], true), (2, "2".into()));
        assert_eq!(sizes(&[700_000, 300_001, 300_002], false), (2, "300001".into()));
        assert_eq!(sizes(&[2_000_000, 1], false), (1, "2000000".into()));
    }

    #[test]
    fn what_fits_into_a_page_fits_into_a_message() {
        let found = Page { items: vec![(); 300], more: false };
        let (messages, _) = answer(&found, |()| any(40_000), |()| String::new());
        let size: usize = messages.iter().map(|message| message.encoded_len() + FRAME).sum();
        assert!(size + 4096 < super::super::MAX_MESSAGE);
    }
}
