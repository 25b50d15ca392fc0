//! What the seller's own people do: orders through the house, and stock.

mod holds;
mod items;
mod movements;
mod moves;
mod notes;
mod orders;

pub(super) use holds::{approve, decline};
pub(super) use items::change_item;
pub(crate) use movements::movement_view;
pub(super) use movements::movements;
pub(super) use moves::{cancel, pack, prepare, ship};
pub(crate) use notes::note_view;
pub(super) use notes::{note, notes};
pub(super) use orders::orders;
