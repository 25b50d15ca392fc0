//! Cases in the making: what is wrong with a message, and what must be said to it.

use super::enrolled::Forger;
use super::signed::Signed;
use crate::attack::Case;

/// Signed messages that a forger makes, each with one thing wrong, and sealed as they should be.
#[derive(Debug)]
pub struct Cases<'a> {
    /// Who makes them.
    pub forger: &'a Forger,
    made: Vec<Case>,
}

impl<'a> Cases<'a> {
    /// None yet.
    pub const fn of(forger: &'a Forger) -> Self {
        Self {
            forger,
            made: Vec::new(),
        }
    }

    /// A good order with something changed before it is signed.
    pub fn changed(&mut self, what: &str, code: &'static str, change: impl FnOnce(&mut Signed)) {
        let mut parts = self.forger.order();
        change(&mut parts);
        self.message(what, code, parts.by(self.forger));
    }

    /// Another message, which is sealed to the shop.
    pub fn message(&mut self, what: &str, code: &'static str, message: impl AsRef<[u8]>) {
        self.made.push(Case {
            what: what.to_owned(),
            envelope: self.forger.buyer.seals(message.as_ref()),
            code,
        });
    }

    /// All that were made.
    pub fn made(self) -> Vec<Case> {
        self.made
    }
}
