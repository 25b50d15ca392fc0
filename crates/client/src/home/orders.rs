//! Orders and requests to cancel them, side by side with what the seller signed in answer.

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

/// A signed request to cancel, and what it verifies with.
#[derive(Debug)]
pub(crate) struct KeptRequest<'a> {
    pub(crate) signed_data: &'a [u8],
    pub(crate) certificate: &'a Certificate,
}

impl Home {
    /// Where an order and its receipt are kept.
    pub(crate) fn order_folder(&self, origin: &Origin, order: &OrderId) -> PathBuf {
        self.of(origin).join("orders").join(order.to_string())
    }

    /// Keeps a signed order together with the verified statements about it, the first of which is its
    /// receipt.
    pub(crate) fn keep_order(
        &self,
        origin: &Origin,
        id: &OrderId,
        order: &KeptOrder,
        statements: &[Vec<u8>],
    ) -> Result<PathBuf, Failure> {
        let folder = self.order_folder(origin, id);
        files::private_folder(&folder)?;
        keep(&folder.join("order.p7s"), &order.signed_data)?;
        let certificate = order.certificate.to_pem();
        keep(&folder.join("certificate.pem"), certificate.as_bytes())?;
        keep_statements(&folder, statements)?;
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

    /// Refuses to see fewer statements about an order than are kept.
    pub(crate) fn must_be_all(
        &self,
        origin: &Origin,
        id: &OrderId,
        statements: &[Vec<u8>],
    ) -> Result<(), Failure> {
        let next = self
            .order_folder(origin, id)
            .join(statement_file(statements.len() + 1));
        if next.exists() {
            let message = format!(
                "the seller does not show any more what {} holds",
                next.display()
            );
            return Err(Failure::invalid(message));
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

    /// Keeps a signed request to cancel an order together with the verified statements about it, the
    /// cancellation among them.
    pub(crate) fn keep_cancellation(
        &self,
        origin: &Origin,
        id: &OrderId,
        request: &KeptRequest<'_>,
        statements: &[Vec<u8>],
    ) -> Result<PathBuf, Failure> {
        let folder = self.order_folder(origin, id);
        files::private_folder(&folder)?;
        let request_file = folder.join("cancellation-request.p7s");
        keep(&request_file, request.signed_data)?;
        let certificate = request.certificate.to_pem();
        let certificate_file = folder.join("cancellation-request.cert.pem");
        keep(&certificate_file, certificate.as_bytes())?;
        keep_statements(&folder, statements)?;
        Ok(folder)
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

fn keep_statements(folder: &Path, statements: &[Vec<u8>]) -> Result<(), Failure> {
    for (place, statement) in (1..).zip(statements) {
        keep(&folder.join(statement_file(place)), statement)?;
    }
    Ok(())
}

/// What a statement about an order is kept as, by its place among them.
fn statement_file(place: usize) -> String {
    if place == 1 {
        "receipt.p7s".to_owned()
    } else {
        format!("statement-{place}.p7s")
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
