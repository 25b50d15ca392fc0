//! Between whom a buyer's document stands: one check for every kind of document.

use thiserror::Error;

use crate::digest::Digest;
use crate::party::{BuyerId, Origin};

/// A document is meant for somebody else, or comes from somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Misaddressed {
    /// It names another seller, or a copy of this one with another root.
    #[error("the document is addressed to another seller")]
    WrongSeller,
    /// It names another buyer than the account's.
    #[error("the document is another buyer's")]
    WrongBuyer,
}

/// Between whom a document stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between<'a> {
    pub(crate) seller: &'a Origin,
    pub(crate) seller_root: &'a Digest,
    pub(crate) buyer: &'a BuyerId,
}

impl Between<'_> {
    /// Whether these are the parties that are here.
    pub(crate) fn must_be(&self, here: &Between<'_>) -> Result<(), Misaddressed> {
        if self.seller != here.seller || self.seller_root != here.seller_root {
            return Err(Misaddressed::WrongSeller);
        }
        if self.buyer != here.buyer {
            return Err(Misaddressed::WrongBuyer);
        }
        Ok(())
    }
}
