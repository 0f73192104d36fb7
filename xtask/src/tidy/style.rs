//! How each file looks: what style a formatter and a linter do not see.

use super::Violation;
use super::tree::{Tree, code, numbered};
use crate::process::pattern;

const LONGEST: usize = 400;

/// Every Rust file opens with `//!`.
pub(super) fn module_docs(tree: &Tree) -> Vec<Violation> {
    let silent = tree.ending(&["rs"]).filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| Violation::at(path, 1, "does not open with `//!` and what the module is for")).collect()
}

/// A lint is switched off with `#[expect(…, reason = "…")]`, which tells when it is no longer needed.
pub(super) fn allowed_lints(tree: &Tree) -> Vec<Violation> {
    let allow = pattern(r"#!?\[(cfg_attr\(.*)?allow\(");
    let files = tree.ending(&["rs"]).map(|(path, text)| (path, code(text)));
    files
        .flat_map(|(path, lines)| lines.map(move |(line, text)| (path, line, text)))
        .filter(|(_, _, text)| allow.is_match(text))
        .map(|(path, line, _)| Violation::at(path, line, "say #[expect(lint, reason = \"…\")] instead"))
        .collect()
}

/// Work to come stands in issues, not in the tree.
pub(super) fn leftovers(tree: &Tree) -> Vec<Violation> {
    // Brackets keep this line from finding itself.
    let leftover = pattern(r"\b([T]ODO|[F]IXME|[X]XX)\b|\b(todo|unimplemented)!");
    let files = tree.ending(&["rs", "ts", "tsx", "css", "html", "proto", "sql", "sh", "toml", "yaml", "yml", "md"]);
    lines_with(files, |_, text| leftover.find(text).map(|found| format!("{} is left for later", found.as_str())))
}

/// A trace of a call shows what it asked of the database: each public method of a store is a span.
pub(super) fn store_spans(tree: &Tree) -> Vec<Violation> {
    let method = pattern(r"^\s*pub async fn (\w+)");
    let files = tree.ending(&["rs"]).filter(|(path, _)| path.contains("-service/src/store/"));
    let methods = files.flat_map(|(path, text)| {
        let lines: Vec<(usize, &str)> = numbered(text).collect();
        let pairs: Vec<_> = lines.windows(2).map(|pair| (pair[0].1, pair[1])).collect();
        pairs.into_iter().map(move |(before, (line, text))| (path, before, line, text))
    });
    methods
        .filter_map(|(path, before, line, text)| {
            let name = method.captures(text)?[1].to_owned();
            let has_span = before.trim_start().starts_with("#[instrument(") || OUTSIDE_CALLS.contains(&&*name);
            (!has_span)
                .then(|| Violation::at(path, line, format!("{name} has no #[instrument(level = \"debug\", skip_all)]")))
        })
        .collect()
}

/// Methods of stores that no call waits for.
const OUTSIDE_CALLS: [&str; 4] = ["is_writable", "listen", "heard", "page_token_secret"];

/// Files stay small enough to read in one go.
pub(super) fn length(tree: &Tree) -> Vec<Violation> {
    let files = tree.ending(&["rs", "ts", "tsx", "css"]).map(|(path, text)| (path, text.lines().count()));
    let long = files.filter(|(_, lines)| *lines > LONGEST);
    long.map(|(path, lines)| Violation::of(path, format!("has {lines} lines; split it by concept"))).collect()
}

/// Nothing in the tree depends on where one machine keeps things.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Violation> {
    // Data (JSON, lock files) is not ours to choose.
    let path = pattern(r#"(?:^|[\s"'`=(\[:,])(/(?:farm|home|root|tmp|work|Users)/[\w.-]+)"#);
    let files = tree.files().filter(|(path, _)| !path.ends_with(".json") && !path.ends_with(".lock"));
    lines_with(files, |_, text| path.captures(text).map(|found| format!("{} is a path of one machine", &found[1])))
}

/// Lock files name packages and their checksums, not where one machine fetches them from.
pub(super) fn registries(tree: &Tree) -> Vec<Violation> {
    let files = tree.files().filter(|(path, _)| path.ends_with("package-lock.json"));
    let advice = "names a registry: npm install --omit-lockfile-registry-resolved";
    lines_with(files, |_, text| text.contains("\"resolved\": \"http").then(|| advice.to_owned()))
}

