//! The key under which everything else is kept secret: 32 bytes in a file of the operator's.
//!
//! It is never used itself: each purpose has a key derived from it (HKDF-SHA-256, RFC 5869).

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};
use docket_identity::Random;
use zeroize::Zeroizing;

const LENGTH: usize = 32;
/// Sixty-four digits and an end of line; more is no such file.
const MAX_FILE_LENGTH: u64 = 128;

/// The master key. Printing it shows nothing.
pub struct MasterKey(Zeroizing<[u8; LENGTH]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file can't be read or made.
    #[error("cannot {verb} the master key file {}", path.display())]
    File {
        /// "read" or "make".
        verb: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is no file, and what was sealed with the key is there.
    #[error(
        "the master key file {} is not there, and the database holds keys that only it opens: restore it from a backup",
        path.display()
    )]
    Lost {
        /// Which file.
        path: PathBuf,
    },
    /// Users other than its owner may read or write the file.
    #[error("the master key file {} is open to other users: run chmod 600 on it", path.display())]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("the master key file {} does not hold 32 bytes in hexadecimal", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
}

impl MasterKey {
    #[cfg(test)]
    pub(crate) fn of(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the key from `path`.
    ///
    /// # Errors
    /// See [`MasterKeyError`]: the file must be there, private to its owner, and hold 64 hexadecimal digits.
    pub fn read(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { verb: "read", path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        // Of the file that was opened, not of whatever has the name by now.
        if file.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(MasterKeyError::OpenToOthers { path: path.to_owned() });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MAX_FILE_LENGTH).read_to_string(&mut text).map_err(failed)?;
        let bytes = from_hex(text.trim()).ok_or_else(|| MasterKeyError::Malformed { path: path.to_owned() })?;
        Ok(Self(bytes))
    }

    /// Reads the key that sealed what there is.
    ///
    /// # Errors
    /// See [`MasterKeyError`].
    pub(crate) fn restore(path: &Path) -> Result<Self, MasterKeyError> {
        Self::read(path).map_err(|error| match error {
            MasterKeyError::File { source, path, .. } if source.kind() == io::ErrorKind::NotFound => {
                MasterKeyError::Lost { path }
            }
            error => error,
        })
    }

    /// Reads the key from `path`, or makes one there that only its owner can read. Of several processes at once one
    /// makes it, and all have the same.
    ///
    /// # Errors
    /// See [`MasterKeyError`].
    pub(crate) fn read_or_create(path: &Path, random: &Random) -> Result<Self, MasterKeyError> {
        if !path.exists() {
            let failed = |source| MasterKeyError::File { verb: "make", path: path.to_owned(), source };
            create(path, random).map_err(failed)?;
        }
        Self::read(path)
    }

    /// The key that seals signing keys.
    pub(crate) fn sealing_key(&self) -> SealingKey {
        let key = UnboundKey::new(&AES_256_GCM, &*self.derive(b"docket signing keys 1"));
        SealingKey(LessSafeKey::new(key.expect("32 bytes are a key of AES-256")))
    }

    /// The key that makes refresh tokens.
    pub(crate) fn refresh_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &*self.derive(b"docket refresh tokens 1"))
    }

    fn derive(&self, purpose: &[u8]) -> Zeroizing<[u8; LENGTH]> {
        let mut derived = Zeroizing::new([0; LENGTH]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(&*self.0)
            .expand(&[purpose], hkdf::HKDF_SHA256)
            .and_then(|output| output.fill(&mut *derived))
            .expect("32 bytes are one block of HKDF-SHA-256");
        derived
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey")
    }
}

/// Seals secrets with AES-256-GCM (NIST SP 800-38D). The sealed form is the nonce, then the encrypted secret and tag.
pub(crate) struct SealingKey(LessSafeKey);

impl SealingKey {
    /// Encrypts `secret`. It opens only with the same `context`.
    pub(crate) fn seal(&self, secret: &[u8], context: &[u8], random: &Random) -> Vec<u8> {
        let nonce = random.bytes::<NONCE_LEN>();
        let mut sealed = secret.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed)
            .expect("a short secret is within the limits of AES-GCM");
        [&nonce[..], &sealed[..]].concat()
    }

    /// The secret in `sealed`; `None` where it was sealed with another key or context, or changed since.
    pub(crate) fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(context), &mut secret).ok()?.len();
        secret.truncate(length);
        Some(secret)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey")
    }
}

