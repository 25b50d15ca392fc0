//! What can go wrong, one type for each operation callers tell apart.

use std::fmt;

use crate::key::KeyAlgorithm;

/// Why a key could not be read, made or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No passphrase was given for an encrypted key.
    #[error("the key is encrypted: its passphrase is needed")]
    PassphraseRequired,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the key")]
    PassphraseWrong,
    /// The file holds a certificate.
    #[error("this is a certificate, not a private key")]
    Certificate,
    /// The key is in an algorithm's own old format.
    #[error("the key is not in PKCS #8 format: convert it with openssl pkcs8 -topk8")]
    OldFormat,
    /// The text or bytes are not a key.
    #[error("this is not a readable key")]
    Unreadable,
    /// The key's algorithm, size or parameters are none of ours.
    #[error("keys of this algorithm or size are not supported")]
    Unsupported,
    /// The cryptographic library failed.
    #[error("the key could not be made")]
    Failed,
}

/// Why a certificate could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// A private key was given instead. It should now be considered exposed.
    #[error("this file holds a private key: give the certificate, and keep the key to yourself")]
    PrivateKey,
    /// The text or bytes are not a certificate.
    #[error("this is not a readable X.509 certificate")]
    Unreadable,
    /// The certificate's key cannot be used.
    #[error("the certificate's key cannot be used")]
    Key(#[source] KeyError),
}

/// Why a key and a certificate do not make a signer or a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// The certificate is about another key.
    #[error("the certificate belongs to another key")]
    OtherKey,
    /// The key's algorithm cannot do this work.
    #[error("a key of type {0} cannot be used for this")]
    Algorithm(KeyAlgorithm),
    /// The cryptographic library refused the key.
    #[error("the key cannot be used")]
    Key,
}

/// Why nothing was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The time is outside 1970 to 9999.
    #[error("the signing time cannot be written")]
    Time,
    /// The content does not fit into a message.
    #[error("the content is too large")]
    TooLarge,
    /// The cryptographic library failed, or its signature did not verify.
    #[error("signing failed")]
    Failed,
}

/// Why nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Between one and eight recipients are possible.
    #[error("an envelope has one to eight recipients")]
    Recipients,
    /// A recipient's certificate is not for key agreement on P-256.
    #[error("a recipient's key is of type {0}, not P-256")]
    RecipientAlgorithm(KeyAlgorithm),
    /// The envelope would be larger than anyone accepts.
    #[error("the content is too large")]
    TooLarge,
    /// The cryptographic library failed.
    #[error("sealing failed")]
    Failed,
}

/// Why an envelope was not opened. All causes but two public ones are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// None of the recipients named on the envelope is one of our keys.
    #[error("no recipient of the envelope is a current key")]
    RecipientUnknown,
    /// Anything else. The advice is the same for every cause.
    #[error(
        "the envelope is not accepted; with openssl cms -encrypt use \
         -binary -aes-256-gcm -recip CERTIFICATE -keyopt ecdh_kdf_md:sha256"
    )]
    NotAccepted {
        /// What the envelope's own labels show, read before any secret was used.
        hint: Option<AlgorithmHint>,
    },
}

impl OpenError {
    /// A refusal that says nothing more.
    pub(crate) const REFUSED: Self = Self::NotAccepted { hint: None };

    pub(crate) const fn unsupported(hint: AlgorithmHint) -> Self {
        Self::NotAccepted { hint: Some(hint) }
    }

    /// What the sender should change, if the envelope's labels show it.
    pub const fn hint(&self) -> Option<AlgorithmHint> {
        match self {
            Self::RecipientUnknown => None,
            Self::NotAccepted { hint } => *hint,
        }
    }
}

/// Why a signature was not accepted. All causes are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not accepted")]
pub struct VerifyError {
    hint: Option<AlgorithmHint>,
}

impl VerifyError {
    /// A refusal that says nothing more.
    pub(crate) const REFUSED: Self = Self { hint: None };

    pub(crate) const fn unsupported(hint: AlgorithmHint) -> Self {
        Self { hint: Some(hint) }
    }

    /// What the signer should change, if the message's algorithm identifiers show it.
    pub const fn hint(&self) -> Option<AlgorithmHint> {
        self.hint
    }
}

/// An algorithm we do not accept, as named on the outside of a message, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlgorithmHint {
    /// RSASSA-PSS with a salt that is not as long as the digest, as OpenSSL 3.0 makes by default.
    PssSalt,
    /// RSASSA-PSS with other parameters than one digest throughout.
    PssParameters,
    /// A digest other than SHA-256, SHA-384 or SHA-512.
    Digest,
    /// A signature algorithm that does not fit the key or is not supported.
    Signature,
    /// Key agreement whose key derivation is SHA-1, as OpenSSL makes by default.
    KeyDerivation,
    /// Key transport other than RSA-OAEP with SHA-256.
    KeyTransport,
    /// Content encryption other than AES-256-GCM in `AuthEnvelopedData`.
    ContentEncryption,
}

impl fmt::Display for AlgorithmHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PssSalt => {
                "the PSS salt must be as long as the digest: \
                 add -keyopt rsa_pss_saltlen:digest after -signer to openssl cms -sign"
            }
            Self::PssParameters => {
                "PSS must use the message's digest for its mask too: \
                 add -md sha256, and -keyopt rsa_mgf1_md:sha256 after -signer, to openssl cms -sign"
            }
            Self::Digest => {
                "the digest must be SHA-256, SHA-384 or SHA-512, and SHA-256 for DSA and P-256: \
                 add -md sha256 to openssl cms -sign"
            }
            Self::Signature => {
                "the signature must be RSASSA-PSS or PKCS #1 v1.5 for an RSA key, \
                 DSA with SHA-256 for a DSA key"
            }
            Self::KeyDerivation => {
                "key agreement must be ECDH on P-256 with SHA-256 and AES-256 key wrap: \
                 add -keyopt ecdh_kdf_md:sha256 after -recip to openssl cms -encrypt"
            }
            Self::KeyTransport => {
                "RSA key transport must be OAEP with SHA-256: add -keyopt \
                 rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256 after -recip \
                 to openssl cms -encrypt"
            }
            Self::ContentEncryption => {
                "content must be encrypted with AES-256-GCM: \
                 add -aes-256-gcm -binary to openssl cms -encrypt"
            }
        })
    }
}

/// Why no certificate was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The subject is empty, longer than 64 characters, or has control characters.
    #[error("a subject has 1 to 64 printable characters")]
    Subject,
    /// A host or mail address cannot be written into a certificate.
    #[error("{0:?} cannot be written into a certificate")]
    Name(String),
    /// The validity cannot be written, or ends before it begins.
    #[error("the certificate's validity makes no sense")]
    Validity,
    /// The key cannot do what the certificate is for.
    #[error("a key of type {0} cannot be certified for this use")]
    Algorithm(KeyAlgorithm),
    /// Signing failed.
    #[error("the certificate could not be signed")]
    Sign(#[source] SignError),
}
