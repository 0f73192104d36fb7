//! Says whether something made from files is as new as they are.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Whether `made` exists and nothing in `sources` (files, or folders with all that they hold) has changed since.
/// What does not exist has not changed.
pub(crate) fn is_fresh(made: &Path, sources: &[impl AsRef<Path>]) -> bool {
    let Some(made) = changed(made) else { return false };
    sources.iter().filter_map(|source| newest(source.as_ref())).all(|source| source <= made)
}

fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return changed(path);
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    // The folder's own time tells of files that went away.
    entries.filter_map(|entry| newest(&entry.path())).chain(changed(path)).max()
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;

    /// A folder with `source/a` (changed at 100 s), `source/deep/b` (at 200 s) and `made` (at `made` s).
    struct Folder(TempDir);

    impl Folder {
        fn new(made: u64) -> Self {
            let temporary = tempfile::tempdir().unwrap();
            let folder = temporary.path();
            fs::create_dir_all(folder.join("source/deep")).unwrap();
            for (file, seconds) in [("source/a", 100), ("source/deep/b", 200), ("made", made)] {
                fs::write(folder.join(file), "").unwrap();
                touch(&folder.join(file), seconds);
            }
            touch(&folder.join("source/deep"), 100);
            touch(&folder.join("source"), 100);
            Self(temporary)
        }

        fn is_fresh(&self, made: &str, source: &str) -> bool {
            is_fresh(&self.0.path().join(made), &[self.0.path().join(source)])
        }
    }

    fn touch(path: &Path, seconds: u64) {
        File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn a_change_deep_in_a_folder_makes_stale() {
        assert!(Folder::new(200).is_fresh("made", "source"));
        assert!(!Folder::new(199).is_fresh("made", "source"));
        assert!(Folder::new(199).is_fresh("made", "source/a"));
    }

    #[test]
    fn a_file_that_went_away_makes_stale() {
        let folder = Folder::new(200);
        fs::remove_file(folder.0.path().join("source/a")).unwrap();
        assert!(!folder.is_fresh("made", "source"));
    }

    #[test]
    fn what_was_never_made_is_stale_and_what_does_not_exist_changes_nothing() {
        let folder = Folder::new(200);
        assert!(!folder.is_fresh("absent", "source/a"));
        assert!(folder.is_fresh("made", "absent"));
    }
}
