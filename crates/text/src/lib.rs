//! Rules for texts that people give to things: names, titles. Knows no field and no length.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The blank of Braille: a symbol by its category, and drawn as nothing.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether at least one character of `text` shows something where it stands alone.
///
/// Controls, format characters, spaces and combining marks do not (Unicode Standard, 4.5), nor what is drawn as nothing
/// (5.21, Default_Ignorable_Code_Point: the Hangul fillers, for example). Characters that Unicode has not assigned yet
/// do: the reader's system may be newer.
pub fn is_visible(text: &str) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let categories = CodePointMapData::<GeneralCategory>::new();
    text.chars().any(|letter| {
        let shows_nothing = matches!(
            categories.get(letter),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::SpaceSeparator
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::NonspacingMark
                | GeneralCategory::EnclosingMark
        );
        !shows_nothing && !ignorable.contains(letter) && letter != BRAILLE_BLANK
    })
}

/// Whether `text` has an embedding, override or isolate of the bidirectional algorithm (UAX 9, 2): with one, a name can
/// pass for another, and turns what is shown behind it. The plain marks LRM, RLM and ALM do not.
pub fn overrides_direction(text: &str) -> bool {
    text.contains(|letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_signs_and_pictures_are_visible() {
        for text in ["a", "李", "עברית", "👩‍👩‍👧", "-", "!", "\u{200b}a\u{202e}", "\u{93e}", "\u{e000}", "\u{378}"]
        {
            assert!(is_visible(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_drawn_as_nothing_is_not() {
        for text in [
            "",
            " \u{3000}\n",
            "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}", // zero-width space and joiners
            "\u{202e}\u{2066}\u{2069}",                 // bidirectional override and isolates
            "\u{ad}",                                   // soft hyphen
            "\u{115f}\u{1160}\u{3164}\u{ffa0}",         // Hangul fillers
            "\u{2800} \u{2800}",                        // blank of Braille
            "\u{fe0f}",                                 // variation selector
            "\u{e0041}\u{e007f}",                       // tags
            "\u{34f}",                                  // grapheme joiner
            "\u{301}",                                  // combining accent
            "\u{fff9}\u{fffa}\u{fffb}",                 // interlinear annotation
        ] {
            assert!(!is_visible(text), "{text:?}");
        }
    }

    #[test]
    fn each_embedding_override_and_isolate_is_found_and_no_mark() {
        for letter in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert!(overrides_direction(&format!("a{letter}b")), "{letter:?}");
        }
        for text in ["abc", "עברית", "a\u{200e}b\u{200f}c\u{61c}"] {
            assert!(!overrides_direction(text), "{text:?}");
        }
    }
}
