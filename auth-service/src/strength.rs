//! Whether a password is too easy to guess. It takes milliseconds: not to be run where others wait.

use zxcvbn::feedback::Warning;
use zxcvbn::{Entropy, Score, zxcvbn};

use crate::domain::{DisplayName, Email, NewPassword, Weakness};

/// What somebody who knows the person would try first.
#[derive(Clone, Debug, Default)]
pub struct PersonalWords(Vec<String>);

impl PersonalWords {
    /// The name and the address as a whole and in parts.
    pub fn of(name: Option<&DisplayName>, email: Option<&Email>) -> Self {
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
pub fn weakness(password: &NewPassword, personal: &PersonalWords) -> Option<Weakness> {
    let words: Vec<&str> = personal.0.iter().map(String::as_str).collect();
    let with_words = zxcvbn(password.expose(), &words);
    if with_words.score() >= Score::Two {
        return None;
    }
    let without_words = zxcvbn(password.expose(), &[]);
    if is_common(&without_words) {
        Some(Weakness::Common)
    } else if with_words.guesses() < without_words.guesses() {
        Some(Weakness::Personal)
    } else {
        Some(Weakness::Guessable)
    }
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
    fn long_and_unusual_ones_will_do() {
        for password in ["correct horse battery", "vK9#mQ2$xL", "дождь стучит по крыше", "lovelace purple tractor 91"]
        {
            assert_eq!(weakness_of(password), None, "{password}");
        }
    }
}
