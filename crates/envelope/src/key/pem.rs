//! Private keys as PEM text: PKCS #8, plain ([RFC 5958]) or encrypted with PBES2 ([RFC 8018]).
//!
//! [RFC 5958]: https://www.rfc-editor.org/rfc/rfc5958
//! [RFC 8018]: https://www.rfc-editor.org/rfc/rfc8018

use der::pem::LineEnding;
use der::{Decode, SecretDocument};

use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::SigningKey;
use crate::error::KeyError;

const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// What OWASP asks of PBKDF2 with SHA-256. Not scrypt: OpenSSL refuses it with the memory that
/// makes it worth having.
const PBKDF2_ITERATIONS: u32 = 600_000;

impl SigningKey {
    /// The key as PEM text that anyone can use who reads it.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        write(PLAIN, self.pkcs8_der())
    }

    /// The key as PEM text that only the passphrase opens (PBKDF2 and AES-256).
    pub fn to_encrypted_pem(
        &self,
        passphrase: &str,
        rng: &mut impl CryptoRng,
    ) -> Result<Zeroizing<String>, KeyError> {
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut iv);
        let parameters =
            pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ITERATIONS, &salt, iv)
                .map_err(|_| KeyError::Failed)?;
        let info = PrivateKeyInfoRef::try_from(self.pkcs8_der()).map_err(|_| KeyError::Failed)?;
        let encrypted = info
            .encrypt_with_params(parameters, passphrase)
            .map_err(|_| KeyError::Failed)?;
        encrypted
            .to_pem(ENCRYPTED, LineEnding::LF)
            .map_err(|_| KeyError::Failed)
    }

    /// Reads a key from PEM text. The passphrase is not needed for a plain key, and then ignored.
    pub fn from_pem(pem: &str, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let (label, document) = SecretDocument::from_pem(pem).map_err(|_| KeyError::Unreadable)?;
        match label {
            PLAIN => Self::from_pkcs8_der(document.as_bytes()),
            ENCRYPTED => {
                let passphrase = passphrase.ok_or(KeyError::PassphraseRequired)?;
                let encrypted = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes())
                    .map_err(|_| KeyError::Unreadable)?;
                let plain = encrypted
                    .decrypt(passphrase)
                    .map_err(|_| KeyError::PassphraseWrong)?;
                // A wrong passphrase passes the cipher's padding once in 256 times.
                if PrivateKeyInfoRef::try_from(plain.as_bytes()).is_err() {
                    return Err(KeyError::PassphraseWrong);
                }
                Self::from_pkcs8_der(plain.as_bytes())
            }
            "CERTIFICATE" => Err(KeyError::Certificate),
            "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Err(KeyError::OldFormat),
            _ => Err(KeyError::Unreadable),
        }
    }
}

fn write(label: &'static str, der: &[u8]) -> Result<Zeroizing<String>, KeyError> {
    SecretDocument::try_from(der)
        .and_then(|document| document.to_pem(label, LineEnding::LF))
        .map_err(|_| KeyError::Failed)
}
