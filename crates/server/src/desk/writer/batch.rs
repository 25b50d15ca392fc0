//! A batch: take the turn, load, decide, number and sign, append, apply, commit, and only then answer.
//!
//! A crash before the commit leaves nothing behind and nothing was promised; a crash after it
//! loses answers only, and the same bytes sent again get them.

use std::collections::HashMap;
use std::sync::Arc;

use countersign_envelope::SignatureFacts;
use countersign_order::time::day_of;
use countersign_order::{
    AccountId, BuyerId, Decided, Entry, OrderId, Outcome, Receipt, RefusalId, Rejection,
    SignedOrder, Statement, decide,
};
use countersign_store::crash::{CrashPoint, reach};
use countersign_store::{
    Correspondent, Growth, Loaded, LogHead, NewMail, NewOrder, NewWebhookEvent, RefusalRecord,
    StatementRecord, Transaction,
};
use tokio::sync::oneshot;

use super::super::log::{self, Logged};
use super::super::operation::new_mails;
use super::super::receive::refusal;
use super::super::statements::{self, About, digest};
use super::super::{Desk, DeskError, letters, webhooks};
use super::fault;
use crate::metrics::Stage;
use crate::shares::Share;
use crate::telemetry::chain;

/// How often a batch is tried when another process got in its way.
const TRIES: u32 = 3;

/// Something that arrived and is settled in a batch.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A verified order.
    Order(Box<OrderArrival>),
    /// A message that was refused before it became one.
    Refusal(Box<RefusalArrival>),
}

/// A verified order on its way to a decision.
#[derive(Debug)]
pub(crate) struct OrderArrival {
    pub(crate) entry: Entry,
    pub(crate) signature: SignatureFacts,
    pub(crate) message: countersign_order::Digest,
    pub(crate) waiter: Waiter<Settled>,
}

/// A refusal on its way to being recorded.
#[derive(Debug)]
pub(crate) struct RefusalArrival {
    pub(crate) refusal: RefusalRecord,
    pub(crate) waiter: Waiter<()>,
}

/// Whoever waits, and the place kept for them until they are answered.
#[derive(Debug)]
pub(crate) struct Waiter<T> {
    pub(crate) answer: oneshot::Sender<Result<T, DeskError>>,
    pub(crate) place: Share<BuyerId>,
}

/// What became of an order.
#[derive(Debug)]
pub(crate) enum Settled {
    /// It was decided now; the receipt is its signed answer.
    Decided {
        /// The decision.
        decided: Box<Decided>,
        /// The receipt's DER.
        receipt: Vec<u8>,
        /// Where the receipt is in the log.
        logged: Logged,
    },
    /// It was decided before; the stored receipt is the answer.
    Repeat(OrderId),
    /// It was refused after all.
    Rejected(Rejection),
}

impl<T> Waiter<T> {
    /// Answers, and frees the place. Whoever hung up misses nothing but the answer.
    fn answer(self, answer: Result<T, DeskError>) {
        drop(self.answer.send(answer));
        drop(self.place);
    }
}

/// The turn to write: a transaction that has begun, or why there is none.
pub(super) type Turn = Result<Box<dyn Transaction>, DeskError>;

/// Waits until nobody else writes. A panic is an error like others: nothing was promised yet.
pub(super) async fn take_turn(desk: &Desk) -> Turn {
    let desk = desk.clone();
    let begun = tokio::spawn(async move {
        let _waiting = desk.metrics().begins(Stage::Turn);
        desk.store().begin().await
    });
    Ok(begun.await.map_err(|_panic| DeskError::Panicked)??)
}

/// Settles a batch and answers everyone in it.
pub(super) async fn settle(desk: Desk, arrivals: Vec<Arrival>, turn: Turn) {
    desk.metrics().batch(arrivals.len());
    let (batch, waiters) = Batch::of(arrivals);
    let batch = Arc::new(batch);
    match batch.take_in(&desk, turn).await {
        Ok(settled) => {
            for (waiter, settled) in waiters.orders.into_iter().zip(settled) {
                waiter.answer(Ok(settled));
            }
            for waiter in waiters.refusals {
                waiter.answer(Ok(()));
            }
        }
        // What a single entry can bring about must not cost the others anything.
        Err(
            error @ (DeskError::Panicked
            | DeskError::Sign(_)
            | DeskError::Store(_)
            | DeskError::Inconsistent(_)),
        ) if batch.entries.len() + batch.refusals.len() > 1 => {
            let error = chain(&error);
            tracing::error!(error, "a batch failed; what is in it is settled one by one");
            settle_apart(&desk, &batch, waiters).await;
        }
        Err(error) => {
            tracing::warn!(
                error = chain(&error),
                orders = waiters.orders.len(),
                "a batch was not taken in"
            );
            waiters.answer_all(&error);
        }
    }
}

