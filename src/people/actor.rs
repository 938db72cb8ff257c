//! The person who is signed in.

use super::act::{Act, Post, may};
use crate::kit::error::Error;
use crate::kit::id::Id;

/// Somebody signed in, as every rule and every row's scope sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: Id,
    /// The person's name.
    pub name: String,
    /// What they are employed to do.
    pub post: Post,
    /// Their department, if they belong to one.
    pub department: Option<Id>,
    /// True until they have replaced the password that they were given.
    pub must_change_password: bool,
}

impl Actor {
    /// True when the permission table allows it.
    pub fn may(&self, act: Act) -> bool {
        may(self.post, act)
    }

    /// # Errors
    /// [`Error::Forbidden`] when the permission table does not allow it.
    pub fn must(&self, act: Act) -> Result<(), Error> {
        if self.may(act) { Ok(()) } else { Err(Error::Forbidden) }
    }
}
