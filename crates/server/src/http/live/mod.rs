//! What happens to orders, as it happens. One watcher reads what is new, once for all streams; each
//! stream reads the store only to catch up. The store numbers what happens, so a stream goes on where
//! another one ended, also of a server that was killed.

mod feed;
mod stream;

pub(crate) use feed::{Feed, watch};
pub(crate) use stream::order_event;
pub(super) use stream::{desk_events, events, order_events};
