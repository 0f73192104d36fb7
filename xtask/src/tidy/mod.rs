//! `cargo xtask tidy`: the rules that no compiler, linter or formatter knows.
//!
//! Each rule is a function from the tree to the places that break it. It sees the files that git tracks or would track,
//! as text, and nothing of the machine: its tests hand it small bad trees.

mod arrows;
mod documents;
mod migrations;
mod requirements;
mod service_config;
mod style;
mod tree;

use std::fmt;
use std::process::ExitCode;

use anyhow::bail;

use crate::workspace::Workspace;
use tree::Tree;

/// One way of looking at the tree.
type Rule = fn(&Tree) -> Vec<Violation>;

const RULES: &[(&str, Rule)] = &[
    ("who may name which crates and modules", arrows::outside_crates),
    ("arrows between crates", arrows::between_crates),
    ("a module says what it is for", style::module_docs),
    ("no #[allow]", style::allowed_lints),
    ("nothing left for later", style::leftovers),
    ("no file above 400 lines", style::length),
    ("store methods are spans", style::store_spans),
    ("no path of one machine", style::machine_paths),
    ("no registry in a lock file", style::registries),
    ("the same migrations in both dialects", migrations::same_in_both),
    ("links lead somewhere", documents::links),
    ("commands exist", documents::commands),
    ("named tests exist", requirements::named_tests),
    ("client configuration covers every call", service_config::covers_every_call),
];

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    path: String,
    /// From 1; none where the whole file is meant.
    line: Option<usize>,
    what: String,
}

impl Violation {
    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), what: what.into() }
    }

    fn of(path: &str, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.path, self.what),
            None => write!(formatter, "{}: {}", self.path, self.what),
        }
    }
}

/// `cargo xtask tidy`.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    check(workspace).map(|()| ExitCode::SUCCESS)
}

/// Prints every violation under its rule; an error where there is one.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let tree = Tree::read(workspace)?;
    let mut count = 0;
    for (name, rule) in RULES {
        let violations = rule(&tree);
        if !violations.is_empty() {
            println!("{name}:");
        }
        for violation in &violations {
            println!("  {violation}");
        }
        count += violations.len();
    }
    if count > 0 {
        bail!("{count} places break a rule");
    }
    println!("{} rules hold", RULES.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_reads_as_editors_read_places() {
        assert_eq!(Violation::at("src/lib.rs", 7, "no").to_string(), "src/lib.rs:7: no");
        assert_eq!(Violation::of("src/lib.rs", "no").to_string(), "src/lib.rs: no");
    }
}
