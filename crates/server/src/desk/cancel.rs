//! Cancelling: the same for a clerk and for a buyer, who has signed a request.

use async_trait::async_trait;
use countersign_envelope::Verified;
use countersign_order::{
    Cancellation, CancellationRequest, CancelledBy, CancelledLine, Common, Digest, LineProgress,
    LineUnits, OrderId, OrderState, ShortText, Sku, Statement,
};
use countersign_store::{CancellationRecord, OrderRecord, StatementKind, StatementRecord};
use jiff::Timestamp;

use super::enrol::correspondent;
use super::fulfil::{Step, about, reference, take};
use super::hold::withdraw;
use super::receive::Sender;
use super::statements::{self, digest};
use super::{DeskError, Operation, Work, letters, log};
use crate::mail::{News, OrderCancelled};

/// Cancels what is not shipped of an order because its buyer has signed a request to do so.
#[derive(Debug)]
pub(crate) struct CancelOnRequest {
    /// Who sent it.
    pub(crate) sender: Sender,
    /// The order it was sent to.
    pub(crate) order: OrderId,
    /// What was signed; its buyer is the sender's.
    pub(crate) request: Verified<CancellationRequest>,
    /// When its last byte arrived.
    pub(crate) received_at: Timestamp,
}

/// The answer to a request that was followed, now or before.
#[derive(Debug)]
pub(crate) struct Cancelled {
    /// The order as it stands now.
    pub(crate) order: OrderRecord,
    /// The cancellation; of a held order, the receipt that declines it.
    pub(crate) statement: StatementRecord,
    /// Whether this request was followed before.
    pub(crate) is_repeat: bool,
}

/// Why a verified request was not followed.
#[derive(Debug)]
pub(crate) enum Unfollowed {
    /// There is no such order, or it is another buyer's.
    NotFound,
    /// It names another order than the one it was sent to.
    WrongOrder,
    /// The key was revoked.
    KeyNotActive,
    /// It arrived outside its window, or was not signed when it was issued.
    NotTimely,
    /// The order is past this step: always [`DeskError::MoveNotAllowed`].
    TooLate(DeskError),
}

#[async_trait]
impl Operation for CancelOnRequest {
    type Answer = Result<Cancelled, Unfollowed>;

    /// The checks that refuse come before the first change: what they leave to be committed is
    /// nothing.
    async fn apply(&self, work: &mut Work<'_>) -> Result<Self::Answer, DeskError> {
        let found = work.transaction.order(&self.order).await?;
        let Some(order) = found.filter(|order| order.buyer == self.sender.buyer) else {
            return Ok(Err(Unfollowed::NotFound));
        };
        if !self.names(work, &order).await? {
            return Ok(Err(Unfollowed::WrongOrder));
        }
        if let Some(statement) = self.earlier_answer(work).await? {
            return Ok(Ok(Cancelled {
                order,
                statement,
                is_repeat: true,
            }));
        }
        if !self.key_is_active(work).await? {
            return Ok(Err(Unfollowed::KeyNotActive));
        }
        statements::issued_at(work.now, &log::head(work.transaction).await?)?;
        let signing_time = self.request.signature().signing_time();
        let request = self.request.content();
        if !request.is_timely(signing_time, self.received_at) {
            return Ok(Err(Unfollowed::NotTimely));
        }
        let reason = request.reason.clone();
        let request = digest(self.request.signature().signed_data_sha256());
        let taken = if order.state == OrderState::Held {
            withdraw(work, order, reason, request).await
        } else {
            let step = Step::Cancel {
                reason,
                request: Some(request),
            };
            take(work, order, &step).await
        };
        match taken {
            Ok(order) => self.keep(work, order).await.map(Ok),
            Err(late @ DeskError::MoveNotAllowed { .. }) => Ok(Err(Unfollowed::TooLate(late))),
            Err(error) => Err(error),
        }
    }
}

