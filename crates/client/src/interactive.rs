//! `po HOST PORT`: a session in which a person orders.
use crate::context::Context;
use crate::failure::{Exit, Failure};

pub(crate) fn run(_context: &Context, _host: &str, _port: u16) -> Result<Exit, Failure> {
    Err(Failure::new(Exit::Failure, "being written"))
}
