//! The life of an order at rest: where it stands, line by line, and the moves it may make.
//!
//! ```text
//! held ─> accepted | declined
//! accepted ─> preparing ─> packed ─> shipped | part_shipped | closed
//! part_shipped ─> preparing        (what is left is ready, or came in)
//! preparing ─> accepted | part_shipped        (nothing of it was found)
//! accepted, preparing, packed, part_shipped ─> cancelled | closed
//! ```

mod moves;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::{Decided, Decision};
use crate::inventory::StockChange;
use crate::purchase_order::PurchaseOrder;

pub use moves::{LineUnits, Move, MoveNotAllowed};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Stock is set aside and a person will answer.
    Held,
    /// The seller will deliver.
    Accepted,
    /// Somebody is picking it.
    Preparing,
    /// It is ready to go.
    Packed,
    /// Some has gone, and some is still to go.
    PartShipped,
    /// Every unit ordered has gone.
    Shipped,
    /// Nothing is open any more: some was shipped, some cancelled.
    Closed,
    /// Nothing was shipped and nothing will be.
    Cancelled,
    /// The seller will not deliver.
    Declined,
}

/// What may be done to an order at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Approve a held order.
    #[serde(rename = "approve")]
    Accept,
    /// Decline a held order.
    Decline,
    /// Start picking.
    Prepare,
    /// Say that it is ready to go.
    Pack,
    /// Hand it to the carrier.
    Ship,
    /// Cancel what is not shipped.
    Cancel,
    /// Set aside stock that came in for what is back-ordered.
    Fill,
}

/// Where one line's units are; every unit ordered is reserved, back-ordered, shipped or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineProgress {
    /// The line's number.
    pub line: u32,
    /// Units ordered.
    pub ordered: u32,
    /// Units set aside in stock.
    pub reserved: u32,
    /// Units of those that are packed, and go with the next shipment.
    #[serde(default)]
    pub packed: u32,
    /// Units that are to come in first.
    pub back_ordered: u32,
    /// Units gone.
    pub shipped: u32,
    /// Units that will never go.
    pub cancelled: u32,
}

/// An order at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where the order stands.
    pub state: OrderState,
    /// Where its lines stand, in their order.
    pub lines: Vec<LineProgress>,
}

impl OrderState {
    /// Every state, in the order in which an order may come to them.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Accepted,
        Self::Preparing,
        Self::Packed,
        Self::PartShipped,
        Self::Shipped,
        Self::Closed,
        Self::Cancelled,
        Self::Declined,
    ];

    /// The word for it in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Accepted => "accepted",
            Self::Preparing => "preparing",
            Self::Packed => "packed",
            Self::PartShipped => "part_shipped",
            Self::Shipped => "shipped",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
        }
    }

    /// The state that a word names.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing can happen to the order any more.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Shipped | Self::Closed | Self::Cancelled | Self::Declined => true,
            Self::Held | Self::Accepted | Self::Preparing | Self::Packed | Self::PartShipped => {
                false
            }
        }
    }
}

impl std::fmt::Display for OrderState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<Decision> for OrderState {
    /// The state in which a decision leaves an order.
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Accepted => Self::Accepted,
            Decision::Held => Self::Held,
            Decision::Declined => Self::Declined,
        }
    }
}

impl LineProgress {
    /// Units that are still to go.
    pub const fn open(&self) -> u32 {
        self.reserved + self.back_ordered
    }

    /// Units that were set aside and are not there: nothing else makes more wait than before.
    pub const fn missing(&self, after: &Self) -> u32 {
        after.back_ordered.saturating_sub(self.back_ordered)
    }

    /// What getting from here to `after` does to the item's stock.
    pub fn stock_change(&self, after: &Self) -> StockChange {
        let gone = i64::from(after.shipped) - i64::from(self.shipped);
        StockChange {
            on_hand: -gone - i64::from(self.missing(after)),
            reserved: i64::from(after.reserved) - i64::from(self.reserved),
        }
    }
}

impl Progress {
    /// Where an order stands once it is decided.
    pub fn of(order: &PurchaseOrder, decided: &Decided) -> Self {
        let lines = order
            .lines
            .iter()
            .zip(&decided.lines)
            .map(|(line, promised)| {
                let ordered = line.quantity.units();
                LineProgress {
                    line: line.line,
                    ordered,
                    reserved: promised.accepted,
                    packed: 0,
                    back_ordered: promised.back_ordered,
                    shipped: 0,
                    cancelled: ordered - promised.accepted - promised.back_ordered,
                }
            });
        Self {
            state: decided.decision.into(),
            lines: lines.collect(),
        }
    }

    /// What may be done now.
    pub fn allowed_actions(&self) -> Vec<Action> {
        let has_reserved = self.lines.iter().any(|line| line.reserved > 0);
        let has_back_ordered = self.lines.iter().any(|line| line.back_ordered > 0);
        let mut actions = match self.state {
            OrderState::Held => vec![Action::Accept, Action::Decline],
            OrderState::Accepted | OrderState::PartShipped if has_reserved => {
                vec![Action::Prepare, Action::Cancel]
            }
            OrderState::Accepted | OrderState::PartShipped => vec![Action::Cancel],
            OrderState::Preparing => vec![Action::Pack, Action::Cancel],
            OrderState::Packed => vec![Action::Ship, Action::Cancel],
            OrderState::Shipped
            | OrderState::Closed
            | OrderState::Cancelled
            | OrderState::Declined => vec![],
        };
        if has_back_ordered && !self.state.is_final() {
            actions.push(Action::Fill);
        }
        actions
    }
}
