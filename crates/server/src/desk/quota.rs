//! How often something may be done, and how much of that is left to somebody.

use std::time::Duration;

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// What is limited.
    pub(crate) name: &'static str,
    /// How often it may be done within the window.
    pub(crate) most: u32,
    /// The window.
    pub(crate) window: Duration,
    /// How often it may be done now.
    pub(crate) left: u32,
    /// After how long it may be done more often than that.
    pub(crate) more_in: Duration,
}