impl CancelOnRequest {
    /// Whether the request is about this order, by its number and a receipt of this attempt.
    async fn names(&self, work: &mut Work<'_>, order: &OrderRecord) -> Result<bool, DeskError> {
        let statements = work.transaction.statements_of(&order.id).await?;
        let receipts = statements
            .iter()
            .filter(|statement| statement.kind == StatementKind::Receipt)
            .map(|statement| statement.sha256);
        let request = self.request.content();
        Ok(request.is_about(&order.purchase_order_number, receipts))
    }

    /// The statement that answered the same request before.
    async fn earlier_answer(
        &self,
        work: &mut Work<'_>,
    ) -> Result<Option<StatementRecord>, DeskError> {
        let content = digest(self.request.signature().content_sha256());
        let followed = work.transaction.cancellation_requests(&self.order).await?;
        let Some(same) = followed.iter().find(|request| request.content == content) else {
            return Ok(None);
        };
        let statement = work.transaction.statement(same.statement).await?;
        Ok(Some(
            statement.ok_or(DeskError::Inconsistent("cancellation"))?,
        ))
    }

    async fn key_is_active(&self, work: &mut Work<'_>) -> Result<bool, DeskError> {
        let certificate = digest(self.request.signature().certificate_sha256());
        let key = work.transaction.key_by_fingerprint(&certificate).await?;
        Ok(key.is_some_and(|key| key.revocation.is_none()))
    }

    /// Keeps the request with the cancellation that came of it.
    async fn keep(&self, work: &mut Work<'_>, order: OrderRecord) -> Result<Cancelled, DeskError> {
        let statements = work.transaction.statements_of(&order.id).await?;
        let statement = statements.into_iter().next_back();
        let statement = statement.ok_or(DeskError::Inconsistent("cancellation"))?;
        let signature = self.request.signature();
        let request = CancellationRecord {
            statement: statement.number,
            order: order.id,
            account: self.sender.account.clone(),
            received_at: self.received_at,
            content: digest(signature.content_sha256()),
            certificate: digest(signature.certificate_sha256()),
            signed_data: signature.signed_data().to_vec(),
        };
        work.transaction
            .insert_cancellation_request(&request)
            .await?;
        work.audit("cancel-order", &order.id.to_string(), "")
            .await?;
        Ok(Cancelled {
            order,
            statement,
            is_repeat: false,
        })
    }
}

/// Says that what was open will not go, and promises the stock it held to whoever waits.
pub(super) async fn cancel(
    work: &mut Work<'_>,
    order: &OrderRecord,
    before: &[LineProgress],
    reason: &ShortText,
    request: Option<Digest>,
) -> Result<(), DeskError> {
    let (about, _) = about(work, order).await?;
    let units: Vec<LineUnits> = before
        .iter()
        .map(|line| LineUnits {
            line: line.line,
            units: line.open(),
        })
        .filter(|units| units.units > 0)
        .collect();
    let news = OrderCancelled {
        numbers: letters::numbers(order),
        lines: letters::lines(order, &units),
        by_buyer: request.is_some(),
        reason: reason.to_string(),
    };
    let (lines, order_reference) = (cancelled_lines(order, &units), reference(order));
    let reason = reason.clone();
    let write = move |common: Common| {
        Statement::Cancellation(Cancellation {
            common,
            order: order_reference,
            lines,
            by: match request {
                Some(_) => CancelledBy::Buyer,
                None => CancelledBy::Seller,
            },
            request_sha256: request,
            reason,
        })
    };
    let statement = work.state(about, write).await?;
    let to = correspondent(work, &order.account).await?;
    let event = letters::event(&to, statement.number, News::OrderCancelled(news));
    work.mail(&to.email, &event).await?;
    let released: Vec<Sku> = order.lines.iter().map(|line| line.sku.clone()).collect();
    work.fill_back_orders(&released).await?;
    work.wake_fulfilment();
    Ok(())
}

fn cancelled_lines(order: &OrderRecord, units: &[LineUnits]) -> Vec<CancelledLine> {
    units
        .iter()
        .filter_map(|units| {
            let line = order
                .lines
                .iter()
                .find(|line| line.progress.line == units.line)?;
            Some(CancelledLine {
                line: units.line,
                sku: line.sku.clone(),
                quantity: units.units,
            })
        })
        .collect()
}
