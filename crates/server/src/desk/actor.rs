//! Who does something, as the audit and the timeline of an order tell it.

use std::fmt;

use countersign_order::AccountId;

/// Who does something: an account, the operator, or the desk by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor(String);

impl Actor {
    /// A person with the server's shell, by the name of the Unix user.
    pub fn operator(unix_user: &str) -> Self {
        Self(format!("operator:{unix_user}"))
    }

    /// An account of a buyer or of the seller.
    pub fn account(account: &AccountId) -> Self {
        Self(account.to_string())
    }

    /// The desk by itself.
    pub fn automatic() -> Self {
        Self("automatic".to_owned())
    }

    /// Whether it is an account, which may ask from anywhere and as often as it likes.
    pub(crate) fn is_account(&self) -> bool {
        *self != Self::automatic() && !self.0.starts_with("operator:")
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
