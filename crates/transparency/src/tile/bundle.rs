//! Entry bundles ([C2SP tlog-tiles, log entries]).
//!
//! > Entry bundles are sequences of big-endian uint16 length-prefixed log entries.
//!
//! Every entry of this log is 32 bytes, so each prefix is `0x0020`.
//!
//! [C2SP tlog-tiles, log entries]: https://c2sp.org/tlog-tiles#log-entries

use crate::error::BundleError;
use crate::hash::Entry;
use crate::tile::BundleId;

const PREFIX: [u8; 2] = [0x00, 0x20];
/// The length of a prefix and its entry.
pub(super) const ITEM_BYTES: usize = PREFIX.len() + Entry::BYTES;

/// The entries under a tile of level 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryBundle {
    id: BundleId,
    entries: Vec<Entry>,
}

impl EntryBundle {
    /// Takes the entries of a bundle, from its first leaf on: as many as it is wide.
    pub fn new(id: BundleId, entries: Vec<Entry>) -> Result<Self, BundleError> {
        if entries.len() != usize::from(id.width()) {
            return Err(BundleError);
        }
        Ok(Self { id, entries })
    }

    /// Reads the contents of a bundle.
    pub fn parse(id: BundleId, contents: &[u8]) -> Result<Self, BundleError> {
        let (items, rest) = contents.as_chunks::<ITEM_BYTES>();
        if !rest.is_empty() || items.len() != usize::from(id.width()) {
            return Err(BundleError);
        }
        let entries = items
            .iter()
            .map(|item| {
                let entry = item.strip_prefix(&PREFIX).ok_or(BundleError)?;
                Ok(Entry::from_bytes(
                    entry.try_into().map_err(|_| BundleError)?,
                ))
            })
            .collect::<Result<_, BundleError>>()?;
        Ok(Self { id, entries })
    }

    /// The contents, as they are served.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.entries.len() * ITEM_BYTES);
        for entry in &self.entries {
            bytes.extend_from_slice(&PREFIX);
            bytes.extend_from_slice(entry.as_bytes());
        }
        bytes
    }

    /// Which bundle this is.
    pub const fn id(&self) -> BundleId {
        self.id
    }

    /// The entries, in the order of the log.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
