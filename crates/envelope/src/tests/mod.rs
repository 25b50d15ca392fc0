//! Tests that go through the whole crate: other programs as judges, and attacks.

mod bit_flips;
mod cavp;
mod openssl_bad_messages;
mod openssl_envelopes;
mod openssl_keys;
mod openssl_signatures;
mod wycheproof;
