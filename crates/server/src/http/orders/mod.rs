//! Orders: taken in, listed, shown, and what was signed about them.

mod evidence;
mod list;
mod show;
mod statements;
mod submit;
mod view;

pub(super) use evidence::evidence;
pub(super) use list::{list, page};
pub(super) use show::show;
pub(super) use statements::{receipt, statements};
pub(super) use submit::submit;
pub(crate) use view::view;