/// Makes a key at `path`, unless there is one by then. The file appears whole: it is written aside, and then linked to its
/// name, which overwrites nothing.
fn create(path: &Path, random: &Random) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let aside = folder.join(format!(".master.key.{:032x}", u128::from_be_bytes(random.bytes())));
    let text = Zeroizing::new(to_hex(&*Zeroizing::new(random.bytes::<LENGTH>())));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    let linked =
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| {
            match std::fs::hard_link(&aside, path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                linked => linked,
            }
        });
    std::fs::remove_file(&aside)?;
    linked?;
    // So that the name outlives a loss of power, too.
    std::fs::File::open(folder)?.sync_all()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).chain(["\n".into()]).collect()
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; LENGTH]>> {
    if text.len() != 2 * LENGTH || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; LENGTH]);
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use docket_testkit::seeded_random;

    use super::*;

    fn sealed_by(key: &MasterKey) -> Vec<u8> {
        key.sealing_key().seal(b"secret", b"context", &seeded_random(1))
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/master.key");
        let made = MasterKey::read_or_create(&path, &seeded_random(1)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = MasterKey::read_or_create(&path, &seeded_random(2)).unwrap();
        assert_eq!(sealed_by(&made), sealed_by(&again));
        assert_eq!(sealed_by(&made), sealed_by(&MasterKey::read(&path).unwrap()));
    }

    #[test]
    fn of_many_at_once_one_makes_the_key_and_all_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/master.key");
        for _ in 0..20 {
            let start = std::sync::Barrier::new(8);
            let sealed: Vec<Vec<u8>> = std::thread::scope(|scope| {
                let making: Vec<_> = (0..8)
                    .map(|seed| {
                        let (path, start) = (&path, &start);
                        scope.spawn(move || {
                            start.wait();
                            sealed_by(&MasterKey::read_or_create(path, &seeded_random(seed)).unwrap())
                        })
                    })
                    .collect();
                making.into_iter().map(|making| making.join().unwrap()).collect()
            });
            assert!(sealed.iter().all(|other| *other == sealed[0]));
            let files: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
            assert_eq!(files.len(), 1, "nothing is left beside it: {files:?}");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_lost_key_is_named_and_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let refused = MasterKey::restore(&path).unwrap_err();
        assert!(matches!(refused, MasterKeyError::Lost { .. }), "{refused:?}");
        assert!(refused.to_string().contains("restore it from a backup"));
        assert!(!path.exists());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::read_or_create(&path, &seeded_random(1)).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o602] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let refused = MasterKey::read_or_create(&path, &seeded_random(1));
            assert!(matches!(refused, Err(MasterKeyError::OpenToOthers { .. })), "{mode:o}");
        }
    }

    #[test]
    fn an_absent_file_is_refused_where_none_is_to_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let refused = MasterKey::read(&folder.path().join("master.key"));
        assert!(matches!(refused, Err(MasterKeyError::File { verb: "read", .. })));
    }

    #[test]
    fn anything_but_64_digits_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::read_or_create(&path, &seeded_random(1)).unwrap();
        for text in ["", "00", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32), &"+1".repeat(32)] {
            fs::write(&path, text).unwrap();
            assert!(matches!(MasterKey::read(&path), Err(MasterKeyError::Malformed { .. })), "{text}");
        }
        fs::write(&path, format!(" {}\n", "aF".repeat(32))).unwrap();
        assert!(MasterKey::read(&path).is_ok());
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_and_context_only() {
        let (key, other) = (MasterKey::of([1; 32]), MasterKey::of([2; 32]));
        let sealed = sealed_by(&key);
        let opened = key.sealing_key().open(&sealed, b"context").unwrap();
        assert_eq!(opened.as_slice(), b"secret");
        assert!(key.sealing_key().open(&sealed, b"other").is_none());
        assert!(other.sealing_key().open(&sealed, b"context").is_none());
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(key.sealing_key().open(&changed, b"context").is_none(), "byte {index}");
            assert!(key.sealing_key().open(&sealed[..index], b"context").is_none(), "cut at {index}");
        }
    }
}
