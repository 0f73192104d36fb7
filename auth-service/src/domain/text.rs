//! What names must not be made of: characters that show nothing, and those that show the text in another order.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether at least one character of `text` can be seen: not white space, not a control, not drawn as nothing (Unicode's
/// Default_Ignorable_Code_Point, the braille blank, the marks of interlinear annotations).
pub(super) fn is_visible(text: &str) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().any(|letter| {
        !letter.is_whitespace()
            && !letter.is_control()
            && !ignorable.contains(letter)
            && !matches!(letter, '\u{2800}' | '\u{fff9}'..='\u{fffb}')
    })
}

/// Whether `text` has an embedding, override or isolate of the bidirectional algorithm (UAX 9, 2): with one, a name can
/// pass for another, and turns what is shown behind it. The plain marks LRM, RLM and ALM do not.
pub(super) fn overrides_direction(text: &str) -> bool {
    text.contains(|letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_signs_and_pictures_are_visible() {
        for text in ["a", "李", "עברית", "👩‍👩‍👧", "-", "\u{301}", "\u{200b}a"] {
            assert!(is_visible(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_drawn_as_nothing_is_not() {
        let fillers = "\u{115f}\u{1160}\u{3164}\u{ffa0}";
        for text in
            ["", " \u{3000}\n", "\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}", "\u{ad}", fillers, "\u{2800}", "\u{fe0f}"]
        {
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
