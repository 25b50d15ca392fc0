//! One page of a list. The next one begins after its last row's key.

/// The rows of one page, and whether there are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, at most as many as were asked for.
    pub rows: Vec<T>,
    /// True if another page follows; ask for it with the key of the last row.
    pub more: bool,
}

impl<T> Page<T> {
    /// Makes a page from rows of which one more than `limit` was read.
    pub(crate) fn cut(mut rows: Vec<T>, limit: u32) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}
