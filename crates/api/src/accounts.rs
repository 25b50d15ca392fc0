//! Signing in, and who is signed in.

use std::fmt;

use countersign_order::time::rfc3339;
use countersign_order::{AccountId, BuyerId, EmailAddress, Role};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// An ID and its password. Whatever is wrong with them, the answer is the same.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// The account's ID.
    pub id: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRequest").finish_non_exhaustive()
    }
}

/// A session, whose token goes into `Authorization: Bearer`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// 256 random bits; the server keeps only their digest.
    pub token: String,
    /// When it ends at the latest; it ends earlier if it is not used.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub expires_at: Timestamp,
    /// Who is signed in.
    pub account: AccountView,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("expires_at", &self.expires_at)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// An account as it sees itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountView {
    /// Its ID.
    pub id: AccountId,
    /// The buyer it orders for; null for the seller's own.
    pub buyer: Option<BuyerId>,
    /// What it may do.
    pub role: Role,
}

/// An invite's code, and the password that is to be the account's.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRedemption {
    /// The code from the invite.
    pub code: String,
    /// The password to set: 8 to 128 characters.
    pub password: String,
}

impl fmt::Debug for InviteRedemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteRedemption").finish_non_exhaustive()
    }
}

/// A new password, for whoever knows the one before.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The account's password.
    pub password: String,
    /// The password to set: 8 to 128 characters.
    pub new_password: String,
}

impl fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordChange").finish_non_exhaustive()
    }
}

/// Where the account's mail is to go, for whoever knows the password.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmailChange {
    /// The account's password.
    pub password: String,
    /// The new address.
    pub email: EmailAddress,
}

impl fmt::Debug for EmailChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailChange")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}
