//! The repo's files as text, in memory.

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::process;
use crate::workspace::Workspace;

/// Files by path from the repo's top folder, with `/` between folders. A file that is not text is there, but empty.
pub(super) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// What git tracks, or would track once it is added.
    pub(super) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let mut command = workspace.command("git");
        let listed = process::output(command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
        let mut files = BTreeMap::new();
        for path in listed.split_terminator('\0') {
            let file = workspace.root().join(path);
            // Deleted, but not yet for git.
            if !file.is_file() {
                continue;
            }
            let bytes = std::fs::read(&file).with_context(|| format!("cannot read {path}"))?;
            files.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default());
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    /// All files, sorted by path.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end in one of these (`rs`, `tsx`).
    pub(super) fn ending(&self, extensions: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.rsplit_once('.').is_some_and(|(_, ending)| extensions.contains(&ending)))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a file of this path exists, or a folder that holds one.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self.files.range(folder.clone()..).next().is_some_and(|(first, _)| first.starts_with(&folder))
    }
}

/// The lines of a Rust file that are not comments, with their numbers.
pub(super) fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    numbered(text).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Lines with their numbers, from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_where_it_holds_a_file() {
        let tree = Tree::of(&[("a/b/c.rs", ""), ("a-b.md", "")]);
        for path in ["", "a", "a/b", "a/b/c.rs", "a-b.md"] {
            assert!(tree.has(path), "{path}");
        }
        for path in ["b", "a/b/c", "a/c", "a-"] {
            assert!(!tree.has(path), "{path}");
        }
    }

    #[test]
    fn files_are_chosen_by_their_ending() {
        let tree = Tree::of(&[("a.rs", ""), ("b.tsx", ""), ("rs", "")]);
        assert_eq!(tree.ending(&["rs", "ts"]).map(|(path, _)| path).collect::<Vec<_>>(), ["a.rs"]);
    }

    #[test]
    fn comments_are_no_code() {
        let lines: Vec<_> = code("//! a\n\nfn b() {\n    // c\n}").collect();
        assert_eq!(lines, [(2, ""), (3, "fn b() {"), (5, "}")]);
    }
}
