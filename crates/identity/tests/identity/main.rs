//! What a token has to be, and what a verifier has to know, for a caller to be let in.

mod ids;
mod keys;
mod properties;
mod refusals;
mod service_credentials;
mod standing;
