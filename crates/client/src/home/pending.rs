//! Orders and requests to cancel that were sent, or are about to be, and have no verified answer yet.

use std::path::PathBuf;

use countersign_order::time::rfc3339;
use countersign_order::{AccountId, Der, Digest, OrderId, Origin, PurchaseOrderNumber};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Home, folders, read_json, write_json};
use crate::failure::Failure;
use crate::files;

/// A sealed message with all that its answer will be checked against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) purchase_order_number: PurchaseOrderNumber,
    /// The order that it asks to cancel; none if it is an order itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancels: Option<OrderId>,
    pub(crate) account: AccountId,
    #[serde(with = "rfc3339")]
    pub(crate) sealed_at: Timestamp,
    /// The digest of the document; it names the file, too.
    pub(crate) content: Digest,
    /// The certificate that the signature verifies with.
    pub(crate) certificate: Der,
    /// The signed document.
    pub(crate) signed_data: Der,
    /// What is sent.
    pub(crate) envelope: Der,
}

impl Pending {
    /// What it is, in a sentence.
    pub(crate) fn describe(&self) -> String {
        let number = &self.purchase_order_number;
        match self.cancels {
            None => format!("order {number}"),
            Some(_) => format!("the request to cancel {number}"),
        }
    }

    /// Where it is sent.
    pub(crate) fn path(&self) -> String {
        match self.cancels {
            None => "/v1/orders".to_owned(),
            Some(order) => format!("/v1/orders/{order}/cancellation"),
        }
    }
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

    /// Keeps a sealed message; when this returns it survives a power cut.
    pub(crate) fn keep_pending(&self, origin: &Origin, pending: &Pending) -> Result<(), Failure> {
        files::private_folder(&self.pending_folder(origin))?;
        write_json(&self.pending_file(origin, &pending.content), pending)
    }

    /// Lets go of a sealed message, once its answer is kept or nothing can come of it.
    pub(crate) fn forget_pending(&self, origin: &Origin, pending: &Pending) -> Result<(), Failure> {
        files::remove(&self.pending_file(origin, &pending.content))
    }

    /// All sealed messages that have no verified answer, oldest first.
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
