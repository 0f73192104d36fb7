//! Pages that fit into a message.

use prost::Message;

/// What the messages of a page may take together: room is left for the token.
const MAX_PAGE: usize = super::MAX_MESSAGE - 16 * 1024;
/// What a message costs beside its own bytes: tag and length (Protocol Buffers, Encoding).
const FRAME: usize = 6;

/// The messages of a page, and the last thing in it where others follow.
pub(super) struct Page<'a, T, M> {
    pub(super) messages: Vec<M>,
    pub(super) last_of_more: Option<&'a T>,
}

/// As many of `found` as fit into one answer, and at least one: a page may hold fewer than were asked for (AIP-158).
/// `more` says whether there are others behind all that was found.
pub(super) fn fitting<T, M: Message>(found: &[T], more: bool, render: impl Fn(&T) -> M) -> Page<'_, T, M> {
    let mut size = 0;
    let mut messages = Vec::with_capacity(found.len());
    for thing in found {
        let message = render(thing);
        size += message.encoded_len() + FRAME;
        if size > MAX_PAGE && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    let more = more || messages.len() < found.len();
    let last_of_more = if more { found[..messages.len()].last() } else { None };
    Page { messages, last_of_more }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(sizes: &[usize], more: bool) -> (usize, Option<usize>) {
        let page = fitting(sizes, more, |size| prost_types::Any { value: vec![1; *size], ..Default::default() });
        (page.messages.len(), page.last_of_more.copied())
    }

    #[test]
    fn a_page_ends_where_it_would_no_longer_fit() {
        assert_eq!(sizes(&[], false), (0, None));
        assert_eq!(sizes(&[1, 2], false), (2, None));
        assert_eq!(sizes(&[1, 2], true), (2, Some(2)));
        assert_eq!(sizes(&[700_000, 300_001, 300_002], false), (2, Some(300_001)));
        assert_eq!(sizes(&[2_000_000, 1], false), (1, Some(2_000_000)));
    }

    #[test]
    fn what_fits_into_a_page_fits_into_a_message() {
        let page = fitting(&[(); 300], false, |()| prost_types::Any { value: vec![1; 40_000], ..Default::default() });
        let size: usize = page.messages.iter().map(|message| message.encoded_len() + FRAME).sum();
        assert!(size + 4096 < super::super::MAX_MESSAGE);
    }
}
