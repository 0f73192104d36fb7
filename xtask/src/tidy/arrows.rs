//! Which code may know which: the arrows of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use toml::Table;

use super::Violation;
use super::tree::{Tree, code};
use crate::process::pattern;

/// Crates and modules that only some places may name.
struct Bound {
    /// A regular expression over their names.
    crates: &'static str,
    /// Whether the file of this path may name them.
    allowed: fn(&str) -> bool,
    why: &'static str,
}

const BOUNDS: &[Bound] = &[
    Bound {
        crates: "sqlx|rusqlite",
        allowed: |path| under(path, &["crates/storage/", "crates/testkit/"]) || part_of(path, "store"),
        why: "SQL lives in a store and in crates/storage",
    },
    Bound {
        crates: r"tonic(?:_\w+)?",
        // Tests speak to servers; the testkit starts them, and so does docket, which wires them together.
        allowed: |path| {
            under(path, &["bench/", "crates/rpc/", "crates/testkit/", "proto/", "gateway/", "docket/"])
                || part_of(path, "grpc")
                || ["/lib.rs", "/main.rs", "/program.rs"].iter().any(|name| path.ends_with(name))
                || ["/tests/", "/examples/"].iter().any(|folder| path.contains(folder))
        },
        why: "gRPC lives in grpc/, crates/rpc, the gateway and composition roots",
    },
    Bound {
        crates: "jsonwebtoken",
        allowed: |path| under(path, &["crates/identity/"]) || path == "auth-service/src/keys/signing_key.rs",
        why: "one place verifies tokens and one signs them",
    },
    Bound {
        crates: r"sqlx|rusqlite|tonic(?:_\w+)?|prost(?:_\w+)?|docket_(?:proto|rpc|storage)",
        allowed: |path| !part_of(path, "domain"),
        why: "the domain knows neither transport nor storage",
    },
    Bound {
        crates: "crate::store",
        allowed: |path| !part_of(path, "grpc"),
        why: "a call reaches the store through a use case",
    },
];

fn under(path: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

/// Whether the file is the module of this name, or in its folder.
fn part_of(path: &str, module: &str) -> bool {
    path.contains(&format!("/{module}/")) || path.ends_with(&format!("/{module}.rs"))
}

/// Crates from outside are named only where they belong.
pub(super) fn outside_crates(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for bound in BOUNDS {
        let named = pattern(&format!(r"\b({0})::|\buse ({0})\b", bound.crates));
        // This crate quotes code that breaks the rule, and builds on nothing that it could break it with.
        let files = tree.ending(&["rs"]).filter(|(path, _)| !path.starts_with("xtask/") && !(bound.allowed)(path));
        for (path, text) in files {
            violations.extend(code(text).filter_map(|(line, text)| {
                let found = named.captures(text)?;
                let name = found.get(1).or(found.get(2)).expect("one of both alternatives matched").as_str();
                Some(Violation::at(path, line, format!("{name} does not belong here: {}", bound.why)))
            }));
        }
    }
    violations
}

/// Where the arrows stand: a table below this heading, with crates and what each of them builds on.
const DOCUMENT: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Arrows";

/// The crates of this repo build on each other exactly as the document says, and all take the lints of the workspace.
pub(super) fn between_crates(tree: &Tree) -> Vec<Violation> {
    let arrows = arrows(tree.text(DOCUMENT).unwrap_or_default());
    let manifests = tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    manifests.flat_map(|(path, text)| manifest(path, text, &arrows)).collect()
}

/// Each crate of the table, with the crates that it builds on.
fn arrows(document: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let section =
        document.lines().skip_while(|line| *line != HEADING).skip(1).take_while(|line| !line.starts_with('#'));
    let mut arrows = BTreeMap::new();
    for line in section {
        if let Some((crates, used)) = line.strip_prefix('|').and_then(|row| row.split_once('|')) {
            arrows.extend(names(crates).map(|name| (name, names(used).collect())));
        }
    }
    arrows
}

/// What stands between backticks and is no feature in parentheses.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['(', ')']).step_by(2).flat_map(|text| text.split('`').skip(1).step_by(2))
}

