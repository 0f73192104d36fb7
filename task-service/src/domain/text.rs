//! The texts that people write.

use docket_text::is_visible;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing is left after trimming, or more than the field holds.
    #[error("must have 1 to {max} characters after trimming")]
    Length {
        /// How many Unicode code points the field holds.
        max: usize,
    },
    /// It is longer than the field holds.
    #[error("must have at most {max} characters")]
    TooLong {
        /// How many Unicode code points the field holds.
        max: usize,
    },
    /// It holds a control character (Unicode category Cc) that the field does not take.
    #[error("must not contain control characters")]
    Control,
    /// Nothing of it can be seen.
    #[error("must show at least one visible character")]
    Invisible,
}

/// What a task is about: trimmed, in NFC, 1 to 200 code points, without control characters, and with something to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    const MAX: usize = 200;

    /// Trims and normalises `text`.
    ///
    /// # Errors
    /// See [`BadText`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        seen(one_line(text, Self::MAX)?).map(Self)
    }

    /// Reads a stored title. Those of the first release may show nothing.
    ///
    /// # Errors
    /// See [`BadText`].
    pub fn stored(text: &str) -> Result<Self, BadText> {
        one_line(text, Self::MAX).map(Self)
    }

    /// The title as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What titles are ordered by, bytewise: without regard to case. It is stored, so a newer Unicode moves no title
    /// that is there already.
    pub fn sort_key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// What a list is called: as [`Title`], 1 to 100 code points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListTitle(String);

impl ListTitle {
    const MAX: usize = 100;

    /// Trims and normalises `text`.
    ///
    /// # Errors
    /// See [`BadText`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        seen(one_line(text, Self::MAX)?).map(Self)
    }

    /// Reads a stored title. Those of the first release may show nothing.
    ///
    /// # Errors
    /// See [`BadText`].
    pub fn stored(text: &str) -> Result<Self, BadText> {
        one_line(text, Self::MAX).map(Self)
    }

    /// The title as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// More about a task, in Markdown: exactly as it came, at most 10 000 code points, with no control characters but line
/// breaks and tabs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    const MAX: usize = 10_000;

    /// Takes `text` as it is.
    ///
    /// # Errors
    /// See [`BadText`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
            return Err(BadText::Control);
        }
        if text.chars().count() > Self::MAX {
            return Err(BadText::TooLong { max: Self::MAX });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn one_line(text: &str, max: usize) -> Result<String, BadText> {
    let text = text.trim();
    // Stored texts are in NFC already, and so are most others. Checking that is cheaper than normalising again.
    let is_composed = is_nfc_quick(text.chars()) == IsNormalized::Yes;
    let text = if is_composed { text.to_owned() } else { text.nfc().collect() };
    if text.chars().any(char::is_control) {
        return Err(BadText::Control);
    }
    if !(1..=max).contains(&text.chars().count()) {
        return Err(BadText::Length { max });
    }
    Ok(text)
}

/// `text`, where there is something to see.
fn seen(text: String) -> Result<String, BadText> {
    if is_visible(&text) { Ok(text) } else { Err(BadText::Invisible) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_is_trimmed_and_composed() {
        assert_eq!(Title::parse(" \u{3000}Cafe\u{301}\n").unwrap().as_str(), "Caf\u{e9}");
    }

    #[test]
    fn a_title_has_1_to_200_code_points() {
        assert!(Title::parse(&"\u{1f600}".repeat(200)).is_ok());
        assert_eq!(Title::parse(&"a".repeat(201)), Err(BadText::Length { max: 200 }));
        assert_eq!(Title::parse(" \t "), Err(BadText::Length { max: 200 }));
    }

    #[test]
    fn lengths_count_after_normalising() {
        assert!(Title::parse(&"e\u{301}".repeat(200)).is_ok());
    }

    #[test]
    fn a_list_title_has_at_most_100_code_points() {
        assert!(ListTitle::parse(&"a".repeat(100)).is_ok());
        assert!(ListTitle::parse(&"a".repeat(101)).is_err());
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\0b", "a\nb", "a\u{85}b", "a\u{7f}b"] {
            assert_eq!(Title::parse(text), Err(BadText::Control), "{text:?}");
        }
        for text in ["a\0b", "a\u{b}b", "a\u{1b}b"] {
            assert_eq!(Description::parse(text), Err(BadText::Control), "{text:?}");
        }
    }

    #[test]
    fn a_title_shows_something() {
        for text in [
            "\u{200b}",                 // zero-width space
            "\u{200d}\u{2060}\u{feff}", // joiners
            "\u{202e}\u{2066}\u{2069}", // bidirectional override and isolates
            "\u{ad}",                   // soft hyphen
            "\u{3164}\u{115f}",         // Hangul fillers
            "\u{2800} \u{2800}",        // blank Braille patterns
            "\u{fe0f}",                 // variation selector
            "\u{e0041}\u{e007f}",       // tags
            "\u{34f}",                  // grapheme joiner
        ] {
            assert_eq!(Title::parse(text), Err(BadText::Invisible), "{text:?}");
            assert_eq!(ListTitle::parse(text), Err(BadText::Invisible), "{text:?}");
            assert!(Title::stored(text).is_ok() && ListTitle::stored(text).is_ok(), "from the first release: {text:?}");
        }
        for text in ["a", "\u{200b}a\u{202e}", "!", "\u{1f468}\u{200d}\u{1f469}", "\u{5d0}", "\u{93e}", "\u{e000}"] {
            assert!(Title::parse(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_description_is_kept_exactly() {
        let text = "  e\u{301}\r\n\t* one \n\n";
        assert_eq!(Description::parse(text).unwrap().as_str(), text);
        assert!(Description::parse(&"\u{e9}".repeat(10_000)).is_ok());
        assert_eq!(Description::parse(&"a".repeat(10_001)), Err(BadText::TooLong { max: 10_000 }));
    }

    #[test]
    fn titles_are_ordered_without_regard_to_case() {
        let key = |text| Title::parse(text).unwrap().sort_key();
        assert_eq!(key("\u{c4}PFEL"), key("\u{e4}pfel"));
        assert!(key("apple") < key("Banana"));
    }

    proptest! {
        #[test]
        fn a_title_that_was_parsed_parses_to_itself(text in ".{0,210}") {
            if let Ok(title) = Title::parse(&text) {
                prop_assert_eq!(title.as_str(), text.trim().nfc().collect::<String>());
                prop_assert_eq!(Title::parse(title.as_str()).unwrap(), title);
            }
        }
    }
}
