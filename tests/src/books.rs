//! A hand in a closed shop's books: what a seller could do who has its keys and can compute.

use countersign_transparency::{Entry, Hash, Tree};
use rusqlite::Connection;

/// Computes the log anew over the statements as they stand in the database: whatever was changed in
/// them, the log holds together.
#[track_caller]
pub fn compute_log_anew(connection: &Connection) {
    let entries: Vec<Entry> = connection
        .prepare("SELECT sha256 FROM statements ORDER BY number")
        .unwrap()
        .query_map((), |row| row.get(0).map(Entry::from_bytes))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut tree = Tree::empty();
    tree.append(&entries).unwrap();
    let edge = tree.edge().iter().flat_map(Hash::as_bytes).copied();
    let edge: Vec<u8> = edge.collect();
    let size = i64::try_from(tree.size()).unwrap();
    connection
        .execute(
            "UPDATE logs SET size = ?1, root = ?2, edge = ?3",
            (size, tree.root().as_bytes(), edge),
        )
        .unwrap();
}
