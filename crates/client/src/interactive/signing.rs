//! Showing what will be signed, signing it, and showing what the receipt says.

use std::path::Path;

use countersign_api::Code;
use countersign_order::PurchaseOrder;

use super::{INSTEAD, Session};
use crate::commands::order::show;
use crate::correction::Correction;
use crate::describe;
use crate::drafting::{self, Wish};
use crate::enrolment::remember;
use crate::failure::{Exit, Failure};
use crate::key_file;
use crate::submission::{Receipted, sign_and_seal, submit};

impl Session<'_> {
    /// Shows the order, and signs and sends it if the person wants that. None if not.
    pub(super) fn signs(&self, wish: &Wish, path: &Path) -> Result<Option<Exit>, Failure> {
        let buyer = drafting::buyer(&self.api)?;
        let certificate = key_file::certificate(path)?;
        let mut wish = wish.clone();
        loop {
            let order = wish.order(&buyer, &self.seller)?;
            let document = order.to_json();
            let text = describe::to_be_signed(&order, &document, &certificate);
            self.context.output.message(&format!("\n{text}\n"));
            if !self.agrees(&document)? {
                self.context
                    .output
                    .message("nothing was signed and nothing was sent");
                return Ok(None);
            }
            match self.sends(path, &document) {
                Ok(receipted) => {
                    let account = &self.api.session()?.account;
                    remember(self.context, &self.seller, account, path, &certificate)?;
                    let exit = show(self.context, &receipted)?;
                    if let Some(correction) = self.corrects(&order, &receipted)? {
                        wish.lines = correction.lines;
                        continue;
                    }
                    self.follows(&receipted)?;
                    return Ok(Some(exit));
                }
                // No order exists: the same wish may be dated anew, under the same number.
                Err(failure) if failure.code() == Some(Code::TimestampNotAccepted) => {
                    self.context.output.failure(&failure);
                    self.context
                        .output
                        .message("\nThe same order, with the time of now:");
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The lines as they would be accepted now, if the order is declined and the person wants them.
    fn corrects(
        &self,
        order: &PurchaseOrder,
        receipted: &Receipted,
    ) -> Result<Option<Correction>, Failure> {
        let Some(correction) = Correction::of(&self.api, order, &receipted.receipt)? else {
            return Ok(None);
        };
        let told = correction.describe(order);
        self.context.output.message(&format!("\n{told}"));
        let prompt = "See and sign the corrected order under the same number?";
        let agrees = self.context.terminal.agrees(prompt, INSTEAD)?;
        Ok(Some(correction).filter(|_| agrees))
    }

    fn agrees(&self, document: &[u8]) -> Result<bool, Failure> {
        let prompt = "Sign and send? [y]es, [v]iew the bytes, [n]o: ";
        loop {
            match self.context.terminal.line(prompt, INSTEAD)?.as_deref() {
                Some("y" | "Y" | "yes") => return Ok(true),
                Some("v" | "V" | "view") => {
                    let text = String::from_utf8_lossy(document);
                    self.context.output.message(&text);
                }
                None | Some("n" | "N" | "no") => return Ok(false),
                Some(_) => {}
            }
        }
    }

    fn sends(&self, path: &Path, document: &[u8]) -> Result<Receipted, Failure> {
        let signer = key_file::open(self.context, path)?;
        let account = &self.api.session()?.account;
        let pending = sign_and_seal(&self.seller, &signer, account, document)?;
        submit(self.context, &self.api, &self.seller, &pending)
    }
}
