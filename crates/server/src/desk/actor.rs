//! Who does something, as the audit and the timeline of an order tell it.

use std::fmt;

use countersign_order::AccountId;

/// Who does something: an account, the operator, or the desk by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    text: String,
    is_account: bool,
}

impl Actor {
    /// A person with the server's shell, by the name of the Unix user.
    pub fn operator(unix_user: &str) -> Self {
        Self {
            text: format!("operator:{unix_user}"),
            is_account: false,
        }
    }

    /// An account of a buyer or of the seller.
    pub fn account(account: &AccountId) -> Self {
        Self {
            text: account.to_string(),
            is_account: true,
        }
    }

    /// The desk by itself.
    pub fn automatic() -> Self {
        Self {
            text: "automatic".to_owned(),
            is_account: false,
        }
    }

    /// Whether it is an account, which may ask from anywhere and as often as it likes.
    pub(crate) const fn is_account(&self) -> bool {
        self.is_account
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
