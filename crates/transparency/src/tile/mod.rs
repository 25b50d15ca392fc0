//! Tiles: the log as immutable files of 256 hashes or entries each ([C2SP tlog-tiles]).
//!
//! Here are their names; [`Tiles`] makes proofs from their contents, [`EntryBundle`] reads entries.
//!
//! [C2SP tlog-tiles]: https://c2sp.org/tlog-tiles

mod bundle;
mod path;
mod plan;
mod set;

pub use bundle::EntryBundle;
use bundle::ITEM_BYTES;
pub use path::{BundleId, TileId};
pub use plan::{tiles_for_consistency, tiles_for_inclusion, tiles_for_tree, tiles_to_verify};
pub use set::{Tiles, VerifiedTiles};

/// The hashes in a full tile, and the entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The height of the subtree over a full tile, in levels of the tree.
pub(crate) const TILE_HEIGHT: u8 = 8;
