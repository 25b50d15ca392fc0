//! Machine tokens in SQL.

use async_trait::async_trait;
use countersign_order::{AccountId, Digest, TokenId};
use jiff::Timestamp;

use super::cell::{Word, micros};
use super::unit_of_work::UnitOfWork;
use crate::{NewToken, ReadTokens, StoreError, TokenHolder, TokenRecord, WriteTokens};

#[async_trait]
impl ReadTokens for UnitOfWork {
    async fn token_holder(
        &mut self,
        token_sha256: &Digest,
        now: Timestamp,
    ) -> Result<Option<TokenHolder>, StoreError> {
        self.row(
            "tokens",
            "SELECT
                 tokens.account,
                 accounts.buyer,
                 accounts.role,
                 tokens.scope
             FROM tokens
             JOIN accounts ON accounts.id = tokens.account
             LEFT JOIN buyers ON buyers.id = accounts.buyer
             WHERE tokens.token_sha256 = $1
                 AND tokens.revoked_at IS NULL
                 AND (tokens.ends_at IS NULL OR tokens.ends_at > $2)
                 AND accounts.enabled
                 AND coalesce(buyers.enabled, true)",
            &[&token_sha256.as_bytes().as_slice(), &micros(now)],
            |record| {
                Ok(TokenHolder {
                    account: record.cell("account")?,
                    buyer: record.cell("buyer")?,
                    role: record.cell("role")?,
                    scope: record.cell("scope")?,
                })
            },
        )
        .await
    }

    async fn tokens(
        &mut self,
        account: Option<&AccountId>,
    ) -> Result<Vec<TokenRecord>, StoreError> {
        self.rows(
            "tokens",
            "SELECT
                 id,
                 token_sha256,
                 account,
                 scope,
                 label,
                 created_at,
                 ends_at,
                 revoked_at
             FROM tokens
             WHERE $1::text IS NULL
                 OR account = $1
             ORDER BY id",
            &[&account.map(AccountId::as_str)],
            |record| {
                Ok(TokenRecord {
                    token: NewToken {
                        id: record.cell("id")?,
                        token_sha256: record.cell("token_sha256")?,
                        account: record.cell("account")?,
                        scope: record.cell("scope")?,
                        label: record.cell("label")?,
                        created_at: record.cell("created_at")?,
                        ends_at: record.cell("ends_at")?,
                    },
                    revoked_at: record.cell("revoked_at")?,
                })
            },
        )
        .await
    }
}

#[async_trait]
impl WriteTokens for UnitOfWork {
    async fn insert_token(&mut self, token: &NewToken) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO tokens (
                 id,
                 token_sha256,
                 account,
                 scope,
                 label,
                 created_at,
                 ends_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &token.id.to_string(),
                &token.token_sha256.as_bytes().as_slice(),
                &token.account.as_str(),
                &token.scope.word(),
                &token.label.as_str(),
                &micros(token.created_at),
                &token.ends_at.map(micros),
            ],
        )
        .await?;
        Ok(())
    }

    async fn revoke_token(&mut self, id: &TokenId, now: Timestamp) -> Result<bool, StoreError> {
        self.changes(
            "UPDATE tokens
             SET revoked_at = $2
             WHERE id = $1
                 AND revoked_at IS NULL",
            &[&id.to_string(), &micros(now)],
        )
        .await
    }
}
