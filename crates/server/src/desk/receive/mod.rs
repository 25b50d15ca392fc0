//! Receiving what buyers sign: open, verify, read, and hand to the writer, every check in its place.
//!
//! The order of the checks is part of the contract: the first that fails answers. Those that look
//! at what is stored come last, inside the writer's transaction.

mod cancellation;
mod certificates;
mod pool;
mod rate;
pub(crate) mod refusal;

use std::sync::Arc;

use countersign_envelope::{
    self as envelope, Certificate, OpenError, Opened, Sealed, Verified, VerifyError,
};
use countersign_order::{
    AccountId, BuyerId, Decided, Digest, Entry, OrderId, PurchaseOrder, RefusalId,
};
use countersign_store::RefusalRecord;
use countersign_store::crash::{CrashPoint, reach};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::log::Logged;
use super::statements::digest;
use super::writer::{Arrival, OrderArrival, RefusalArrival, Settled, Waiter, Writer};
use super::{Desk, DeskError, Quota};
use crate::metrics::Stage;
use crate::shares::Shares;

use certificates::Certificates;
use pool::Pool;
use rate::Rate;

pub(crate) use super::cancel::Unfollowed;
pub(crate) use refusal::Refusal;

/// Orders that may wait for the writer at once.
pub(crate) const PLACES: usize = 512;
/// Orders of one buyer that may wait for the writer at once.
const PLACES_PER_BUYER: usize = 256;

/// Takes in orders, and requests to cancel them, for a server.
#[derive(Debug)]
pub(crate) struct Receiver {
    desk: Desk,
    writer: Writer,
    places: Shares<BuyerId>,
    pool: Pool,
    rate: Rate,
    certificates: Certificates,
}

/// Who sends, as their session says.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) account: AccountId,
    pub(crate) buyer: BuyerId,
}

/// The answer to an order.
#[derive(Debug)]
pub(crate) enum Received {
    /// It was decided now.
    Decided {
        /// The order as it went in.
        entry: Box<Entry>,
        /// The decision.
        decided: Box<Decided>,
        /// The receipt's DER.
        receipt: Vec<u8>,
        /// Where the receipt is in the log.
        logged: Logged,
    },
    /// It was decided before.
    Repeat(OrderId),
}

