//! What the Markdown files say about the tree: links to files and headings, and commands to run.

use std::collections::BTreeSet;

use super::Violation;
use super::tree::{Tree, numbered};
use crate::process::pattern;
use crate::test;

/// Every link to a file of the repo leads to one, and one with `#…` to a heading in it.
pub(super) fn links(tree: &Tree) -> Vec<Violation> {
    let link = pattern(r"\]\(<?([^)\s>]+)");
    let mut violations = Vec::new();
    for (path, text) in tree.ending(&["md"]) {
        for (line, text) in prose(text) {
            let text = without_code(text);
            let targets = link.captures_iter(&text).map(|found| found[1].to_owned());
            for target in targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")) {
                if let Some(what) = dead(tree, path, &target) {
                    violations.push(Violation::at(path, line, what));
                }
            }
        }
    }
    violations
}

/// Why a link leads nowhere, if it does not.
fn dead(tree: &Tree, from: &str, target: &str) -> Option<String> {
    let (file, heading) = target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let file = if file.is_empty() { Some(from.to_owned()) } else { resolve(from, file) };
    let Some(file) = file.filter(|file| tree.has(file)) else {
        return Some(format!("{target} does not exist"));
    };
    let heading = heading.filter(|_| file.ends_with(".md"))?;
    let known = tree.text(&file).is_some_and(|text| anchors(text).contains(heading));
    (!known).then(|| format!("{target}: no such heading"))
}

/// A relative path, seen from the folder of another file; none where it leaves the repo.
fn resolve(from: &str, path: &str) -> Option<String> {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for step in path.trim_end_matches('/').split('/') {
        match step {
            "." => {}
            ".." => drop(folders.pop()?),
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}

/// The names under which GitHub lets one link to the headings of a text.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(text).filter(|(_, line)| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
        let name: String = kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect();
        let mut names = std::iter::once(name.clone()).chain((1..).map(|count| format!("{name}-{count}")));
        anchors.insert(names.find(|name| !anchors.contains(name)).expect("there is no end of names"));
    }
    anchors
}

/// Every `cargo xtask …` in a Markdown file, between backticks or on a line of its own, is a command that there is.
pub(super) fn commands(tree: &Tree) -> Vec<Violation> {
    let command = pattern(r"(?:^|`)\s*cargo xtask (\w+)((?: \w+)*)");
    let commands = crate::commands();
    let parts: BTreeSet<&str> = test::names().collect();
    let mut violations = Vec::new();
    for (path, text) in tree.ending(&["md"]) {
        for (line, text) in numbered(text) {
            for found in command.captures_iter(text) {
                let (command, rest) = (&found[1], &found[2]);
                if !commands.iter().any(|known| known == command) {
                    violations.push(Violation::at(path, line, format!("cargo xtask knows no {command}")));
                }
                let rest = rest.split_whitespace().filter(|part| command == "test" && !parts.contains(part));
                violations
                    .extend(rest.map(|part| Violation::at(path, line, format!("cargo xtask test knows no {part}"))));
            }
        }
    }
    violations
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    numbered(text).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(violations: &[Violation]) -> Vec<String> {
        violations.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_link_to_a_file_that_does_not_exist_is_found() {
        let tree = Tree::of(&[
            ("README.md", "[a](specs/a.md) [b](specs/)\n[c](specs/c.md \"title\")\n![d](web/d.png)"),
            ("specs/a.md", "[up](../README.md) [out](../../out.md) [self](a.md)"),
        ]);
        assert_eq!(
            found(&links(&tree)),
            [
                "README.md:2: specs/c.md does not exist",
                "README.md:3: web/d.png does not exist",
                "specs/a.md:1: ../../out.md does not exist"
            ]
        );
    }

    #[test]
    fn links_to_elsewhere_and_samples_of_links_are_not_followed() {
        let text = "[a](https://example.org/a) [b](mailto:b@example.org) `[c](c.md)`\n```\n[d](d.md)\n```\n";
        assert!(links(&Tree::of(&[("README.md", text)])).is_empty());
        assert_eq!(found(&links(&Tree::of(&[("README.md", "[`c`](c.md)")]))), ["README.md:1: c.md does not exist"]);
    }

    #[test]
    fn a_link_to_a_heading_that_does_not_exist_is_found() {
        let text = "# The shape, in `short`\n## Twice\n## Twice\n```\n# no heading\n```\n";
        let link =
            |heading: &str| found(&links(&Tree::of(&[("a.md", text), ("b.md", &format!("[a](a.md#{heading})"))])));
        for heading in ["the-shape-in-short", "twice", "twice-1"] {
            assert!(link(heading).is_empty(), "{heading}");
        }
        for heading in ["shape", "twice-2", "no-heading"] {
            assert_eq!(link(heading), [format!("b.md:1: a.md#{heading}: no such heading")]);
        }
        assert_eq!(found(&links(&Tree::of(&[("a.md", "[here](#there)")]))), ["a.md:1: #there: no such heading"]);
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        let text = "Run `cargo xtask test unit store`, then `cargo xtask test units`.\n\ncargo xtask fly --high\n";
        assert_eq!(
            found(&commands(&Tree::of(&[("README.md", text)]))),
            ["README.md:1: cargo xtask test knows no units", "README.md:3: cargo xtask knows no fly"]
        );
    }

    #[test]
    fn arguments_and_sentences_are_no_parts() {
        let text =
            "`cargo xtask up --listen 127.0.0.1:80` and `cargo xtask test [part…]`, or cargo xtask test and wait";
        assert!(commands(&Tree::of(&[("README.md", text)])).is_empty());
    }
}
