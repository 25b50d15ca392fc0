//! The program `opd` as an operator meets it: commands typed, what they print, how they end.

#![expect(clippy::unwrap_used, reason = "tests")]

mod init;
mod items;
mod keys;
mod people;
mod serve;
mod support;
