//! The newest seller statement that was verified: an older one, with keys that are revoked by now, is
//! not believed again.

use std::cmp::Ordering;
use std::path::Path;

use super::Home;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::seller::Seller;

impl Home {
    /// Keeps a seller's statement in place of an older one. One that is itself older is refused, and so
    /// is another of the same number: the root has signed two.
    pub(crate) fn keep_statement(&self, seller: &Seller) -> Result<(), Failure> {
        let folder = self.of(&seller.origin);
        let file = folder.join("seller.p7s");
        // Of two commands at once, the one that was shown the older statement may be the last to keep it.
        let _lock = files::lock(&folder.join("lock"))?;
        if let Some(signed) = files::read_private_if_there(&file)? {
            let kept =
                Seller::verified(&signed, seller.root_certificate()).map_err(|_| damaged(&file))?;
            let (shown, known) = (&seller.statement, &kept.statement);
            match shown.number.cmp(&known.number) {
                Ordering::Less => return Err(older(shown.number, known.number)),
                Ordering::Equal if shown == known => return Ok(()),
                Ordering::Equal => return Err(another(shown.number)),
                Ordering::Greater => {}
            }
        }
        files::write_private(&file, &seller.signed)
    }
}

fn older(shown: u64, kept: u64) -> Failure {
    let message = format!("the server shows seller statement {shown}, but {kept} was seen before");
    Failure::new(Exit::Invalid, message)
        .advise("someone may be passing off revoked keys: nothing else was sent; ask the seller")
}

fn another(number: u64) -> Failure {
    let message =
        format!("the server shows another seller statement {number} than was seen before");
    Failure::new(Exit::Invalid, message)
        .advise("the seller's root has signed two: nothing else was sent; ask the seller")
}

fn damaged(file: &Path) -> Failure {
    let message = format!("{} is damaged", file.display());
    Failure::new(Exit::Failure, message)
        .advise("take it away: the seller statement shown next will take its place")
}
