//! What a verified signature proves, and the only type that says so.

use std::fmt;

use jiff::Timestamp;

use crate::digest::Digest;

/// A value that came out of a message whose signature was checked.
///
/// Only [`Opened::verify`](crate::Opened::verify) begins one; anybody may go on from it.
///
/// ```compile_fail
/// fn forge(signature: countersign_envelope::SignatureFacts) { countersign_envelope::Verified { content: (), signature }; }
/// ```
#[derive(Clone)]
pub struct Verified<T> {
    content: T,
    signature: SignatureFacts,
}

impl<T> Verified<T> {
    pub(crate) const fn new(content: T, signature: SignatureFacts) -> Self {
        Self { content, signature }
    }

    /// What was signed.
    pub const fn content(&self) -> &T {
        &self.content
    }

    /// What was signed, to keep.
    pub fn into_content(self) -> T {
        self.content
    }

    /// What is known about the signature.
    pub const fn signature(&self) -> &SignatureFacts {
        &self.signature
    }

    /// Reads the content as something else; what comes of it is as verified as it was.
    pub fn and_then<U, E>(self, read: impl FnOnce(&T) -> Result<U, E>) -> Result<Verified<U>, E> {
        Ok(Verified {
            content: read(&self.content)?,
            signature: self.signature,
        })
    }
}

/// Shows what is known about the signature, not what was signed: that may be confidential.
impl<T> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("signature", &self.signature)
            .finish_non_exhaustive()
    }
}

/// What is kept about a signature, so that it can be proved again.
#[derive(Clone, PartialEq, Eq)]
pub struct SignatureFacts {
    pub(crate) signed_data: Vec<u8>,
    pub(crate) signed_data_sha256: Digest,
    pub(crate) content_sha256: Digest,
    pub(crate) signed_attributes_sha256: Digest,
    pub(crate) signature_sha256: Digest,
    pub(crate) certificate_sha256: Digest,
    pub(crate) signing_time: Timestamp,
}

impl SignatureFacts {
    /// The signed message exactly as it came, BER included.
    pub fn signed_data(&self) -> &[u8] {
        &self.signed_data
    }

    /// The digest of the signed message as it came.
    pub const fn signed_data_sha256(&self) -> Digest {
        self.signed_data_sha256
    }

    /// The digest of the content octets.
    pub const fn content_sha256(&self) -> Digest {
        self.content_sha256
    }

    /// The digest of the signed attributes as a DER SET OF, which is what the signature covers.
    pub const fn signed_attributes_sha256(&self) -> Digest {
        self.signed_attributes_sha256
    }

    /// The digest of the signature octets.
    pub const fn signature_sha256(&self) -> Digest {
        self.signature_sha256
    }

    /// The fingerprint of the enrolled certificate whose key made the signature.
    pub const fn certificate_sha256(&self) -> Digest {
        self.certificate_sha256
    }

    /// The time the signer claims.
    pub const fn signing_time(&self) -> Timestamp {
        self.signing_time
    }
}

impl fmt::Debug for SignatureFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureFacts")
            .field("content_sha256", &self.content_sha256)
            .field("certificate_sha256", &self.certificate_sha256)
            .field("signing_time", &self.signing_time)
            .finish_non_exhaustive()
    }
}
