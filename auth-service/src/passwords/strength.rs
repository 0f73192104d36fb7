//! Estimates whether a password is too easy to guess. It can take as long as a hash: to be run on the hashing threads.

use zxcvbn::feedback::Warning;
use zxcvbn::{Entropy, Score, zxcvbn};

use crate::domain::{DisplayName, Email, NewPassword, Weakness};

/// Number of code points of a password that are judged. zxcvbn tries all ways to read `4`, `@`, `(` … as letters: for a hundred
/// code points of such signs it took up to 2.8 s, for twenty up to 55 ms, where a hash with the default parameters took
/// 15 ms (each the best of five). What comes behind makes a password stronger, but for words of the person and
/// repetition, so what is strong enough by its beginning is so as a whole.
const JUDGED_LENGTH: usize = 20;

/// Words that somebody who knows the person would try first.
#[derive(Clone, Debug, Default)]
pub(crate) struct PersonalWords(Vec<String>);

impl PersonalWords {
    /// The name and the address as a whole and in parts.
    pub(crate) fn of(name: Option<&DisplayName>, email: Option<&Email>) -> Self {
        let wholes = name.map(DisplayName::as_str).into_iter().chain(email.map(Email::as_str));
        let mut words = Vec::new();
        for whole in wholes {
            let parts: Vec<&str> =
                whole.split(|letter: char| !letter.is_alphanumeric()).filter(|part| part.chars().count() > 1).collect();
            words.push(whole.to_lowercase());
            words.push(parts.concat().to_lowercase());
            words.extend(parts.iter().map(|part| part.to_lowercase()));
        }
        Self(words)
    }
}

/// Why `password` is too easy to guess, where it is. Words of the person count as guessed.
pub(crate) fn weakness(password: &NewPassword, personal: &PersonalWords) -> Option<Weakness> {
    let password = judged_part(password.expose());
    // A password that begins with a long word shows no more than the beginning of that word.
    let words: Vec<&str> = personal.0.iter().map(|word| judged_part(word)).collect();
    let with_words = zxcvbn(password, &words);
    if with_words.score() >= Score::Two {
        return None;
    }
    let without_words = zxcvbn(password, &[]);
    if is_common(&without_words) {
        Some(Weakness::Common)
    } else if with_words.guesses() < without_words.guesses() {
        Some(Weakness::Personal)
    } else {
        Some(Weakness::Guessable)
    }
}

fn judged_part(text: &str) -> &str {
    text.char_indices().nth(JUDGED_LENGTH).map_or(text, |(end, _)| &text[..end])
}

fn is_common(entropy: &Entropy) -> bool {
    let warning = entropy.feedback().and_then(|feedback| feedback.warning());
    matches!(
        warning,
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness_of(password: &str) -> Option<Weakness> {
        let name = DisplayName::parse("Ada Lovelace").unwrap();
        let email = Email::parse("countess.engine@example.org").unwrap();
        let words = PersonalWords::of(Some(&name), Some(&email));
        weakness(&NewPassword::parse(password, 8).unwrap(), &words)
    }

    #[test]
    fn what_everybody_uses_is_common() {
        for password in ["password", "12345678", "qwertyuiop", "iloveyou", "Password"] {
            assert_eq!(weakness_of(password), Some(Weakness::Common), "{password}");
        }
    }

    #[test]
    fn what_is_made_of_name_or_address_is_personal() {
        for password in [
            "lovelace",
            "LoveLace1",
            "adalovelace",
            "Ada Lovelace",
            "countess",
            "engine12",
            "countess.engine@example.org",
            "ecalevoladA",
        ] {
            assert_eq!(weakness_of(password), Some(Weakness::Personal), "{password}");
        }
    }

    #[test]
    fn what_follows_a_pattern_is_guessable() {
        for password in ["aaaaaaaaaaaa", "abcdefghijkl", "dogdogdogdog"] {
            assert_eq!(weakness_of(password), Some(Weakness::Guessable), "{password}");
        }
    }

    #[test]
    fn a_long_one_is_judged_by_its_beginning() {
        assert_eq!(judged_part(&"4@8({[<3691!|70$5+%2".repeat(5)), "4@8({[<3691!|70$5+%2");
        assert_eq!(judged_part(&"ж".repeat(JUDGED_LENGTH + 1)), "ж".repeat(JUDGED_LENGTH));
        assert_eq!(judged_part("short"), "short");
        let unusual_end = "a".repeat(30) + "vK9#mQ2$xL";
        assert_eq!(weakness_of(&unusual_end), Some(Weakness::Guessable));
        assert_eq!(weakness_of("countess.engine@example.org2"), Some(Weakness::Personal));
    }

    #[test]
    fn long_and_unusual_ones_will_do() {
        for password in ["correct horse battery", "vK9#mQ2$xL", "дождь стучит по крыше", "lovelace purple tractor 91"]
        {
            assert_eq!(weakness_of(password), None, "{password}");
        }
    }
}
