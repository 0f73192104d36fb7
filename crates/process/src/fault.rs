//! The error that ends a program, printed in one line.

use std::error::Error;
use std::fmt;

/// An error that ends a program: what could not be done, and why, in one line for the operator. It must hold no secret.
#[derive(Debug)]
pub struct Fault(String);

impl Fault {
    /// `what` could not be done, because of `cause` and its own causes.
    pub fn new(what: impl fmt::Display, cause: impl Error + 'static) -> Self {
        Self(with_causes(what.to_string(), Some(&cause)))
    }

    /// A fault without a further cause.
    pub fn text(what: impl fmt::Display) -> Self {
        Self(with_causes(what.to_string(), None))
    }

    #[expect(clippy::print_stderr, reason = "the operator has to see it even where logging has failed")]
    pub(crate) fn report(&self) {
        eprintln!("docket: {self}");
    }
}

impl<E: Error + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(with_causes(error.to_string(), error.source()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Appends the causes to the text, each once: many errors repeat the text of their cause.
pub(crate) fn with_causes(text: String, mut cause: Option<&(dyn Error + 'static)>) -> String {
    let mut line = text;
    while let Some(error) = cause {
        let text = error.to_string();
        if !text.is_empty() && !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Caused(&'static str, Option<Box<Caused>>);

    impl fmt::Display for Caused {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }
    }

    impl Error for Caused {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as &(dyn Error + 'static))
        }
    }

    #[test]
    fn a_fault_lists_its_causes_in_one_line() {
        let cause = Caused("the folder is\n  read-only", None);
        let error = Caused("cannot write", Some(Box::new(cause)));
        assert_eq!(Fault::from(error).to_string(), "cannot write: the folder is read-only");
        let cause = Caused("address in use", None);
        assert_eq!(Fault::new("cannot listen", cause).to_string(), "cannot listen: address in use");
    }

    #[test]
    fn a_cause_that_the_error_repeats_is_listed_once() {
        let cause = Caused("address in use", None);
        let error = Caused("cannot listen: address in use", Some(Box::new(cause)));
        assert_eq!(Fault::from(error).to_string(), "cannot listen: address in use");
    }
}
