//! Where the desk's commands work: at the data directory of this machine, or at a desk elsewhere.

mod buyers;
mod events;
mod messages;
mod orders;
mod prices;
mod stock;

use countersign_order::Role;

use crate::context::{Context, Shop};
use crate::failure::Failure;
use crate::remote::Remote;

/// The operator may do what a supervisor may.
const ROLE: Role = Role::Supervisor;

/// Where the desk's commands work.
#[derive(Debug)]
pub(super) enum Place {
    /// Here, in the operator's name.
    Here(Box<Shop>),
    /// Elsewhere, in the name of who is signed in there.
    There(Remote),
}

impl Place {
    /// Here if a data directory is named, or is there; else where `opd login` signed in to.
    pub(super) async fn of(context: &Context) -> Result<Self, Failure> {
        if context.works_here()? {
            return Ok(Self::Here(Box::new(context.shop().await?)));
        }
        let logins = Context::logins()?;
        Ok(Self::There(Remote::signed_in(&logins, &context.clock)?))
    }
}
