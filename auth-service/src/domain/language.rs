//! The languages that Docket writes mails in.

/// A language of mails, without its regional forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The default.
    #[default]
    English,
    /// Deutsch.
    German,
}

impl Language {
    /// The ISO 639-1 code, as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::English, Self::German].into_iter().find(|language| language.code() == code)
    }

    /// The language that an `accept-language` header (RFC 9110, 12.5.4) prefers; English where it asks for none of them.
    ///
    /// Not by the crate accept-language, which sorts by weights that a client can set to NaN: sorting may panic then.
    pub fn preferred(header: &str) -> Self {
        let mut preferred = (0.0, Self::default());
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            let weight = match parameters.trim().strip_prefix("q=") {
                Some(number) => number.parse().unwrap_or(0.0),
                None => 1.0,
            };
            // Of equal weights the first counts. NaN is greater than no number, so it is never preferred.
            if let Some(language) = Self::from_code(&primary).filter(|_| weight > preferred.0) {
                preferred = (weight, language);
            }
        }
        preferred.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_highest_weight_is_preferred() {
        use Language::{English, German};
        for (header, language) in [
            ("", English),
            ("de", German),
            ("de-CH", German),
            ("DE-AT, en;q=0.5", German),
            ("en-GB,en;q=0.9,de;q=0.8", English),
            ("fr, de;q=0.3", German),
            ("fr", English),
            ("*", English),
            ("en;q=0.2, de;q=0.7", German),
            ("de;q=0", English),
            ("de;q=NaN, en;q=0.1", English),
            ("de;q=, ;;,=,-", English),
        ] {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }

    #[test]
    fn a_language_is_known_by_its_code() {
        for language in [Language::English, Language::German] {
            assert_eq!(Language::from_code(language.code()), Some(language));
        }
        assert_eq!(Language::from_code("fr"), None);
    }
}
