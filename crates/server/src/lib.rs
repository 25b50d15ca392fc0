//! The order desk: everything behind `opd`, as a library so that tests can start it.
//!
//! The desk works in transactions of the store and knows no database; HTTP knows no rule of the
//! desk; nothing in here reads the clock or draws randomness but `clock` and `random`.

mod background;
mod books;
pub mod checkpoint_file;
mod cli;
pub mod clock;
mod commands;
pub mod config;
mod context;
pub mod cosigning;
mod database;
pub mod desk;
mod exposure;
mod failure;
pub mod files;
mod hidden;
pub mod http;
mod import;
mod input;
mod jobs;
pub mod mail;
mod metrics;
mod output;
mod paper;
pub mod random;
mod remote;
pub mod seller;
pub mod serve;
mod shares;
mod shutdown;
mod source;
pub mod telemetry;
pub mod webhooks;
mod witness;

pub use commands::run;