impl Receiver {
    pub(crate) fn new(desk: Desk, writer: Writer) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let rate = Rate::new(desk.settings().desk.orders_per_minute);
        Self {
            desk,
            writer,
            places: Shares::new(PLACES, PLACES_PER_BUYER),
            pool: Pool::new(cores),
            rate,
            certificates: Certificates::default(),
        }
    }

    /// How many orders wait for the writer.
    pub(crate) fn waiting(&self) -> usize {
        self.places.taken()
    }

    /// Whether the sender may send something now, and what is left of its rate; asked before its
    /// body is read.
    pub(crate) fn admit(&self, sender: &Sender) -> Result<Option<Quota>, Refusal> {
        let quota = self
            .rate
            .spend(&sender.account, self.desk.clock().now())
            .map_err(Refusal::SlowDown)?;
        self.places.look(&sender.buyer)?;
        Ok(quota)
    }

    /// Receives a whole order. Every refusal but those for haste is recorded before it is told.
    pub(crate) async fn receive(
        &self,
        sender: &Sender,
        message: Vec<u8>,
    ) -> Result<Received, Refusal> {
        let _under_way = self.desk.signals().order_under_way();
        let received_at = self.desk.clock().now();
        let message_digest = digest(envelope::Digest::of(&message));
        let verifying = self.writer.verifying();
        let order = match self.read(sender, message).await {
            Ok(order) => order,
            Err(refusal) => {
                drop(verifying);
                let message = Some(message_digest);
                return Err(self.refuse(sender, refusal, received_at, message).await);
            }
        };
        reach(CrashPoint::OrderVerified);
        let signature = order.signature().clone();
        let entry = Entry {
            order_id: OrderId::from_uuid_bytes(self.desk.random().uuid_v7(received_at)),
            account: sender.account.clone(),
            certificate: digest(signature.certificate_sha256()),
            content: digest(signature.content_sha256()),
            signing_time: signature.signing_time(),
            received_at,
            order: order.into_content(),
        };
        let kept = Box::new(entry.clone());
        let (answer, answered) = oneshot::channel();
        let place = self.places.take_one(&sender.buyer)?;
        self.writer.arrive(Arrival::Order(Box::new(OrderArrival {
            entry,
            signature,
            message: message_digest,
            waiter: Waiter { answer, place },
        })))?;
        drop(verifying);
        let settled = answered.await.unwrap_or(Err(DeskError::OutcomeUnknown))?;
        reach(CrashPoint::ReplyReady);
        match settled {
            Settled::Decided {
                decided,
                receipt,
                logged,
            } => Ok(Received::Decided {
                entry: kept,
                decided,
                receipt,
                logged,
            }),
            Settled::Repeat(order) => Ok(Received::Repeat(order)),
            Settled::Rejected(rejection) => Err(Refusal::Rejected(rejection)),
        }
    }

    /// Records a refusal, and gives it back to be told; a refusal that cannot be recorded is not
    /// told, but what stands in the way of it.
    pub(crate) async fn refuse(
        &self,
        sender: &Sender,
        refusal: Refusal,
        received_at: Timestamp,
        message: Option<Digest>,
    ) -> Refusal {
        match self.record(sender, &refusal, received_at, message).await {
            Ok(()) => refusal,
            Err(obstacle) => obstacle,
        }
    }

    async fn record(
        &self,
        sender: &Sender,
        refusal: &Refusal,
        received_at: Timestamp,
        message: Option<Digest>,
    ) -> Result<(), Refusal> {
        let Some(code) = refusal.code_to_record() else {
            return Ok(());
        };
        let id = self.desk.random().uuid_v7(received_at);
        let refusal = RefusalRecord {
            id: RefusalId::from_uuid_bytes(id),
            buyer: sender.buyer.clone(),
            account: sender.account.clone(),
            received_at,
            code: code.as_str().to_owned(),
            message,
            order: refusal.order(),
        };
        let (answer, answered) = oneshot::channel();
        let place = self.places.take_one(&sender.buyer)?;
        let waiter = Waiter { answer, place };
        let arrival = RefusalArrival { refusal, waiter };
        self.writer.arrive(Arrival::Refusal(Box::new(arrival)))?;
        answered.await.unwrap_or(Err(DeskError::OutcomeUnknown))?;
        Ok(())
    }

    /// From bytes to an order that its signer meant for us.
    async fn read(
        &self,
        sender: &Sender,
        message: Vec<u8>,
    ) -> Result<Verified<Arc<PurchaseOrder>>, Refusal> {
        let verified = self.open(sender, message).await?;
        let order = verified
            .and_then(|content| PurchaseOrder::parse(content).map(Arc::new))
            .map_err(Refusal::OrderNotUnderstood)?;
        let seller = self.desk.seller();
        let root = seller.root_fingerprint();
        order
            .content()
            .addressed_to(seller.origin(), &root, &sender.buyer)
            .map_err(|misaddressed| {
                let asked = refusal::refused_order(order.content());
                Refusal::Misaddressed(misaddressed, Box::new(asked))
            })?;
        Ok(order)
    }

    /// From bytes to what a key of the account has signed.
    async fn open(&self, sender: &Sender, message: Vec<u8>) -> Result<Verified<Vec<u8>>, Refusal> {
        let opening = self.desk.metrics().begins(Stage::Open);
        let recipients = self.desk.seller().recipients(self.desk.clock().now());
        let opened = Sealed::parse(message)
            .and_then(|sealed| sealed.open(recipients))
            .map_err(|error| match error {
                OpenError::RecipientUnknown => Refusal::RecipientUnknown,
                OpenError::NotAccepted { hint } => Refusal::EnvelopeNotAccepted { hint },
            })?;
        drop(opening);
        let keys = self.keys_for(&opened, &sender.account).await?;
        if keys.is_empty() {
            return Err(Refusal::NewKeyRequired);
        }
        self.verify(sender, opened, keys)
            .await?
            .map_err(|error| Refusal::SignatureNotAccepted { hint: error.hint() })
    }

    /// Certificates that were enrolled for the account: those that are remembered if the signer is among
    /// them, else all. Whether a key is still active is decided where the log's order is known.
    async fn keys_for(
        &self,
        opened: &Opened,
        account: &AccountId,
    ) -> Result<Arc<[Certificate]>, Refusal> {
        let known = self.certificates.of(account);
        if opened.claims_one_of(&known) {
            return Ok(known);
        }
        let mut view = self
            .desk
            .store()
            .read_committed()
            .await
            .map_err(DeskError::from)?;
        let keys = view.keys_of(account).await.map_err(DeskError::from)?;
        drop(view);
        Ok(self.certificates.learn(account, &keys)?)
    }

    async fn verify(
        &self,
        sender: &Sender,
        opened: Opened,
        keys: Arc<[Certificate]>,
    ) -> Result<Result<Verified<Vec<u8>>, VerifyError>, Refusal> {
        let _verifying = self.desk.metrics().begins(Stage::Verify);
        let verified = self.pool.verify(&sender.buyer, opened, keys).await;
        Ok(verified?)
    }
}
