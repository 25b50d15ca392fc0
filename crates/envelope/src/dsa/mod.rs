//! The Digital Signature Algorithm ([FIPS 186-4]) with SHA-256.
//!
//! Checking a signature is this module's own, because that is where a server spends its time;
//! signing is the `dsa` crate's, whose nonces follow RFC 6979 and whose arithmetic on secrets is
//! constant-time. Every signature it makes is checked by this module before it leaves.
//!
//! [FIPS 186-4]: https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.186-4.pdf

mod built_in;
mod comb;
mod derivation;
mod parameters;
mod power;
mod primality;
mod public;
mod secret;
mod tables;
mod validation;
mod windows;

pub use parameters::DsaParameters;
pub(crate) use primality::has_small_factor;
pub(crate) use public::DsaPublicKey;
pub(crate) use secret::DsaSecret;
pub(crate) use validation::check_key;

#[cfg(test)]
pub(crate) mod tests;