/// Settles each order and refusal of a batch in a transaction of its own, so that a defect costs only
/// what brings it about.
async fn settle_apart(desk: &Desk, batch: &Batch, waiters: Waiters) {
    let orders = batch.entries.iter().zip(&batch.signatures);
    for ((entry, signature), waiter) in orders.zip(waiters.orders) {
        let alone = Arc::new(Batch {
            entries: vec![entry.clone()],
            signatures: vec![signature.clone()],
            refusals: Vec::new(),
        });
        let settled = alone.take_in(desk, take_turn(desk).await).await;
        waiter.answer(settled.and_then(|settled| {
            let mut settled = settled.into_iter();
            settled.next().ok_or(DeskError::OutcomeUnknown)
        }));
    }
    for (refusal, waiter) in batch.refusals.iter().zip(waiters.refusals) {
        let alone = Arc::new(Batch {
            refusals: vec![refusal.clone()],
            ..Batch::default()
        });
        let settled = alone.take_in(desk, take_turn(desk).await).await;
        waiter.answer(settled.map(drop));
    }
}

/// Whoever waits for a batch, in arrival order.
#[derive(Default)]
struct Waiters {
    orders: Vec<Waiter<Settled>>,
    refusals: Vec<Waiter<()>>,
}

impl Waiters {
    fn answer_all(self, error: &DeskError) {
        for waiter in self.orders {
            waiter.answer(Err(error.clone()));
        }
        for waiter in self.refusals {
            waiter.answer(Err(error.clone()));
        }
    }
}

/// The orders and refusals of a batch, in arrival order.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    signatures: Vec<(SignatureFacts, countersign_order::Digest)>,
    refusals: Vec<RefusalRecord>,
}

/// A batch that is decided and written, but not committed.
struct Prepared {
    transaction: Box<dyn Transaction>,
    outcomes: Vec<Outcome>,
    receipts: Vec<StatementRecord>,
    growth: Option<Growth>,
}

impl Batch {
    fn of(arrivals: Vec<Arrival>) -> (Self, Waiters) {
        let mut batch = Self::default();
        let mut waiters = Waiters::default();
        for arrival in arrivals {
            match arrival {
                Arrival::Order(order) => {
                    let order = *order;
                    batch.entries.push(order.entry);
                    batch.signatures.push((order.signature, order.message));
                    waiters.orders.push(order.waiter);
                }
                Arrival::Refusal(arrival) => {
                    batch.refusals.push(arrival.refusal);
                    waiters.refusals.push(arrival.waiter);
                }
            }
        }
        (batch, waiters)
    }

    async fn take_in(
        self: &Arc<Self>,
        desk: &Desk,
        mut turn: Turn,
    ) -> Result<Vec<Settled>, DeskError> {
        let mut tries = 1;
        loop {
            match self.attempt(desk, turn).await {
                Err(DeskError::Conflict) if tries < TRIES => tries += 1,
                Err(DeskError::Conflict) => return Err(DeskError::Busy),
                settled => return settled,
            }
            turn = take_turn(desk).await;
        }
    }

    async fn attempt(self: &Arc<Self>, desk: &Desk, turn: Turn) -> Result<Vec<Settled>, DeskError> {
        let prepared = self.prepare_apart(desk, turn?).await?;
        reach(CrashPoint::IntakeBeforeCommit);
        let committing = desk.metrics().begins(Stage::Commit);
        prepared.transaction.commit().await?;
        drop(committing);
        reach(CrashPoint::IntakeCommitted);
        let mut logged = Vec::new();
        if let Some(growth) = prepared.growth {
            desk.signals().outbox.notify_one();
            desk.signals().webhooks.notify_one();
            desk.signals().fulfilment.notify_one();
            desk.signals().log.notify_waiters();
            desk.signals().orders.notify_one();
            let numbers = prepared.receipts.iter().map(|receipt| receipt.number);
            logged = log::logged(desk.seller(), &growth, numbers)
                .map_err(|error| after_commit(&error))?;
        }
        Ok(settled(prepared.outcomes, prepared.receipts, logged))
    }

