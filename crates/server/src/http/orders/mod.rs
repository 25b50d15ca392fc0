//! Orders: taken in, listed, shown, cancelled, and what was signed about them.

mod cancel;
pub(crate) mod csv;
mod evidence;
mod filter;
mod list;
mod message;
mod show;
mod statements;
mod submit;
mod view;

pub(super) use cancel::request_cancellation;
pub(super) use evidence::evidence;
pub(crate) use filter::filter;
pub(super) use list::{answer, list};
pub(super) use show::{find, show};
pub(super) use statements::{receipt, statements};
pub(super) use submit::submit;
pub(crate) use view::view;
