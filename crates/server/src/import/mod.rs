//! Bringing in what others keep: price lists, and the data of the course implementation.
//!
//! Reading is apart from changing: a file is understood whole before anything is stored, and then
//! all of it is stored in one transaction.

pub(crate) mod items;
pub(crate) mod prices;
pub(crate) mod reference;

#[cfg(test)]
mod fuzzed;
