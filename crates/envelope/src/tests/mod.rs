//! Tests that go through the whole crate: other programs as judges, and attacks.

mod openssl_envelopes;
mod openssl_keys;
mod openssl_signatures;
mod wycheproof;
