//! Revocations: what verifiers must refuse although it has not expired.

mod feed;

pub(crate) use feed::{News, RevocationFeed, Watch};
