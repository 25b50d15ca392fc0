//! Ed25519 keys ([RFC 8032]), and the names under which notes know them ([C2SP signed-note]).
//!
//! A bare key has no name: [`PublicKey`], [`SigningKey`]. With a name and a use it becomes a
//! [`VerifyingKey`] of a log or a [`WitnessKey`], and neither can stand in for the other.
//!
//! [RFC 8032]: https://www.rfc-editor.org/rfc/rfc8032
//! [C2SP signed-note]: https://c2sp.org/signed-note

mod ed25519;
mod name;
mod verifier;

pub use ed25519::{PublicKey, SigningKey};
pub use name::{KeyId, KeyName};
pub use verifier::{VerifyingKey, WitnessKey};
