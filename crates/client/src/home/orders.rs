//! Orders and their receipts, side by side.

use std::path::{Path, PathBuf};

use countersign_api::LeafProof;
use countersign_envelope::Certificate;
use countersign_order::{OrderId, Origin};

use super::Home;
use crate::failure::{Exit, Failure};
use crate::files;

/// A signed order that is kept, and what it verifies with.
#[derive(Debug)]
pub(crate) struct KeptOrder {
    pub(crate) signed_data: Vec<u8>,
    pub(crate) certificate: Certificate,
}

impl Home {
    /// Where an order and its receipt are kept.
    pub(crate) fn order_folder(&self, origin: &Origin, order: &OrderId) -> PathBuf {
        self.of(origin).join("orders").join(order.to_string())
    }

    /// Keeps a signed order and its verified receipt together.
    pub(crate) fn keep_order(
        &self,
        origin: &Origin,
        id: &OrderId,
        order: &KeptOrder,
        receipt: &[u8],
    ) -> Result<PathBuf, Failure> {
        let folder = self.order_folder(origin, id);
        files::private_folder(&folder)?;
        for (name, bytes) in [
            ("order.p7s", order.signed_data.as_slice()),
            ("certificate.pem", order.certificate.to_pem().as_bytes()),
            ("receipt.p7s", receipt),
        ] {
            keep(&folder.join(name), bytes)?;
        }
        Ok(folder)
    }

    /// Keeps what first proved that the log holds the receipt. Later proofs say no more.
    pub(crate) fn keep_proof(
        &self,
        origin: &Origin,
        id: &OrderId,
        proof: &LeafProof,
        checkpoint: &str,
    ) -> Result<(), Failure> {
        let folder = self.order_folder(origin, id);
        let proof = serde_json::to_vec_pretty(proof).map_err(Failure::because)?;
        let path = folder.join("checkpoint.txt");
        if files::read_private_if_there(&path)?.is_none() {
            files::write_private(&folder.join("proof.json"), &proof)?;
            files::write_private(&path, checkpoint.as_bytes())?;
        }
        Ok(())
    }

    /// The receipt that came first, if this program kept it.
    pub(crate) fn kept_receipt(
        &self,
        origin: &Origin,
        id: &OrderId,
    ) -> Result<Option<Vec<u8>>, Failure> {
        files::read_private_if_there(&self.order_folder(origin, id).join("receipt.p7s"))
    }

    /// The signed order, if this program sent it and kept it.
    pub(crate) fn kept_order(
        &self,
        origin: &Origin,
        id: &OrderId,
    ) -> Result<Option<KeptOrder>, Failure> {
        let folder = self.order_folder(origin, id);
        let Some(signed_data) = files::read_private_if_there(&folder.join("order.p7s"))? else {
            return Ok(None);
        };
        let pem = files::read_private(&folder.join("certificate.pem"))?;
        let certificate =
            Certificate::from_pem(&String::from_utf8_lossy(&pem)).map_err(|error| {
                Failure::new(
                    Exit::Failure,
                    format!("{}: {error}", folder.join("certificate.pem").display()),
                )
            })?;
        Ok(Some(KeptOrder {
            signed_data,
            certificate,
        }))
    }
}

/// Writes evidence once. The server names the folder and may sign again: what is kept already never
/// gives way to something else.
fn keep(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match files::read_private_if_there(path)? {
        None => files::write_private(path, bytes),
        Some(kept) if kept == bytes => Ok(()),
        Some(_) => {
            let message = format!(
                "{} holds something else than the server says now",
                path.display()
            );
            Err(Failure::new(Exit::Invalid, message)
                .advise("what was kept before stays as it is: keep it, and ask the seller"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_that_is_kept_never_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.p7s");
        keep(&path, b"accepted").unwrap();
        keep(&path, b"accepted").unwrap();
        assert_eq!(keep(&path, b"declined").unwrap_err().exit, Exit::Invalid);
        assert_eq!(files::read_private(&path).unwrap(), b"accepted");
    }
}
