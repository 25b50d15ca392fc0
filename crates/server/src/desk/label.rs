//! What the holder of a key calls it: for telling keys apart, and never signed.

use async_trait::async_trait;
use countersign_order::{AccountId, ShortText};
use countersign_store::KeyRecord;

use super::revoke::KeyChoice;
use super::{DeskError, Operation, Work};

/// Changes what a key is called.
#[derive(Debug)]
pub struct LabelKey {
    /// The account whose key it is.
    pub account: AccountId,
    /// Which of its keys.
    pub key: KeyChoice,
    /// What it is called from now on; nothing, if it is none.
    pub label: Option<ShortText>,
}

#[async_trait]
impl Operation for LabelKey {
    type Answer = KeyRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<KeyRecord, DeskError> {
        let mut record = self.key.find(work, &self.account).await?;
        let label = self.label.as_ref();
        work.transaction.label_key(&record.key.id, label).await?;
        record.key.label.clone_from(&self.label);
        let fingerprint = record.key.key_sha256.to_string();
        work.audit("label-key", self.account.as_str(), &fingerprint)
            .await?;
        Ok(record)
    }
}
