//! Passwords: what a new one must be, and how they are hashed and checked.

mod hashing;
mod rules;
mod strength;

pub(crate) use hashing::{Checked, HashError, PasswordHasher, PoolSettings};
pub use hashing::{HashParameters, WeakParameters};
pub(crate) use rules::PasswordRules;