    /// Prepares in a task of its own. A panic there undoes the transaction, and nothing was promised;
    /// one in the commit or after it ends the batch with its outcome unknown.
    async fn prepare_apart(
        self: &Arc<Self>,
        desk: &Desk,
        transaction: Box<dyn Transaction>,
    ) -> Result<Prepared, DeskError> {
        let (batch, desk) = (Arc::clone(self), desk.clone());
        let prepared = tokio::spawn(async move { batch.prepare(&desk, transaction).await });
        prepared.await.map_err(|_panic| DeskError::Panicked)?
    }

    async fn prepare(
        &self,
        desk: &Desk,
        mut transaction: Box<dyn Transaction>,
    ) -> Result<Prepared, DeskError> {
        let metrics = desk.metrics();
        if self.entries.is_empty() {
            transaction.insert_refusals(&self.refusals).await?;
            reach(CrashPoint::RefusalInserted);
            return Ok(Prepared {
                transaction,
                outcomes: Vec::new(),
                receipts: Vec::new(),
                growth: None,
            });
        }
        let loading = metrics.begins(Stage::Load);
        let now = desk.clock().now();
        let Loaded {
            mut snapshot,
            correspondents,
            seller_statement,
        } = transaction.load(&self.entries, day_of(now)).await?;
        drop(loading);
        snapshot.hold_rules = desk.settings().desk.hold_rules();
        fault::leave_out_checks(&mut snapshot);
        let deciding = metrics.begins(Stage::Decide);
        let (outcomes, changes) = decide(&snapshot, &self.entries, now);
        drop(deciding);
        reach(CrashPoint::OrderDecided);
        let head = transaction.log_head().await?;
        let head = head.ok_or(DeskError::Inconsistent("log"))?;
        let seller = desk.seller();
        statements::must_sign_after(seller_statement, transaction.as_mut(), seller).await?;
        let signing = metrics.begins(Stage::Sign);
        let answers = self.answers(desk, &outcomes, &head, &correspondents)?;
        drop(signing);
        reach(CrashPoint::ReceiptsSigned);
        let _applying = metrics.begins(Stage::Apply);
        let mut growth = None;
        if !answers.receipts.is_empty() {
            growth = Some(transaction.append(&answers.receipts).await?);
            reach(CrashPoint::LeavesAppended);
            let orders = self.new_orders(&outcomes, &answers.receipts);
            transaction.apply(&orders, &changes).await?;
            reach(CrashPoint::OrdersInserted);
            transaction.insert_mail(&answers.mails, now).await?;
            transaction
                .insert_webhook_events(&answers.events, now)
                .await?;
            reach(CrashPoint::MailQueued);
        }
        let refusals = self.all_refusals(desk, &outcomes);
        if !refusals.is_empty() {
            transaction.insert_refusals(&refusals).await?;
        }
        Ok(Prepared {
            transaction,
            outcomes,
            receipts: answers.receipts,
            growth,
        })
    }

    /// Numbers and signs a receipt for every decision, and writes the letter that announces it.
    fn answers(
        &self,
        desk: &Desk,
        outcomes: &[Outcome],
        head: &LogHead,
        correspondents: &HashMap<AccountId, Correspondent>,
    ) -> Result<Answers, DeskError> {
        let mut answers = Answers::default();
        let mut number = head.next_statement();
        for ((entry, (signature, _)), outcome) in
            self.entries.iter().zip(&self.signatures).zip(outcomes)
        {
            let Outcome::Decided(decided) = outcome else {
                continue;
            };
            let to = correspondents.get(&entry.account);
            let receipt = receipt(desk, (head, number), entry, decided, signature, to)?;
            if let Some(to) = to {
                let event = letters::event(to, number, letters::decision(entry, decided));
                let mails = new_mails(&to.email, &event, decided.decided_at)?;
                answers.mails.extend(mails);
            }
            let event = webhooks::of_decision(desk, (head, number), entry, decided)?;
            answers.events.push(event);
            answers.receipts.push(receipt);
            number += 1;
        }
        Ok(answers)
    }

