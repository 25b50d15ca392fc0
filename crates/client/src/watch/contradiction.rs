//! What shows that a log contradicts what it has signed, in words and to be kept.
//!
//! What is kept is plain text made of signed parts, so that anyone can check it: notes, a statement in
//! PEM, hashes in base64.

use countersign_order::Der;
use countersign_transparency::VerifiedCheckpoint;

use super::tiles::Leaf;

/// The characters of base64 in a line of PEM.
const PEM_LINE: usize = 64;

/// A contradiction.
#[derive(Debug)]
pub(super) struct Contradiction {
    /// What it is.
    pub(super) message: String,
    /// What shows it.
    pub(super) kept: String,
}

impl Contradiction {
    /// An earlier state of the log is not the beginning of a later one.
    pub(super) fn rewritten(old: &VerifiedCheckpoint, new: &VerifiedCheckpoint) -> Self {
        Self {
            message: format!(
                "what it signed at {} entries is not the beginning of what it signed at {}",
                old.checkpoint().size(),
                new.checkpoint().size()
            ),
            kept: notes(old, new),
        }
    }

    /// The log is shown as it was before something that it showed already.
    pub(super) fn taken_back(known: &VerifiedCheckpoint, shown: &VerifiedCheckpoint) -> Self {
        let (before, now) = (known.checkpoint(), shown.checkpoint());
        Self {
            message: format!(
                "it signed for {} entries of {} before, and now goes on from {} of {}",
                before.size(),
                before.origin(),
                now.size(),
                now.origin()
            ),
            kept: notes(known, shown),
        }
    }

    /// A leaf holds something else than the statement that names it.
    pub(super) fn of_leaf(log: &VerifiedCheckpoint, statement: &[u8], leaf: &Leaf) -> Self {
        let number = leaf.number;
        let proof = leaf.proof.hashes().iter();
        let hashes: Vec<String> = std::iter::once(&leaf.hash)
            .chain(proof)
            .map(ToString::to_string)
            .collect();
        Self {
            message: format!(
                "it signed a statement that names leaf {number}, and holds something else there"
            ),
            kept: format!(
                "{}\n{}\nleaf {number}\n{}\n",
                log.signed(),
                pem(statement),
                hashes.join("\n")
            ),
        }
    }
}

fn notes(one: &VerifiedCheckpoint, other: &VerifiedCheckpoint) -> String {
    format!("{}\n{}", one.signed(), other.signed())
}

/// A statement as `openssl cms -inform PEM` reads it.
fn pem(statement: &[u8]) -> String {
    let encoded = Der::from(statement.to_vec()).to_string();
    let characters: Vec<char> = encoded.chars().collect();
    let lines: Vec<String> = characters
        .chunks(PEM_LINE)
        .map(|line| line.iter().collect())
        .collect();
    format!(
        "-----BEGIN CMS-----\n{}\n-----END CMS-----\n",
        lines.join("\n")
    )
}
