//! Tokens by which a buyer's machines ask in an account's name: handed out once, by the operator.

use async_trait::async_trait;
use countersign_order::{AccountId, ShortText, TokenId};
use countersign_store::{NewToken, TokenScope};
use jiff::Timestamp;

use super::enrol::digest_of;
use super::sessions::Token;
use super::{DeskError, Operation, Work, accounts};

/// What a token begins with, so that whoever finds one knows what it is.
pub(super) const PREFIX: &str = "cst_";
/// Tokens of one account that have not ended.
const TOKENS_PER_ACCOUNT_MAX: usize = 64;

/// Makes a token for an account.
#[derive(Debug)]
pub struct AddToken {
    /// The account, which is a buyer's.
    pub account: AccountId,
    /// What the token is good for.
    pub scope: TokenScope,
    /// Which machine gets it.
    pub label: ShortText,
    /// When it ends, if it ends by itself.
    pub ends_at: Option<Timestamp>,
}

/// A token as it is handed out, once.
#[derive(Debug)]
pub struct HandedOut {
    /// What is kept of it.
    pub token: NewToken,
    secret: Token,
}

impl HandedOut {
    /// The text that goes into `Authorization: Bearer`.
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }
}

#[async_trait]
impl Operation for AddToken {
    type Answer = HandedOut;

    async fn apply(&self, work: &mut Work<'_>) -> Result<HandedOut, DeskError> {
        let account = accounts::record(work, &self.account).await?;
        if account.buyer.is_none() {
            let why = "tokens are for the accounts of buyers".to_owned();
            return Err(DeskError::Unfit(why));
        }
        if self.ends_at.is_some_and(|end| end <= work.now) {
            return Err(DeskError::Unfit("the token would have ended".to_owned()));
        }
        let tokens = work.transaction.tokens(Some(&account.id)).await?;
        let is_good = |end: Option<Timestamp>| end.is_none_or(|end| end > work.now);
        let good = tokens
            .iter()
            .filter(|token| token.revoked_at.is_none() && is_good(token.token.ends_at))
            .count();
        if good >= TOKENS_PER_ACCOUNT_MAX {
            let why = format!("an account has {TOKENS_PER_ACCOUNT_MAX} tokens: revoke one first");
            return Err(DeskError::Unfit(why));
        }
        let secret = Token::with_prefix(PREFIX, work.desk);
        let token = NewToken {
            id: TokenId::from_uuid_bytes(work.desk.random().uuid_v7(work.now)),
            token_sha256: digest_of(secret.expose()),
            account: account.id,
            scope: self.scope,
            label: self.label.clone(),
            created_at: work.now,
            ends_at: self.ends_at,
        };
        work.transaction.insert_token(&token).await?;
        work.audit("add-token", token.account.as_str(), &token.id.to_string())
            .await?;
        Ok(HandedOut { token, secret })
    }
}

/// Ends a token.
#[derive(Debug)]
pub struct RevokeToken {
    /// The token.
    pub id: TokenId,
}

#[async_trait]
impl Operation for RevokeToken {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let tokens = work.transaction.tokens(None).await?;
        let known = tokens.iter().find(|token| token.token.id == self.id);
        let known = known.ok_or(DeskError::NotFound("token"))?;
        if !work.transaction.revoke_token(&self.id, work.now).await? {
            return Ok(());
        }
        let account = known.token.account.as_str();
        work.audit("revoke-token", account, &self.id.to_string())
            .await
    }
}
