//! Keys: the public ones that messages are checked with, and the private ones that make them.

mod algorithm;
mod pem;
mod public;
mod rsa;
mod shared_primes;
mod signing;

pub use algorithm::{DsaSize, KeyAlgorithm, RsaBits};
pub use public::PublicKey;
pub(crate) use public::{Material, SignatureNumbers, uncompressed_point, write_spki};
pub(crate) use rsa::RsaPublicKey;
#[cfg(test)]
pub(crate) use rsa::RsaPublicKeyDer;
pub use shared_primes::shared_primes;
pub use signing::SigningKey;
pub(crate) use signing::{Secret, p256_agreement_key, random_p256};

#[cfg(test)]
mod tests;
