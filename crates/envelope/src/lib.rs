//! The CMS envelope: seal, open, sign and verify ([RFC 5652], [RFC 5083]).
//!
//! A message goes one way through the types: [`Sealed`] is bytes that claim to be an envelope,
//! [`Opened`] has been decrypted and is believed by nobody, and [`Verified`] came out of a
//! signature by an enrolled key. Each step consumes the one before; there is no way around.
//!
//! This crate does no IO and knows no clock. It parses in safe Rust and leaves arithmetic on
//! secrets to libraries, whose names appear in no signature here.
//!
//! [RFC 5652]: https://www.rfc-editor.org/rfc/rfc5652
//! [RFC 5083]: https://www.rfc-editor.org/rfc/rfc5083

#![cfg_attr(test, expect(clippy::unwrap_in_result, reason = "helpers of tests"))]

mod certificate;
mod certificate_use;
mod cms;
mod content_encryption;
mod digest;
mod dsa;
mod enrolment;
mod error;
mod hash;
mod issue;
mod key;
mod key_agreement;
mod oid;
mod opened;
mod policy;
mod recipient;
mod seal;
mod sealed;
mod signer;
mod verified;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use certificate::Certificate;
pub use certificate_use::{CertificateUse, Host};
pub use digest::{Digest, DigestError};
pub use dsa::DsaParameters;
pub use enrolment::{EnrollableCertificate, KeyRefusal};
pub use error::{
    AlgorithmHint, CertificateError, IssueError, KeyError, OpenError, PairError, SealError,
    SignError, VerifyError,
};
pub use issue::{issue, self_signed};
pub use key::{DsaSize, KeyAlgorithm, PublicKey, RsaBits, SigningKey, shared_primes};
pub use opened::{DsaNumbers, Opened};
pub use recipient::RecipientKey;
pub use seal::seal;
pub use sealed::Sealed;
pub use signer::Signer;
pub use verified::{SignatureFacts, Verified};
