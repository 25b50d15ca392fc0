//! Orders and their receipts, side by side.

use std::path::PathBuf;

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
        files::write_private(&folder.join("order.p7s"), &order.signed_data)?;
        files::write_private(
            &folder.join("certificate.pem"),
            order.certificate.to_pem().as_bytes(),
        )?;
        files::write_private(&folder.join("receipt.p7s"), receipt)?;
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
