//! Orders at rest, their lines and timelines.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{
    AccountId, Address, BuyerId, Decision, Digest, Fulfilment, LineProgress, Money, Name, Note,
    OrderId, OrderState, Progress, PurchaseOrderNumber, Quantity, Reason, SalesOrderNumber,
    ShortText, Sku, Unit, UnitPrice,
};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Page, StatementRecord, StoreError};

/// The most notes that the desk may write on one order.
pub const ORDER_NOTES_MAX: u32 = 200;

/// An order as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRecord {
    /// Its key.
    pub id: OrderId,
    /// Who ordered.
    pub buyer: BuyerId,
    /// The account that sent it.
    pub account: AccountId,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// The attempt under that number, from 1.
    pub attempt: u32,
    /// Our number, if it was accepted.
    pub sales_order_number: Option<SalesOrderNumber>,
    /// What the first receipt answered.
    pub decision: Decision,
    /// Why, if it was declined or held.
    pub reasons: Vec<Reason>,
    /// How it stands now.
    pub state: OrderState,
    /// How often it has changed; a move names the version it was decided on.
    pub version: u32,
    /// All or nothing, or what is there.
    pub fulfilment: Fulfilment,
    /// Its total as signed, in its currency.
    pub total: Money,
    /// Where it goes, unless to the buyer's address.
    pub ship_to: Option<Address>,
    /// The buyer's note.
    pub note: Option<Note>,
    /// When the document says it was issued.
    pub issued_at: Timestamp,
    /// When its message was complete.
    pub received_at: Timestamp,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Until when it is held, if it is.
    pub held_until: Option<Timestamp>,
    /// SHA-256 of the order document.
    pub content: Digest,
    /// SHA-256 of the enrolled certificate whose key signed it.
    pub certificate: Digest,
    /// The number of its first receipt.
    pub receipt: u64,
    /// Its lines, by number.
    pub lines: Vec<LineRecord>,
    /// What happened to it, oldest first; the first row is the decision.
    pub timeline: Vec<EventRecord>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct LineRecord {
    /// The item.
    pub sku: Sku,
    /// The item as the buyer saw it.
    pub description: Name,
    /// What its quantity counts.
    pub unit: Unit,
    /// The agreed price.
    pub unit_price: UnitPrice,
    /// The price is for this many units.
    pub per: Quantity,
    /// When the buyer would like to have it.
    pub requested_delivery: Option<Date>,
    /// Its number, and where its units are.
    pub progress: LineProgress,
}

/// A row of an order's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// When.
    pub at: Timestamp,
    /// Who: an account, `operator:<unix user>`, or the desk itself.
    pub by: String,
    /// What happened, such as `accepted` or `shipped`.
    pub event: String,
    /// Anything more, for people.
    pub detail: Option<String>,
}

/// A move of an order, as the business decided it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderMove {
    /// The order.
    pub order: OrderId,
    /// The version it was decided on.
    pub version: u32,
    /// Where it stands now. Lines that are not listed stay as they are.
    pub progress: Progress,
    /// What happened.
    pub event: EventRecord,
    /// Why units that were set aside are not there, if some are not.
    pub missing: Option<ShortText>,
}

/// What somebody of the desk wrote on an order; no buyer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRecord {
    /// When.
    pub at: Timestamp,
    /// Who: an account, or `operator:<unix user>`.
    pub by: String,
    /// What.
    pub note: Note,
}

/// Which orders to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only this buyer's.
    pub buyer: Option<BuyerId>,
    /// Only those in one of these states; empty means any.
    pub states: Vec<OrderState>,
    /// Only those under this number of the buyer's.
    pub purchase_order_number: Option<PurchaseOrderNumber>,
    /// Only those with this item.
    pub sku: Option<Sku>,
    /// Only those received then or later.
    pub received_from: Option<Timestamp>,
    /// Only those received earlier.
    pub received_before: Option<Timestamp>,
    /// Only those of which a unit was to be delivered before this day and is neither shipped nor
    /// cancelled.
    pub late_on: Option<Date>,
    /// Only those whose numbers, buyer or items contain this text, whatever the case of its Latin
    /// letters. No character of it has a meaning of its own.
    pub text: Option<String>,
}

/// The lines that the orders of a page have in all, at most, unless it is a page of one order: the largest orders
/// have a thousand of them.
pub const PAGE_LINES_MAX: u64 = 5_000;

/// Ends a page before its orders have too many lines. The rest is on the next one.
pub(crate) fn cut_by_lines(page: &mut Page<OrderRecord>, lines: &HashMap<OrderId, u64>) {
    let mut sum = 0_u64;
    let fitting = page.rows.iter().take_while(|order| {
        sum = sum.saturating_add(lines.get(&order.id).copied().unwrap_or_default());
        sum <= PAGE_LINES_MAX
    });
    let kept = fitting.count().max(1);
    page.more |= kept < page.rows.len();
    page.rows.truncate(kept);
}

/// Reading orders. A record never becomes a verified order again: the evidence is `signed_data`.
#[async_trait]
pub trait ReadOrders {
    /// One order, with its lines and timeline.
    async fn order(&mut self, id: &OrderId) -> Result<Option<OrderRecord>, StoreError>;

    /// Orders, the one received last first, those after `before` in this order if given; fewer than `limit` if
    /// they have many lines ([`PAGE_LINES_MAX`]).
    async fn orders(
        &mut self,
        filter: &OrderFilter,
        before: Option<&OrderId>,
        limit: u32,
    ) -> Result<Page<OrderRecord>, StoreError>;

    /// The `SignedData` of an order, exactly as it came.
    async fn signed_data(&mut self, id: &OrderId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The first receipt of each of these orders. Unknown orders are absent.
    async fn receipts(
        &mut self,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, StatementRecord>, StoreError>;

    /// What the desk wrote on an order, oldest first, at most [`ORDER_NOTES_MAX`].
    async fn order_notes(&mut self, id: &OrderId) -> Result<Vec<NoteRecord>, StoreError>;

    /// Orders that have reserved units to ship and wait for nobody, oldest first.
    async fn orders_to_fulfil(&mut self, limit: u32) -> Result<Vec<OrderId>, StoreError>;

    /// Held orders whose time is over, the longest overdue first.
    async fn expired_holds(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OrderId>, StoreError>;
}

/// Writing orders.
///
/// Isolation: an order's state, lines, timeline and the stock behind them change together or not at
/// all. Concurrency: of two moves decided on one version one fails with [`StoreError::Conflict`].
#[async_trait]
pub trait WriteOrders {
    /// Moves an order: state, lines, timeline, and the stock that its lines reserve or let go.
    ///
    /// Units shipped leave stock on hand and reserved; units no longer reserved become available.
    /// Every unit that moves is a row among the movements of stock.
    async fn move_order(&mut self, order_move: &OrderMove) -> Result<(), StoreError>;

    /// Writes a note on an order that exists; false if it has [`ORDER_NOTES_MAX`] already.
    async fn insert_order_note(
        &mut self,
        id: &OrderId,
        note: &NoteRecord,
    ) -> Result<bool, StoreError>;
}
