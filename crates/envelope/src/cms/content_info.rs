//! `ContentInfo`, the outermost structure ([RFC 5652 section 3]).
//!
//! [RFC 5652 section 3]: https://www.rfc-editor.org/rfc/rfc5652#section-3

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Sequence};

/// ```text
/// ContentInfo ::= SEQUENCE {
///   contentType ContentType,
///   content [0] EXPLICIT ANY DEFINED BY contentType }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct ContentInfo<'a> {
    pub(crate) content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(crate) content: AnyRef<'a>,
}

/// Encodes a structure inside its `ContentInfo`.
pub(crate) fn wrap(content_type: ObjectIdentifier, content: &impl Encode) -> der::Result<Vec<u8>> {
    let content = content.to_der()?;
    ContentInfo {
        content_type,
        content: AnyRef::try_from(content.as_slice())?,
    }
    .to_der()
}
