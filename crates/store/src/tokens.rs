//! Tokens by which machines act for an account. Only their SHA-256 is kept.

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, Digest, Role, ShortText, TokenId};
use jiff::Timestamp;

use crate::StoreError;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenScope {
    /// Reading, sending orders and requests to cancel them.
    Order,
    /// Reading.
    Read,
}

/// A token to be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Its key.
    pub id: TokenId,
    /// SHA-256 of the token.
    pub token_sha256: Digest,
    /// The account it acts for.
    pub account: AccountId,
    /// What it is good for.
    pub scope: TokenScope,
    /// Which machine has it.
    pub label: ShortText,
    /// When it was made.
    pub created_at: Timestamp,
    /// It ends here, if it ends by itself.
    pub ends_at: Option<Timestamp>,
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// What was handed out.
    pub token: NewToken,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Whom a token that is still good acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHolder {
    /// The account.
    pub account: AccountId,
    /// Its buyer; none for the seller's own.
    pub buyer: Option<BuyerId>,
    /// What the account may do.
    pub role: Role,
    /// What the token is good for.
    pub scope: TokenScope,
}

/// Reading tokens.
#[async_trait]
pub trait ReadTokens {
    /// Whom a token acts for, unless it has ended or its account or buyer is disabled.
    async fn token_holder(
        &mut self,
        token_sha256: &Digest,
        now: Timestamp,
    ) -> Result<Option<TokenHolder>, StoreError>;

    /// The tokens of an account, or of all, those that have ended too, oldest first.
    async fn tokens(&mut self, account: Option<&AccountId>)
    -> Result<Vec<TokenRecord>, StoreError>;
}

/// Writing tokens.
#[async_trait]
pub trait WriteTokens {
    /// Keeps a token of an account that exists.
    async fn insert_token(&mut self, token: &NewToken) -> Result<(), StoreError>;

    /// Ends a token. False if there is none, or it was revoked before.
    async fn revoke_token(&mut self, id: &TokenId, now: Timestamp) -> Result<bool, StoreError>;
}
