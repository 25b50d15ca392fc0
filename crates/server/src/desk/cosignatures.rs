//! What witnesses say of the log, kept beside it.

use async_trait::async_trait;
use countersign_order::LogOrigin;
use countersign_store::CosignatureRecord;

use super::{DeskError, Operation, Work};

/// Keeps what a witness said. Its signature has been verified.
#[derive(Debug)]
pub(crate) struct KeepCosignature {
    pub(crate) log: LogOrigin,
    pub(crate) cosignature: CosignatureRecord,
}

#[async_trait]
impl Operation for KeepCosignature {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        work.transaction
            .keep_cosignature(&self.log, &self.cosignature)
            .await?;
        Ok(())
    }
}
