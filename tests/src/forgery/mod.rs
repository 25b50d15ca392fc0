//! Messages that no honest client makes: every part of a signed or a sealed message can be replaced
//! before it is signed, and a finished message can be written in other ways.
//!
//! Nothing here shares code with the product: structures are put together octet by octet, and
//! `openssl` signs them.

pub mod ber;
mod cases;
pub mod der;
mod enrolled;
mod sealed;
mod signed;

pub use cases::Cases;
pub use enrolled::{Forger, PKCS1, PSS};
pub use sealed::Sealed;
pub use signed::{
    NULL, SHA256, SHA512, Signed, attribute, content_type, identifier, message_digest, signing_time,
};
