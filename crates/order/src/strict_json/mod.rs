//! Reads the JSON documents that buyers sign, and takes nothing that two readers could understand
//! differently: RFC 8259 within RFC 7493, no member twice, none unknown, none of another type.
//!
//! Every refusal names the member at fault by its JSON pointer (RFC 6901).

mod members;
mod pointer;
#[cfg(test)]
mod tests;
mod value;

use serde::Serialize;
use thiserror::Error;

pub(crate) use members::Members;
pub(crate) use pointer::Pointer;

/// A document cannot be understood as what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{} {detail}", if pointer.is_empty() { "the document" } else { pointer.as_str() })]
pub struct NotUnderstood {
    /// The member at fault (RFC 6901); empty for the document as a whole.
    pub pointer: String,
    /// What is wrong with it, for people.
    pub detail: String,
}

/// The longest document that is read at all.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// Reads a document whose member `document` must say `kind`.
pub(crate) fn read<'a>(bytes: &'a [u8], kind: &str) -> Result<Members<'a, 'static>, NotUnderstood> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(Pointer::Root.refuse(format!("is longer than {MAX_DOCUMENT_BYTES} bytes")));
    }
    let mut members = Members::of(value::parse(bytes)?, Pointer::Root)?;
    let found: String = members.required("document")?;
    if found != kind {
        return Err(members.refuse("document", format!("is not {kind}")));
    }
    Ok(members)
}

/// Writes a document in its shortest form.
pub(crate) fn write<T: Serialize>(document: &T) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "plain structs of text and numbers always serialise"
    )]
    serde_json::to_vec(document).expect("documents have text for keys and no failing serialiser")
}
