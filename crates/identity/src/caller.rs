//! The verified caller of a request.

use std::sync::Arc;

use crate::{Claims, SessionId, UserId};

/// Who calls, as a verified token says. Only [`TokenVerifier`](crate::TokenVerifier) makes one, so a function that
/// takes a `Caller` can't be reached without a good token. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Claims>);

impl Caller {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(claims))
    }

    /// The account: the owner of all that the caller may reach.
    pub fn user_id(&self) -> UserId {
        self.0.sub
    }

    /// The session that the token belongs to.
    pub fn session_id(&self) -> SessionId {
        self.0.sid
    }

    /// All that the token says.
    pub fn claims(&self) -> &Claims {
        &self.0
    }
}
