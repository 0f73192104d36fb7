//! Requirements name the tests that show them, and those tests exist.
//!
//! In every table under `specs/` with a column `Test`, a cell names at least one test between backticks, several
//! separated by commas, or says `later` and what brings it:
//!
//! ```text
//! | Id     | Requirement | Test                                                            |
//! |--------|-------------|-----------------------------------------------------------------|
//! | FR-101 | …           | `auth-service/tests/rpc/sign_up.rs::a_new_account_is_signed_in` |
//! | FR-102 | …           | `web/tests/unit/form.test.ts::names the field at fault`         |
//! | FR-103 | …           | later, with mail                                                |
//! ```

use super::Violation;
use super::tree::{Tree, numbered};
use crate::process::pattern;

/// Every cell of a `Test` column names tests that exist, or says `later`.
pub(super) fn named_tests(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.ending(&["md"]).filter(|(path, _)| path.starts_with("specs/")) {
        for (line, cell) in test_cells(text) {
            violations.extend(faults(tree, &cell).into_iter().map(|what| Violation::at(path, line, what)));
        }
    }
    violations
}

/// The cells below each heading `Test`, with their lines.
fn test_cells(text: &str) -> Vec<(usize, String)> {
    let mut cells = Vec::new();
    let mut column = None;
    let mut in_table = false;
    for (number, line) in numbered(text) {
        let row = row(line);
        if row.is_empty() {
            in_table = false;
        } else if !in_table {
            in_table = true;
            column = row.iter().position(|cell| cell == "Test");
        } else if let Some(column) = column
            && !row.iter().all(|cell| cell.trim_matches([':', '-']).is_empty() && cell.contains('-'))
        {
            cells.push((number, row.get(column).cloned().unwrap_or_default()));
        }
    }
    cells
}

/// The cells of a table's row; none where the line is no row. `\|` is no border.
fn row(line: &str) -> Vec<String> {
    let Some(inside) = line.trim().strip_prefix('|') else { return Vec::new() };
    let inside = inside.strip_suffix('|').unwrap_or(inside);
    let hidden = inside.replace("\\|", "\0");
    hidden.split('|').map(|cell| cell.replace('\0', "|").trim().to_owned()).collect()
}

/// What is wrong with a cell.
fn faults(tree: &Tree, cell: &str) -> Vec<String> {
    let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    if names.is_empty() && !cell.starts_with("later") {
        return vec!["names no test, and does not say `later`".to_owned()];
    }
    names.into_iter().filter_map(|name| fault(tree, name)).collect()
}

fn fault(tree: &Tree, name: &str) -> Option<String> {
    let Some((path, test)) = name.split_once("::") else {
        return Some(format!("{name} is not path/to/file::test"));
    };
    let Some(text) = tree.text(path) else { return Some(format!("{path} does not exist")) };
    let found = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("rs") => is_rust_test(text, test),
        Some("ts" | "tsx" | "js" | "mjs") => is_script_test(text, test),
        Some("py") => pattern(&format!(r"(?m)^\s*(async )?def {}\(", regex::escape(test))).is_match(text),
        _ => return Some(format!("{path} holds no tests that tidy can read")),
    };
    (!found).then(|| format!("{path} has no test {test}"))
}

/// Whether a function of this name stands below an attribute that makes tests, or in a macro that does
/// (`on_both_databases! { async fn name(…) … }`).
fn is_rust_test(text: &str, name: &str) -> bool {
    let function = pattern(&format!(r"^\s*(pub(\(.*\))? )?(async )?fn {}\b", regex::escape(name)));
    let attribute = pattern(r"#\[.*\btest\b|#\[test_case|#\[rstest");
    let call = pattern(r"^\s*[\w:]+!\s*[({]$");
    let lines: Vec<&str> = text.lines().collect();
    let Some(place) = lines.iter().position(|line| function.is_match(line)) else { return false };
    let above = || lines[..place].iter().rev();
    let depth = indent(lines[place]);
    let attributed = above().take_while(|line| is_attribute_or_comment(line)).any(|line| attribute.is_match(line));
    let around = above().find(|line| !line.trim().is_empty() && indent(line) < depth);
    attributed || around.is_some_and(|line| call.is_match(line))
}

fn is_attribute_or_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("#[") || line.starts_with("//")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether `test("…")` or `it("…")` of this title stands in a script.
fn is_script_test(text: &str, title: &str) -> bool {
    let title = regex::escape(title);
    pattern(&format!(r#"\b(test|it)(\.\w+)?\(\s*(["'`]){title}(["'`])"#)).is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: &str = "\
#[cfg(test)]
mod tests {
    #[test]
    fn alone() {}

    #[tokio::test(flavor = \"multi_thread\")]
    // It needs threads.
    async fn in_a_runtime() {}

    fn helper() {}

    on_both_databases! {
        async fn on_both(database: TestDatabase) {
            let a = 1;
        }

        async fn on_both_too(database: TestDatabase) {}
    }
}
";

    fn found(cell: &str) -> Vec<String> {
        let table = format!("| Id | Test | Note |\n|---|:--|---|\n| FR-1 | {cell} | a |\n\nText\n");
        let script = "test(\"signs in\", () => {});\n  it.skip('says `no`', () => {});";
        let tree = Tree::of(&[
            ("specs/a.md", &table),
            ("a/src/b.rs", RUST),
            ("web/tests/a.test.ts", script),
            ("c.py", "def test_a():"),
        ]);
        named_tests(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tests_that_exist_are_accepted() {
        for cell in [
            "`a/src/b.rs::alone`",
            "`a/src/b.rs::in_a_runtime`, `a/src/b.rs::on_both`",
            "`a/src/b.rs::on_both_too`",
            "`web/tests/a.test.ts::signs in`",
            "`c.py::test_a`",
            "later, with mail",
        ] {
            assert!(found(cell).is_empty(), "{cell}: {:?}", found(cell));
        }
    }

    #[test]
    fn tests_that_do_not_exist_are_found() {
        for (cell, what) in [
            ("`a/src/b.rs::al`", "a/src/b.rs has no test al"),
            ("`a/src/b.rs::helper`", "a/src/b.rs has no test helper"),
            ("`a/src/c.rs::alone`", "a/src/c.rs does not exist"),
            ("`web/tests/a.test.ts::signs`", "web/tests/a.test.ts has no test signs"),
            ("`alone`", "alone is not path/to/file::test"),
            ("`specs/a.md::alone`", "specs/a.md holds no tests that tidy can read"),
            ("", "names no test, and does not say `later`"),
            ("by hand", "names no test, and does not say `later`"),
        ] {
            assert_eq!(found(cell), [format!("specs/a.md:3: {what}")], "{cell}");
        }
        assert_eq!(found("`a/src/b.rs::alone`, `a/src/b.rs::gone`").len(), 1);
    }

    #[test]
    fn tables_without_the_column_and_tables_elsewhere_are_left_alone() {
        let tree = Tree::of(&[
            ("specs/a.md", "| Id | Check |\n|---|---|\n| 1 | by hand |\n\n| Test |\n|---|\n| later |\n"),
            ("README.md", "| Test |\n|---|\n| by hand |\n"),
        ]);
        assert!(named_tests(&tree).is_empty());
    }

    #[test]
    fn a_row_that_ends_before_the_column_is_found() {
        let tree = Tree::of(&[("specs/a.md", "| Id | Test |\n|---|---|\n| FR-1 |\n")]);
        assert_eq!(named_tests(&tree).len(), 1);
    }
}
