//! Argon2id on a fixed set of threads, each with its own memory, behind a bounded queue.
//!
//! The library's plain calls allocate for each hash: with glibc's allocator the process keeps eight times the memory, at
//! two thirds of the speed. The runtime's blocking threads would be hundreds.

mod parameters;
mod pool;

pub use parameters::{HashParameters, WeakParameters};
pub(crate) use pool::{HashError, PoolSettings};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use docket_identity::Random;
use pool::Pool;
use tracing::instrument;

use crate::domain::{GivenPassword, NewPassword};

/// 128 bits (RFC 9106, 3.1).
const SALT_LENGTH: usize = 16;

/// Hashes and checks passwords. Cloning is cheap; clones share the threads.
#[derive(Clone, Debug)]
pub(crate) struct PasswordHasher {
    pool: Pool,
    parameters: HashParameters,
    random: Random,
}

/// The result of checking a password against a stored hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The password is right. `rehashed` is a new hash where the stored one has other parameters than the current.
    Right {
        /// A PHC string to store instead.
        rehashed: Option<String>,
    },
    /// The password is wrong.
    Wrong,
}

impl PasswordHasher {
    /// Starts the threads. They end when the last clone is dropped.
    pub(crate) fn start(parameters: HashParameters, settings: PoolSettings, random: Random) -> Self {
        Self { pool: Pool::start(settings), parameters, random }
    }

    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// See [`HashError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn hash(&self, password: NewPassword) -> Result<String, HashError> {
        let (parameters, salt) = (self.parameters.clone(), self.random.bytes::<SALT_LENGTH>());
        self.pool.run(move |memory| fresh(memory, password.expose(), salt, &parameters)).await
    }

    /// Whether `password` is the one of `stored`, a PHC string. Without one (nobody has that name, or may not sign
    /// in) it is never right, and takes as long to find out.
    ///
    /// # Errors
    /// See [`HashError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn check(&self, password: GivenPassword, stored: Option<String>) -> Result<Checked, HashError> {
        let (parameters, salt) = (self.parameters.clone(), self.random.bytes::<SALT_LENGTH>());
        self.pool
            .run(move |memory| {
                let password = password.expose();
                let Some(hash) = stored.as_deref().and_then(parse) else {
                    fresh(memory, password, salt, &parameters);
                    return Checked::Wrong;
                };
                if !hash.matches(memory, password) {
                    return Checked::Wrong;
                }
                let current = hash.params == *parameters.params();
                Checked::Right { rehashed: (!current).then(|| fresh(memory, password, salt, &parameters)) }
            })
            .await
    }

    /// How many passwords wait to be hashed or checked.
    pub(crate) fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    /// Runs other work that takes long on the same threads, under the same bounds.
    ///
    /// # Errors
    /// See [`HashError`].
    #[instrument(level = "debug", skip_all)]
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        self.pool.run(|_| work()).await
    }
}

/// A parsed hash.
struct Stored {
    params: Params,
    salt: Salt,
    output: Output,
}

/// `None` for anything but a hash that Docket makes, with whatever parameters.
fn parse(phc: &str) -> Option<Stored> {
    let hash = PasswordHash::new(phc).ok()?;
    if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(Version::V0x13.into()) {
        return None;
    }
    let params = Params::try_from(&hash.params).ok()?;
    Some(Stored { params, salt: hash.salt?, output: hash.hash? })
}

impl Stored {
    fn matches(&self, memory: &mut Vec<Block>, password: &str) -> bool {
        let mut output = [0; Output::MAX_LENGTH];
        let output = &mut output[..self.output.len()];
        // Compared in constant time.
        compute(memory, password, &self.salt, &self.params, output)
            && Output::new(output).is_ok_and(|output| output == self.output)
    }
}

fn fresh(memory: &mut Vec<Block>, password: &str, salt: [u8; SALT_LENGTH], parameters: &HashParameters) -> String {
    let params = parameters.params();
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let computed = compute(memory, password, &salt, params, &mut output);
    assert!(computed, "the parameters were checked, and password, salt and output have lengths that argon2 takes");
    PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).expect("three numbers fit into a PHC string"),
        salt: Some(Salt::new(&salt).expect("16 bytes are a salt")),
        hash: Some(Output::new(&output).expect("32 bytes are an output")),
    }
    .to_string()
}

/// Whether argon2 could compute `output` with these parameters.
fn compute(memory: &mut Vec<Block>, password: &str, salt: &[u8], params: &Params, output: &mut [u8]) -> bool {
    // Of the right size but for the first time, and for hashes with other parameters than those in use.
    memory.resize(params.block_count(), Block::new());
    memory.shrink_to_fit();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, &mut memory[..]).is_ok()
}

#[cfg(test)]
mod tests;
