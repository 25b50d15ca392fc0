//! What kinds of keys there are, and which sizes we make.

use std::fmt;

/// The algorithm and size of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA, for signatures and, as a recipient, for OAEP.
    Rsa {
        /// The length of the modulus.
        bits: u32,
    },
    /// DSA (FIPS 186-4).
    Dsa {
        /// The length of the prime p.
        p_bits: u32,
        /// The length of the subgroup's order q.
        q_bits: u32,
    },
    /// The NIST curve P-256, for ECDSA and ECDH.
    P256,
    /// Ed25519, for the log's checkpoints only: CMS tools cannot read it.
    Ed25519,
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::Dsa { p_bits, q_bits } => write!(f, "DSA-{p_bits}/{q_bits}"),
            Self::P256 => f.write_str("P-256"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// The sizes of RSA keys we make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaBits {
    /// The least we accept.
    B2048,
    /// What a key has if nobody says otherwise.
    #[default]
    B3072,
    /// More than most need.
    B4096,
}

impl RsaBits {
    /// The size with this many bits, if we make it.
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits {
            2048 => Some(Self::B2048),
            3072 => Some(Self::B3072),
            4096 => Some(Self::B4096),
            _ => None,
        }
    }
}

/// The sizes of DSA parameters we make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DsaSize {
    /// p of 2048 bits, q of 256.
    P2048Q256,
    /// p of 3072 bits, q of 256: what a key has if nobody says otherwise.
    #[default]
    P3072Q256,
}

impl DsaSize {
    /// The size whose p has this many bits, if we make it.
    pub const fn from_bits(p_bits: u32) -> Option<Self> {
        match p_bits {
            2048 => Some(Self::P2048Q256),
            3072 => Some(Self::P3072Q256),
            _ => None,
        }
    }

    /// The length of p.
    pub const fn p_bits(self) -> u32 {
        match self {
            Self::P2048Q256 => 2048,
            Self::P3072Q256 => 3072,
        }
    }

    /// The length of q.
    pub const fn q_bits(self) -> u32 {
        match self {
            Self::P2048Q256 | Self::P3072Q256 => 256,
        }
    }
}
