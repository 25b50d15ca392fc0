//! What the seller's own people do: orders through the house, and stock.

mod holds;
mod items;
mod moves;
mod orders;

pub(super) use holds::{approve, decline};
pub(super) use items::change_item;
pub(super) use moves::{cancel, pack, prepare, ship};
pub(super) use orders::orders;
