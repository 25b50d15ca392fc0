//! Revoking a key: from its statement's place in the log on, it signs no order.

use std::str::FromStr;

use async_trait::async_trait;
use countersign_order::{AccountId, Authorisation, Digest, KeyAction, KeyId, ShortText, Statement};
use countersign_store::{KeyRecord, KeyRevocation};

use super::enrol::{correspondent, key_statement};
use super::sessions::must_still_match;
use super::statements::About;
use super::{DeskError, Operation, Work, accounts, letters};
use crate::mail::{KeyRevoked, News};

/// Revokes a key of an account.
#[derive(Debug)]
pub struct RevokeKey {
    /// The account.
    pub account: AccountId,
    /// Which of its keys.
    pub key: KeyChoice,
    /// Why, for the statement.
    pub reason: ShortText,
    /// The verifier that the account's password matched; none if the operator revokes it.
    pub matched: Option<String>,
}

/// Names a key.
#[derive(Debug, Clone, Copy)]
pub enum KeyChoice {
    /// By its ID.
    Id(KeyId),
    /// By the fingerprint of its certificate, or its own.
    Fingerprint(Digest),
}

/// Why a text names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is neither sha256: and 64 nor key_ and 32 lower-case hexadecimal digits")]
pub struct KeyChoiceError;

impl FromStr for KeyChoice {
    type Err = KeyChoiceError;

    fn from_str(text: &str) -> Result<Self, KeyChoiceError> {
        let by_id = text.parse().map(Self::Id);
        by_id
            .or_else(|_| text.parse().map(Self::Fingerprint))
            .map_err(|_| KeyChoiceError)
    }
}

impl KeyChoice {
    /// The key of this account that is meant.
    pub(super) async fn find(
        &self,
        work: &mut Work<'_>,
        account: &AccountId,
    ) -> Result<KeyRecord, DeskError> {
        let found = match self {
            Self::Id(id) => work.transaction.key(id).await?,
            Self::Fingerprint(digest) => work.transaction.key_by_fingerprint(digest).await?,
        };
        found
            .filter(|record| record.key.account == *account)
            .ok_or(DeskError::NotFound("key"))
    }
}

#[async_trait]
impl Operation for RevokeKey {
    type Answer = KeyRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<KeyRecord, DeskError> {
        let by = match &self.matched {
            Some(matched) => {
                must_still_match(&accounts::record(work, &self.account).await?, matched)?;
                Authorisation::Password
            }
            None => Authorisation::Operator,
        };
        let record = self.key.find(work, &self.account).await?;
        if record.revocation.is_some() {
            return Ok(record);
        }
        let key = record.key;
        let to = correspondent(work, &self.account).await?;
        let about = About {
            account: Some(self.account.clone()),
            ..About::default()
        };
        let (subject, reason) = (key.clone(), Some(self.reason.clone()));
        let statement = work
            .state(about, move |common| {
                Statement::Key(key_statement(
                    common,
                    &subject,
                    KeyAction::Revoked,
                    by,
                    reason,
                ))
            })
            .await?;
        let revocation = KeyRevocation {
            at: statement.issued_at,
            reason: self.reason.to_string(),
            statement: statement.number,
        };
        work.transaction.revoke_key(&key.id, &revocation).await?;
        let news = News::KeyRevoked(KeyRevoked {
            key: key.id,
            algorithm: key.algorithm.clone(),
            label: key.label.as_ref().map(ShortText::to_string),
            key_fingerprint: key.key_sha256.to_string(),
            certificate_fingerprint: key.certificate_sha256.to_string(),
            reason: self.reason.to_string(),
            revoked_at: revocation.at,
        });
        let event = letters::event(&to, statement.number, news);
        work.mail(&to.email, &event).await?;
        let fingerprint = key.key_sha256.to_string();
        work.audit("revoke-key", self.account.as_str(), &fingerprint)
            .await?;
        Ok(KeyRecord {
            key,
            revocation: Some(revocation),
        })
    }
}