fn manifest(path: &str, text: &str, arrows: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Violation> {
    let Ok(manifest) = text.parse::<Table>() else { return vec![Violation::of(path, "is no TOML")] };
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
    let Some(name) = name else { return vec![Violation::of(path, "names no package")] };
    let Some(allowed) = arrows.get(name) else {
        return vec![Violation::of(path, format!("{name} has no row in {DOCUMENT}, Arrows"))];
    };
    let dependencies =
        ["dependencies", "build-dependencies"].into_iter().filter_map(|kind| manifest.get(kind)?.as_table());
    let used: BTreeSet<&str> =
        dependencies.flat_map(Table::keys).map(String::as_str).filter(|used| arrows.contains_key(used)).collect();
    let wrong = used.difference(allowed).map(|used| format!("{name} must not know {used}"));
    let unused =
        allowed.difference(&used).map(|unused| format!("{name} does not build on {unused}, as {DOCUMENT} says"));
    let mut violations: Vec<_> = wrong.chain(unused).map(|what| Violation::of(path, what)).collect();
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
    if lints != Some(true) {
        violations.push(Violation::of(path, "does not take the lints of the workspace"));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(tree: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::of(tree);
        let violations = outside_crates(&tree).into_iter().chain(between_crates(&tree));
        violations.map(|violation| violation.to_string()).collect()
    }

    #[test]
    fn sqlx_outside_a_store_is_found() {
        let code = "//! A use case.\n\nuse sqlx::PgPool;\n";
        assert_eq!(
            places(&[("task-service/src/tasks.rs", code)]),
            ["task-service/src/tasks.rs:3: sqlx does not belong here: SQL lives in a store and in crates/storage"]
        );
        for path in
            ["task-service/src/store/tasks.rs", "a/src/store.rs", "a/tests/store/b.rs", "crates/storage/src/a.rs"]
        {
            assert!(places(&[(path, code)]).is_empty(), "{path}");
        }
    }

    #[test]
    fn every_way_of_naming_a_crate_is_found_and_a_comment_is_none() {
        for code in
            ["use tonic;", "    tonic::Status::ok()", "#[derive(tonic_types::A)]", "use tonic_health as health;"]
        {
            assert_eq!(places(&[("auth-service/src/accounts.rs", code)]).len(), 1, "{code}");
        }
        for code in ["// tonic::Status", "//! Knows no tonic::Status", "isotonic::a()", "let tonic = 1;"] {
            assert!(places(&[("auth-service/src/accounts.rs", code)]).is_empty(), "{code}");
        }
        for path in ["a/src/grpc/b.rs", "a/src/lib.rs", "a/src/program.rs", "a/tests/rpc/b.rs", "gateway/src/cors.rs"] {
            assert!(places(&[(path, "use tonic::Status;")]).is_empty(), "{path}");
        }
    }

    #[test]
    fn jsonwebtoken_is_for_the_verifier_and_the_issuer() {
        let code = "use jsonwebtoken::encode;";
        assert!(places(&[("crates/identity/src/verifier.rs", code)]).is_empty());
        assert!(places(&[("auth-service/src/keys/signing_key.rs", code)]).is_empty());
        assert_eq!(places(&[("auth-service/src/sessions.rs", code)]).len(), 1);
        assert_eq!(places(&[("auth-service/src/store/keys.rs", code)]).len(), 1);
    }

    #[test]
    fn a_domain_that_knows_transport_or_storage_is_found() {
        for code in ["use prost::Message;", "use docket_proto::task::v1;", "use docket_storage::Db;"] {
            assert_eq!(places(&[("task-service/src/domain/title.rs", code)]).len(), 1, "{code}");
            assert!(places(&[("task-service/src/grpc/convert.rs", code)]).is_empty(), "{code}");
        }
    }

    #[test]
    fn a_handler_that_reaches_into_the_store_is_found() {
        for code in ["use crate::store::Store;", "use crate::store;", "    crate::store::Store::new(db)"] {
            assert_eq!(places(&[("auth-service/src/grpc/auth.rs", code)]).len(), 1, "{code}");
            assert!(places(&[("auth-service/src/accounts/mod.rs", code)]).is_empty(), "{code}");
        }
        assert!(places(&[("auth-service/src/grpc/auth.rs", "use crate::storefront;")]).is_empty());
    }

    const ARROWS: &str = "# A\n\n## Arrows\n\nText.\n\n| crate | builds on |\n|---|---|\n| `a`, `b` | – |\n\
                          | `c` | `a` (feature `b`, for tests) |\n\n## Other\n\n| `d` | `a` |\n";

    fn manifest_of(name: &str, dependencies: &str) -> String {
        format!("[package]\nname = '{name}'\n[lints]\nworkspace = true\n[dependencies]\nserde = '1'\n{dependencies}")
    }

    fn arrow_faults(name: &str, dependencies: &str) -> Vec<String> {
        places(&[("ARCHITECTURE.md", ARROWS), ("x/Cargo.toml", &manifest_of(name, dependencies))])
    }

    #[test]
    fn a_crate_that_builds_on_what_the_document_says_is_accepted() {
        assert!(arrow_faults("a", "[dev-dependencies]\nc = {}\n").is_empty());
        assert!(arrow_faults("c", "a.workspace = true\n").is_empty());
        assert!(arrow_faults("c", "[build-dependencies]\na = {}\n").is_empty());
    }

    #[test]
    fn a_crate_that_builds_on_more_or_less_is_found() {
        assert_eq!(arrow_faults("a", "b = {}\n"), ["x/Cargo.toml: a must not know b"]);
        assert_eq!(
            arrow_faults("c", "b = {}\n"),
            ["x/Cargo.toml: c must not know b", "x/Cargo.toml: c does not build on a, as ARCHITECTURE.md says"]
        );
    }

    #[test]
    fn a_crate_without_lints_or_without_a_row_is_found() {
        assert_eq!(arrow_faults("d", ""), ["x/Cargo.toml: d has no row in ARCHITECTURE.md, Arrows"]);
        assert_eq!(
            places(&[("ARCHITECTURE.md", ARROWS), ("a/Cargo.toml", "[package]\nname = 'a'\n")]),
            ["a/Cargo.toml: does not take the lints of the workspace"]
        );
    }
}
