//! The work of an order desk: sign in, enrol, receive, decide, fulfil, restock.
//!
//! Every change is an [`Operation`], and every operation runs in one transaction: directly for a
//! command of the operator, through the one writer in a server. The desk knows no HTTP and no SQL.

mod accounts;
mod actor;
mod back_orders;
mod cancel;
pub(crate) mod cosignatures;
pub(crate) mod enrol;
mod error;
pub(crate) mod evidence;
mod fulfil;
pub(crate) mod hold;
pub(crate) mod invites;
mod item_differences;
mod label;
mod letters;
pub(crate) mod log;
pub(crate) mod notes;
mod operation;
pub(crate) mod outbox;
pub mod passwords;
mod people;
pub(crate) mod prices;
mod quota;
pub(crate) mod receive;
mod recover;
pub(crate) mod reminders;
mod restock;
mod revoke;
pub(crate) mod rotate;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod signals;
pub(crate) mod slip;
mod statements;
mod terms;
mod throttle;
mod tokens;
mod touches;
pub(crate) mod webhooks;
pub(crate) mod writer;

use std::sync::Arc;

use countersign_store::Store;

use crate::clock::Clock;
use crate::config::Settings;
use crate::metrics::Metrics;
use crate::random::Random;
use crate::seller::Seller;

pub(crate) use quota::Quota;
pub(crate) use statements::digest as signed_digest;
pub(crate) use writer::signed_order;

pub(crate) use accounts::ChangePassword;
pub use actor::Actor;
pub use error::DeskError;
pub use operation::{Operation, Work};

/// Everything that can be done at the desk.
pub mod operations {
    pub use super::accounts::{
        AddAccount, ChangeAccount, ChangeEmail, CopyTo, SetCorrespondence, SetOrderLimits,
    };
    pub use super::enrol::EnrolKey;
    pub use super::fulfil::{FulfilOrders, MoveOrder, Step};
    pub use super::hold::{EndHold, HoldAnswer};
    pub use super::invites::{Invitation, Invite};
    pub use super::item_differences::{
        Difference, ItemDifference, KeepingChange, LowStock, NoThreshold,
    };
    pub use super::label::LabelKey;
    pub use super::notes::AddNote;
    pub use super::outbox::RetryMail;
    pub use super::people::{AddBuyer, AddClerk, SetEnabled, SetPassword, SetRole};
    pub use super::prices::{EndPrice, ImportPrices, PriceChange, UnfitPrice};
    pub use super::recover::RecoverLog;
    pub use super::reminders::RemindOfKeys;
    pub use super::restock::{CorrectStock, ImportItems, KeepItem, ReceiveStock};
    pub use super::revoke::{KeyChoice, KeyChoiceError, RevokeKey};
    pub use super::terms::{ChangeBuyer, SetTerms};
    pub use super::tokens::{AddToken, HandedOut, RevokeToken};
    pub use super::webhooks::{
        AddWebhook, RemoveWebhook, ReplayWebhook, RotateWebhook, SetWebhookEnabled,
    };
}

use signals::Signals;
use touches::Touches;
use writer::Writer;

/// A desk: where operations are run.
#[derive(Debug, Clone)]
pub struct Desk {
    inner: Arc<Inner>,
    /// In a server, the one writer; without it the desk opens its own transactions.
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    seller: Arc<Seller>,
    clock: Clock,
    random: Random,
    settings: Arc<Settings>,
    signals: Signals,
    touches: Touches,
    metrics: Metrics,
}

impl Desk {
    /// A desk that opens a transaction of its own for each operation.
    pub fn new(
        store: Arc<dyn Store>,
        seller: Arc<Seller>,
        clock: Clock,
        random: Random,
        settings: Arc<Settings>,
    ) -> Self {
        let inner = Inner {
            store,
            seller,
            clock,
            random,
            settings,
            signals: Signals::default(),
            touches: Touches::default(),
            metrics: Metrics::default(),
        };
        Self {
            inner: Arc::new(inner),
            writer: None,
        }
    }

    /// The same desk, all of whose operations go through a writer.
    pub(crate) fn through(&self, writer: Writer) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            writer: Some(writer),
        }
    }

    /// Runs an operation in one transaction. When it returns an answer, the change is durable.
    pub async fn run<O: Operation>(
        &self,
        actor: &Actor,
        operation: O,
    ) -> Result<O::Answer, DeskError> {
        match &self.writer {
            Some(writer) => writer.run(actor.clone(), operation).await,
            None => operation::execute(self, actor, &operation).await,
        }
    }

    /// Where state rests.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// Who sells here.
    pub fn seller(&self) -> &Arc<Seller> {
        &self.inner.seller
    }

    /// What tells the time.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Where randomness comes from.
    pub fn random(&self) -> Random {
        self.inner.random
    }

    /// What the operator set.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.inner.settings
    }

    /// What is counted for whoever watches the server.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// What wakes the jobs.
    pub(crate) fn signals(&self) -> &Signals {
        &self.inner.signals
    }

    /// Sessions whose use is not noted yet.
    fn touches(&self) -> &Touches {
        &self.inner.touches
    }
}
