//! Both databases take the same steps: each migration has a file of the same name for each.

use std::collections::BTreeSet;

use super::Violation;
use super::tree::Tree;
use crate::process::pattern;

const DIALECTS: [&str; 2] = ["migrations/postgres", "migrations/sqlite"];

/// The same names in both folders, numbered without a gap.
pub(super) fn same_in_both(tree: &Tree) -> Vec<Violation> {
    let [postgres, sqlite] = DIALECTS.map(|folder| names(tree, folder));
    let mut violations = Vec::new();
    for (folder, own, others) in [(DIALECTS[0], &postgres, &sqlite), (DIALECTS[1], &sqlite, &postgres)] {
        let missing = others.difference(own);
        violations.extend(missing.map(|name| Violation::of(folder, format!("has no {name}, and the other has"))));
    }
    let all: BTreeSet<&str> = postgres.union(&sqlite).copied().collect();
    if all.is_empty() {
        violations.push(Violation::of("migrations", "holds none"));
    }
    let form = pattern(r"^(\d{4})_[a-z0-9_]+\.sql$");
    for (index, name) in all.iter().enumerate() {
        let number = form.captures(name).and_then(|found| found[1].parse::<usize>().ok());
        if number != Some(index + 1) {
            violations.push(Violation::of("migrations", format!("{name} is not {:04}_a_name.sql", index + 1)));
        }
    }
    violations
}

fn names<'a>(tree: &'a Tree, folder: &str) -> BTreeSet<&'a str> {
    tree.files().filter_map(|(path, _)| path.strip_prefix(folder)?.strip_prefix('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        same_in_both(&Tree::of(&files)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_migration_for_one_database_only_is_found() {
        assert!(found(&["migrations/postgres/0001_a.sql", "migrations/sqlite/0001_a.sql"]).is_empty());
        assert_eq!(
            found(&[
                "migrations/postgres/0001_a.sql",
                "migrations/postgres/0002_b.sql",
                "migrations/sqlite/0001_a.sql"
            ]),
            ["migrations/sqlite: has no 0002_b.sql, and the other has"]
        );
    }

    #[test]
    fn a_gap_and_a_strange_name_are_found() {
        assert_eq!(
            found(&["migrations/postgres/0002_a.sql", "migrations/sqlite/0002_a.sql"]),
            ["migrations: 0002_a.sql is not 0001_a_name.sql"]
        );
        assert_eq!(
            found(&["migrations/postgres/0001-A.sql", "migrations/sqlite/0001-A.sql"]),
            ["migrations: 0001-A.sql is not 0001_a_name.sql"]
        );
    }

    #[test]
    fn no_migrations_at_all_are_found() {
        assert_eq!(found(&[]), ["migrations: holds none"]);
    }
}