    fn new_orders<'a>(
        &'a self,
        outcomes: &'a [Outcome],
        receipts: &[StatementRecord],
    ) -> Vec<NewOrder<'a>> {
        let mut receipts = receipts.iter();
        self.entries
            .iter()
            .zip(&self.signatures)
            .zip(outcomes)
            .filter_map(|((entry, (signature, _)), outcome)| match outcome {
                Outcome::Decided(decided) => Some(NewOrder {
                    entry,
                    decided,
                    receipt: receipts.next()?.number,
                    signed_data: signature.signed_data(),
                }),
                Outcome::Repeat(_) | Outcome::Rejected(_) => None,
            })
            .collect()
    }

    /// The refusals that came, and those that the decision made.
    fn all_refusals(&self, desk: &Desk, outcomes: &[Outcome]) -> Vec<RefusalRecord> {
        let mut refusals = self.refusals.clone();
        for ((entry, (_, message)), outcome) in
            self.entries.iter().zip(&self.signatures).zip(outcomes)
        {
            if let Outcome::Rejected(rejection) = outcome
                && let Some(code) = refusal::code_of(rejection)
            {
                let id = desk.random().uuid_v7(entry.received_at);
                refusals.push(RefusalRecord {
                    id: RefusalId::from_uuid_bytes(id),
                    buyer: entry.order.buyer.clone(),
                    account: entry.account.clone(),
                    received_at: entry.received_at,
                    code: code.as_str().to_owned(),
                    message: Some(*message),
                    order: Some(refusal::refused_order(&entry.order)),
                });
            }
        }
        refusals
    }
}

/// What a batch promises, to be kept before it is let out.
#[derive(Default)]
struct Answers {
    receipts: Vec<StatementRecord>,
    mails: Vec<NewMail>,
    events: Vec<NewWebhookEvent>,
}

fn receipt(
    desk: &Desk,
    (log, number): (&LogHead, u64),
    entry: &Entry,
    decided: &Decided,
    signature: &SignatureFacts,
    to: Option<&Correspondent>,
) -> Result<StatementRecord, DeskError> {
    let about = About {
        order: Some(decided.order_id),
        account: Some(entry.account.clone()),
        previous: None,
    };
    let ship_to = entry
        .order
        .ship_to
        .clone()
        .or_else(|| to.and_then(|to| to.address.clone()));
    statements::sign(desk, log, number, decided.decided_at, about, |common| {
        let signed = signed_order(signature);
        let receipt = Receipt::of(common, entry, decided, ship_to, signed);
        Statement::Receipt(Box::new(receipt))
    })
}

/// What a signature is over, by its digests.
pub(crate) fn signed_order(signature: &SignatureFacts) -> SignedOrder {
    SignedOrder {
        content_type: countersign_order::MEDIA_TYPE.to_owned(),
        content_sha256: digest(signature.content_sha256()),
        signed_attributes_sha256: digest(signature.signed_attributes_sha256()),
        signature_sha256: digest(signature.signature_sha256()),
        certificate_sha256: digest(signature.certificate_sha256()),
        signed_data_sha256: digest(signature.signed_data_sha256()),
    }
}

/// What fails after the commit undoes nothing: the same bytes sent again get the answer.
fn after_commit(error: &DeskError) -> DeskError {
    tracing::error!(
        error = chain(&error),
        "a batch was committed, but not answered"
    );
    DeskError::OutcomeUnknown
}

fn settled(
    outcomes: Vec<Outcome>,
    receipts: Vec<StatementRecord>,
    logged: Vec<Logged>,
) -> Vec<Settled> {
    let mut answers = receipts.into_iter().zip(logged);
    outcomes
        .into_iter()
        .filter_map(|outcome| match outcome {
            Outcome::Decided(decided) => {
                let (receipt, logged) = answers.next()?;
                Some(Settled::Decided {
                    decided: Box::new(decided),
                    receipt: receipt.der,
                    logged,
                })
            }
            Outcome::Repeat(order) => Some(Settled::Repeat(order)),
            Outcome::Rejected(rejection) => Some(Settled::Rejected(rejection)),
        })
        .collect()
}