fn lines_with<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    check: impl Fn(&str, &str) -> Option<String>,
) -> Vec<Violation> {
    let lines = files.flat_map(|(path, text)| numbered(text).map(move |(line, text)| (path, line, text)));
    lines.filter_map(|(path, line, text)| Some(Violation::at(path, line, check(path, text)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    fn breaks(rule: Rule, path: &str, text: &str) -> bool {
        !rule(&Tree::of(&[(path, text)])).is_empty()
    }

    #[test]
    fn a_module_that_does_not_say_what_it_is_for_is_found() {
        assert!(!breaks(module_docs, "a.rs", "//! What it is for.\n\nfn b() {}\n"));
        for text in ["fn b() {}\n", "", "// An aside.\n", "//!\n", "use a;\n//! Too late.\n"] {
            assert!(breaks(module_docs, "a.rs", text), "{text:?}");
        }
        assert!(!breaks(module_docs, "a.ts", "const a = 1;\n"));
    }

    #[test]
    fn a_lint_that_is_switched_off_for_good_is_found() {
        // In two pieces, or this file would break the rule.
        for text in
            [concat!("#[al", "low(dead_code)]"), concat!("#![al", "low(a)]"), concat!("#[cfg_attr(b, al", "low(a))]")]
        {
            assert!(breaks(allowed_lints, "a.rs", text), "{text}");
        }
        assert!(!breaks(allowed_lints, "a.rs", "#[expect(dead_code, reason = \"the macro uses it\")]"));
    }

    #[test]
    fn work_left_for_later_is_found() {
        for text in [
            concat!("// TO", "DO: more"),
            concat!("/* FIX", "ME */"),
            concat!("to", "do!()"),
            concat!("unimple", "mented!(\"a\")"),
        ] {
            assert!(breaks(leftovers, "a.rs", text), "{text}");
            assert!(breaks(leftovers, "a.tsx", text), "{text}");
        }
        for text in ["FORMAT_TODOIST_CSV", "RFC 5545 VTODO", "a todo list"] {
            assert!(!breaks(leftovers, "a.rs", text), "{text}");
        }
    }

    #[test]
    fn a_method_of_a_store_without_a_span_is_found() {
        let (path, method) = ("task-service/src/store/tasks.rs", "    pub async fn task(&self) {}\n");
        assert!(breaks(store_spans, path, &format!("impl Store {{\n{method}}}\n")));
        assert!(breaks(store_spans, path, &format!("    /// The task.\n{method}")));
        let good = format!("    #[instrument(level = \"debug\", skip_all)]\n{method}");
        assert!(!breaks(store_spans, path, &good));
        assert!(!breaks(store_spans, path, "impl Store {\n    pub async fn is_writable(&self) {}\n"));
        assert!(!breaks(store_spans, "task-service/src/tasks.rs", &format!("impl Tasks {{\n{method}}}\n")));
    }

    #[test]
    fn the_line_after_the_400th_is_one_too_many() {
        assert!(!breaks(length, "a.rs", &"\n".repeat(400)));
        for path in ["a.rs", "a.ts", "a.tsx", "a.css"] {
            assert!(breaks(length, path, &"\n".repeat(401)), "{path}");
        }
        assert!(!breaks(length, "a.md", &"\n".repeat(401)));
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for text in [concat!("cd /ho", "me/ada/docket"), concat!("\"/ro", "ot/key\""), concat!("FILE=/tm", "p/a")] {
            assert!(breaks(machine_paths, "a.md", text), "{text}");
        }
        for text in ["https://example.org/home/ada", "./data", "/var/lib/docket", "src/work/a"] {
            assert!(!breaks(machine_paths, "a.md", text), "{text}");
        }
        assert!(!breaks(machine_paths, "strings.json", concat!("touch /tm", "p/a")));
    }

    #[test]
    fn a_lock_file_that_names_a_registry_is_found() {
        let line = "      \"resolved\": \"https://registry.example/a.tgz\",";
        assert!(breaks(registries, "web/package-lock.json", line));
        assert!(!breaks(registries, "web/package-lock.json", "      \"integrity\": \"sha512-a\""));
    }
}
