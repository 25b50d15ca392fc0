//! Tests that cross modules; vectors made by others are in `tests/vectors`.

mod checkpoint;
mod differential;
mod key;
mod note;
mod proof;
mod tile;
mod tiles;
mod tree;
mod witness;
