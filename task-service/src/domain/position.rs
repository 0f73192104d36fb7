//! Where things stand in an order that people make.

/// Digits in the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key among siblings, compared bytewise: "a0", "a1" … "az", "b00" … A letter says how many digits follow ("a": one,
/// "z": 26), so more digits always sort behind fewer. Keys between two others are longer ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(String);

/// The stored text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position")]
pub struct BadPosition;

impl Position {
    /// Where the first of all stands.
    pub fn first() -> Self {
        Self("a0".to_owned())
    }

    /// Behind `self` and all that lies between it and the next whole step.
    pub fn next(&self) -> Self {
        let mut digits = self.digits().to_vec();
        for index in (0..digits.len()).rev() {
            match DIGITS.iter().position(|digit| *digit == digits[index]).and_then(|value| DIGITS.get(value + 1)) {
                Some(digit) => {
                    digits[index] = *digit;
                    return Self::of(&digits);
                }
                None => digits[index] = DIGITS[0],
            }
        }
        digits.push(DIGITS[0]);
        Self::of(&digits)
    }

    /// Reads a stored position.
    ///
    /// # Errors
    /// Where the letter does not fit the digits.
    pub fn parse(text: &str) -> Result<Self, BadPosition> {
        let (letter, rest) = text.as_bytes().split_first().ok_or(BadPosition)?;
        let counted = letter.is_ascii_lowercase() && rest.len() > usize::from(letter - b'a');
        let known = rest.iter().all(|digit| DIGITS.contains(digit));
        if counted && known { Ok(Self(text.to_owned())) } else { Err(BadPosition) }
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digits(&self) -> &[u8] {
        let bytes = self.0.as_bytes();
        &bytes[1..2 + usize::from(bytes[0] - b'a')]
    }

    fn of(digits: &[u8]) -> Self {
        let letter = b'a' + u8::try_from(digits.len() - 1).expect("nobody has 62^26 lists");
        Self(std::iter::once(&letter).chain(digits).map(|byte| char::from(*byte)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_next_stands_behind_all_before() {
        let mut position = Position::first();
        for _ in 0..10_000 {
            let next = position.next();
            assert!(next > position, "{next:?} behind {position:?}");
            assert_eq!(Position::parse(next.as_str()), Ok(next.clone()));
            position = next;
        }
        assert_eq!(position.as_str(), "c1aI");
    }

    #[test]
    fn a_digit_that_runs_over_carries() {
        for (before, after) in [("a0", "a1"), ("a9", "aA"), ("az", "b00"), ("bzz", "c000"), ("a1V", "a2")] {
            assert_eq!(Position::parse(before).unwrap().next().as_str(), after);
        }
    }

    #[test]
    fn a_letter_that_does_not_fit_its_digits_is_refused() {
        for text in ["", "a", "b0", "A0", "a-", "\u{e9}0"] {
            assert_eq!(Position::parse(text), Err(BadPosition), "{text}");
        }
    }
}
