//! Orders that were sent, or are about to be, and have no verified receipt yet.

use std::path::PathBuf;

use countersign_order::time::rfc3339;
use countersign_order::{AccountId, Der, Digest, Origin, PurchaseOrderNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Home, folders, read_json, write_json};
use crate::failure::Failure;
use crate::files;

/// A sealed order with all that its receipt will be checked against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) purchase_order_number: PurchaseOrderNumber,
    pub(crate) account: AccountId,
    #[serde(with = "rfc3339")]
    pub(crate) sealed_at: Timestamp,
    /// The digest of the order document; it names the file, too.
    pub(crate) content: Digest,
    /// The certificate that the signature verifies with.
    pub(crate) certificate: Der,
    /// The signed order.
    pub(crate) signed_data: Der,
    /// What is sent.
    pub(crate) envelope: Der,
}

impl Home {
    fn pending_folder(&self, origin: &Origin) -> PathBuf {
        self.of(origin).join("pending")
    }

    fn pending_file(&self, origin: &Origin, content: &Digest) -> PathBuf {
        let name: String = content.to_string().chars().filter(|&c| c != ':').collect();
        self.pending_folder(origin)
            .join(name)
            .with_added_extension("json")
    }

    /// Keeps a sealed order; when this returns it survives a power cut.
    pub(crate) fn keep_pending(&self, origin: &Origin, pending: &Pending) -> Result<(), Failure> {
        files::private_folder(&self.pending_folder(origin))?;
        write_json(&self.pending_file(origin, &pending.content), pending)
    }

    /// Lets go of a sealed order, once its receipt is kept or no order can come of it.
    pub(crate) fn forget_pending(&self, origin: &Origin, pending: &Pending) -> Result<(), Failure> {
        files::remove(&self.pending_file(origin, &pending.content))
    }

    /// All sealed orders that have no verified receipt, oldest first.
    pub(crate) fn pending(&self, origin: &Origin) -> Result<Vec<Pending>, Failure> {
        let mut all: Vec<Pending> = Vec::new();
        for file in folders(&self.pending_folder(origin))? {
            if file
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                all.extend(read_json(&file)?);
            }
        }
        all.sort_by_key(|pending| pending.sealed_at);
        Ok(all)
    }
}
