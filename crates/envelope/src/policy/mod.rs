//! Which algorithms are accepted: exact combinations, everything else is refused.
//!
//! What is read here stands on the outside of a message and needs no secret, so a refusal may say
//! what is wrong.

mod encryption;
mod signature;

pub(crate) use encryption::{KeyAgreement, content_nonce, key_agreement, key_transport};
pub(crate) use signature::{Scheme, message_scheme, named_scheme};
