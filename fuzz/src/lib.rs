//! Input that nobody wrote, for every parser that meets strangers: real files with bits flipped,
//! pieces cut out, doubled and exchanged, lengths changed and words of the format put in.
//!
//! A [`Campaign`] runs one target, a function of octets, for [`SECONDS`] seconds, or two if that is
//! not set. The target states the properties by panicking. A failure prints the input, and the seed
//! that makes it again.
#![expect(clippy::missing_panics_doc, reason = "what fails a test is a panic")]

mod campaign;
mod dice;
mod mutation;

pub use campaign::{CASE, Campaign, SECONDS};
