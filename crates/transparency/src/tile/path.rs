//! Which tile or bundle, and its path, read strictly.
//!
//! ```text
//! tile/<L>/<N>[.p/<W>]        tile/entries/<N>[.p/<W>]
//! ```
//!
//! `<L>` is the level, 0 to 63, `<N>` the index as path elements of three digits of which all but the
//! last begin with `x` (1234067 is `x001/x234/067`), `<W>` the width of a partial tile, 1 to 255.
//!
//! [C2SP tlog-tiles, Merkle Tree](https://c2sp.org/tlog-tiles#merkle-tree)

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::decimal;
use crate::error::PathError;
use crate::hash::Hash;
use crate::subtree::Node;
use crate::tile::{ITEM_BYTES, TILE_HEIGHT, TILE_WIDTH};
use crate::tree::TREE_MAX_SIZE;

/// A tile of hashes, full or partial, of some tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    level: u8,
    index: u64,
    width: u16,
}

impl TileId {
    /// The tile at this place in the tree of `size` leaves, if that tree reaches so far.
    pub fn of_tree(size: u64, level: u8, index: u64) -> Option<Self> {
        let width = width_at(row_len(size, level)?, index)?;
        Some(Self {
            level,
            index,
            width,
        })
    }

    /// Where the rows of this tile stand above the leaves: level 0 holds leaf hashes.
    pub const fn level(&self) -> u8 {
        self.level
    }

    /// The place of the tile in its level, from the left.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The number of hashes in the tile, 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether the tile has all its 256 hashes and will never change.
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The full tile at the same place, which may be fetched where a partial one is gone.
    #[must_use]
    pub const fn full(self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..self
        }
    }

    /// The length of the tile's contents.
    pub fn size_bytes(&self) -> usize {
        usize::from(self.width) * Hash::BYTES
    }

    /// The place of the tile's first hash in the row of its level.
    pub const fn first_hash(&self) -> u64 {
        self.index << TILE_HEIGHT
    }

    /// Whether a tree of this size has this tile, or had it while it was smaller.
    pub fn exists_in(&self, size: u64) -> bool {
        Self::of_tree(size, self.level, self.index).is_some_and(|tile| tile.width >= self.width)
    }

    /// The tile whose hash number `index` is the root over this one.
    pub(crate) fn parent(&self, size: u64) -> Option<Self> {
        Self::of_tree(size, self.level.checked_add(1)?, self.index >> TILE_HEIGHT)
    }

    /// The tile of a tree that holds a node, or its descendants in the nearest row below.
    pub(crate) fn of_node(size: u64, node: Node) -> Option<Self> {
        let level = u8::try_from(node.height / u32::from(TILE_HEIGHT)).ok()?;
        let first_hash = node.index << (node.height % u32::from(TILE_HEIGHT));
        Self::of_tree(size, level, first_hash >> TILE_HEIGHT)
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        write_place(f, self.index, self.width)
    }
}

impl FromStr for TileId {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        let (level, place) = path
            .strip_prefix("tile/")
            .and_then(|rest| rest.split_once('/'))
            .ok_or(PathError)?;
        let level = decimal::parse(level).ok_or(PathError)?;
        let level = u8::try_from(level).map_err(|_| PathError)?;
        let (index, width) = parse_place(place)?;
        let tile = Self {
            level,
            index,
            width,
        };
        if !tile.exists_in(TREE_MAX_SIZE) {
            return Err(PathError);
        }
        Ok(tile)
    }
}

/// A bundle of up to 256 entries: those under the tile of level 0 at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId {
    index: u64,
    width: u16,
}

impl BundleId {
    /// The bundle at this place in a log of `size` entries, if there is one.
    pub fn of_tree(size: u64, index: u64) -> Option<Self> {
        let width = width_at(row_len(size, 0)?, index)?;
        Some(Self { index, width })
    }

    /// The place of the bundle, from the left.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The number of entries, 1 to 256.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether the bundle has all its 256 entries and will never change.
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The length of the bundle's contents.
    pub fn size_bytes(&self) -> usize {
        usize::from(self.width) * ITEM_BYTES
    }

    /// The leaf of the bundle's first entry.
    pub const fn first_leaf(&self) -> u64 {
        self.index << TILE_HEIGHT
    }

    /// Whether a log of this size has this bundle, or had it while it was smaller.
    pub fn exists_in(&self, size: u64) -> bool {
        Self::of_tree(size, self.index).is_some_and(|bundle| bundle.width >= self.width)
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/entries/")?;
        write_place(f, self.index, self.width)
    }
}

impl FromStr for BundleId {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        let place = path.strip_prefix("tile/entries/").ok_or(PathError)?;
        let (index, width) = parse_place(place)?;
        let bundle = Self { index, width };
        if !bundle.exists_in(TREE_MAX_SIZE) {
            return Err(PathError);
        }
        Ok(bundle)
    }
}

/// How many hashes the row of a level has in a tree of `size` leaves: one for each `256^level`.
pub(crate) fn row_len(size: u64, level: u8) -> Option<u64> {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
}

fn width_at(row_len: u64, index: u64) -> Option<u16> {
    let first = index.checked_mul(u64::from(TILE_WIDTH))?;
    let width = row_len.checked_sub(first)?.min(u64::from(TILE_WIDTH));
    u16::try_from(width).ok().filter(|width| *width > 0)
}

/// Writes `<N>[.p/<W>]`.
fn write_place(f: &mut fmt::Formatter<'_>, index: u64, width: u16) -> fmt::Result {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path.insert_str(0, &format!("x{:03}/", rest % 1000));
        rest /= 1000;
    }
    if width < TILE_WIDTH {
        write!(path, ".p/{width}")?;
    }
    f.write_str(&path)
}

/// Reads `<N>[.p/<W>]`.
fn parse_place(place: &str) -> Result<(u64, u16), PathError> {
    let (elements, width) = match place.split_once(".p/") {
        None => (place, TILE_WIDTH),
        Some((elements, width)) => (elements, parse_width(width).ok_or(PathError)?),
    };
    Ok((parse_index(elements).ok_or(PathError)?, width))
}

/// Reads a width that a partial tile can have.
fn parse_width(text: &str) -> Option<u16> {
    let width = u16::try_from(decimal::parse(text)?).ok()?;
    (1..TILE_WIDTH).contains(&width).then_some(width)
}

/// Reads path elements of three digits each, of which only an only one may be `000`.
fn parse_index(elements: &str) -> Option<u64> {
    if elements.starts_with("x000") {
        return None;
    }
    let (above, last) = match elements.rsplit_once('/') {
        Some((above, last)) => (Some(above), last),
        None => (None, elements),
    };
    let mut index = 0_u64;
    for element in above.into_iter().flat_map(|above| above.split('/')) {
        let thousand = three_digits(element.strip_prefix('x')?)?;
        index = index.checked_mul(1000)?.checked_add(thousand)?;
    }
    index.checked_mul(1000)?.checked_add(three_digits(last)?)
}

fn three_digits(text: &str) -> Option<u64> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
