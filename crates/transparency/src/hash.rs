//! What is logged, and the two hashes a Merkle tree is made of ([RFC 9162], section 2.1.1).
//!
//! [RFC 9162]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.1

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

use crate::error::HashError;

/// Sets leaves apart from nodes, so that no node can be passed off as an entry.
const LEAF: u8 = 0x00;
const NODE: u8 = 0x01;

/// What one leaf of the log commits to: 32 bytes, a digest of something the log does not know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry([u8; Self::BYTES]);

impl Entry {
    /// The length of an entry in bytes.
    pub const BYTES: usize = 32;

    /// Takes the bytes as they are.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes themselves.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The hash of the leaf that holds this entry: what a tile of level 0 lists.
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.0)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", STANDARD.encode(self.0))
    }
}

/// A hash of the tree: of a leaf, of a node, or of the root. Written in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Self::BYTES]);

impl Hash {
    /// The length of a hash in bytes.
    pub const BYTES: usize = 32;

    /// The root of the tree without leaves: SHA-256 of nothing.
    pub const EMPTY_ROOT: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Takes the bytes as they are.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes themselves.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.0, &STANDARD).fmt(f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = HashError;

    /// Reads base64 in the one form it is written in: padded, and without stray bits.
    fn from_str(text: &str) -> Result<Self, HashError> {
        let bytes = STANDARD.decode(text).map_err(|_| HashError)?;
        Ok(Self(bytes.try_into().map_err(|_| HashError)?))
    }
}

/// `SHA-256(0x00 || entry)`
pub(crate) fn leaf_hash(entry: &[u8]) -> Hash {
    let mut input = Vec::with_capacity(1 + entry.len());
    input.push(LEAF);
    input.extend_from_slice(entry);
    sha256(&input)
}

/// `SHA-256(0x01 || left || right)`
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut input = [NODE; 1 + 2 * Hash::BYTES];
    let (_, children) = input.split_at_mut(1);
    let (left_half, right_half) = children.split_at_mut(Hash::BYTES);
    left_half.copy_from_slice(&left.0);
    right_half.copy_from_slice(&right.0);
    sha256(&input)
}

fn sha256(bytes: &[u8]) -> Hash {
    let mut value = [0; Hash::BYTES];
    value.copy_from_slice(digest(&SHA256, bytes).as_ref());
    Hash(value)
}
