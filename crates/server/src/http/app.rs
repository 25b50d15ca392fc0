//! What every handler works with.

use std::io;

use countersign_order::AccountId;

use super::live::Feed;
use super::{body, seller};
use crate::desk::Desk;
use crate::desk::enrol::Examiner;
use crate::desk::receive::Receiver;
use crate::desk::sign_in::Authenticator;
use crate::desk::writer::Writer;
use crate::shares::Shares;
use crate::shutdown::Shutdown;

/// What every handler works with.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) desk: Desk,
    pub(crate) receiver: Receiver,
    pub(crate) authenticator: Authenticator,
    pub(crate) shutdown: Shutdown,
    /// `GET /v1/seller`, which is the same for everyone.
    pub(crate) seller: Vec<u8>,
    /// The memory that bodies may take.
    pub(super) bodies: Shares<AccountId>,
    pub(crate) examiner: Examiner,
    /// What happens to orders, for those who follow.
    pub(crate) feed: Feed,
}

impl App {
    /// Everything around a desk that works through this writer.
    pub(crate) fn new(desk: Desk, writer: Writer, shutdown: Shutdown) -> io::Result<Self> {
        let seller = serde_json::to_vec(&seller::view(desk.seller()))?;
        Ok(Self {
            receiver: Receiver::new(desk.clone(), writer),
            desk,
            authenticator: Authenticator::open()?,
            shutdown,
            seller,
            bodies: body::memory(),
            examiner: Examiner::new(),
            feed: Feed::new(),
        })
    }
}
