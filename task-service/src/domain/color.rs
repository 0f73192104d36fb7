//! The colour of a list.

/// "#rrggbb" as it came, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Color(String);

/// The text is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be #rrggbb or empty")]
pub struct BadColor;

impl Color {
    /// Reads "#rrggbb", in either case, or the empty text.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, BadColor> {
        let digits = text.strip_prefix('#').map(str::as_bytes);
        match digits {
            None if text.is_empty() => Ok(Self::default()),
            Some(digits) if digits.len() == 6 && digits.iter().all(u8::is_ascii_hexdigit) => Ok(Self(text.to_owned())),
            _ => Err(BadColor),
        }
    }

    /// "#rrggbb", or the empty text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_behind_a_hash_are_a_colour() {
        assert_eq!(Color::parse("#12ab3F").unwrap().as_str(), "#12ab3F");
        assert_eq!(Color::parse("").unwrap(), Color::default());
        for text in ["red", "#12345", "#1234567", "12ab3f", "#12ab3g", " #12ab3f", "#"] {
            assert_eq!(Color::parse(text), Err(BadColor), "{text}");
        }
    }
}
