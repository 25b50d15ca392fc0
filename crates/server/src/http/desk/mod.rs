//! What the seller's own people do: orders through the house, and stock; and what only they see.

mod buyers;
mod holds;
mod items;
mod movements;
mod moves;
mod notes;
mod orders;
mod refusals;
mod stock;

pub(super) use buyers::buyers;
pub(crate) use buyers::read as read_buyers;
pub(super) use holds::{approve, decline};
pub(super) use items::change_item;
pub(crate) use movements::movement_view;
pub(super) use movements::movements;
pub(super) use moves::{cancel, pack, prepare, ship};
pub(crate) use notes::note_view;
pub(super) use notes::{note, notes};
pub(super) use orders::orders;
pub(super) use refusals::refusals;
pub(crate) use stock::item_view as desk_item_view;
pub(super) use stock::{items, receive_stock};
