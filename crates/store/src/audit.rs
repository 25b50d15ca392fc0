//! The audit: who changed what, when. Rows are only ever added.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Page, StoreError};

/// One thing somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: an account, or `operator:<unix user>`.
    pub by: String,
    /// What was done, such as `enrol-key`.
    pub action: String,
    /// What it was done to, such as an account or an item.
    pub subject: String,
    /// Anything more, for people.
    pub detail: String,
}

/// An entry with its place in the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// 1, 2, … in the order of commits.
    pub number: u64,
    /// What was recorded.
    pub entry: AuditEntry,
}

/// Reading the audit. Sees what the unit of work it belongs to sees.
#[async_trait]
pub trait ReadAudit {
    /// The newest entries first, those before number `before` if given.
    async fn audit(
        &mut self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<AuditRecord>, StoreError>;
}

/// Writing the audit: durable with the change it tells of, since both share one transaction.
#[async_trait]
pub trait WriteAudit {
    /// Adds one entry.
    async fn record(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;
}
