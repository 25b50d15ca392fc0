//! The order desk: everything behind `opd`, as a library so that tests can start it.
//!
//! The desk works in transactions of the store and knows no database; HTTP knows no rule of the
//! desk; nothing in here reads the clock or draws randomness but `clock` and `random`.

pub mod clock;
pub mod config;
pub mod desk;
pub mod files;
pub mod http;
pub mod import;
mod jobs;
pub mod mail;
pub mod random;
pub mod seller;
pub mod serve;
mod shutdown;
pub mod telemetry;
