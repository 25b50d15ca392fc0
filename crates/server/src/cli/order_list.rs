//! `opd order list`: which orders, and how they are printed.

use clap::Args;
use countersign_api::{Day, OrderQuery};
use countersign_order::{BuyerId, OrderState, PurchaseOrderNumber, Sku};

#[derive(Debug, Args)]
pub(crate) struct OrderList {
    /// Only this buyer's.
    #[arg(long, value_name = "ID")]
    pub(crate) buyer: Option<BuyerId>,
    /// Only those in this state, such as accepted or shipped.
    #[arg(long, value_parser = state)]
    pub(crate) state: Option<OrderState>,
    /// Only those under this number of the buyer's.
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<PurchaseOrderNumber>,
    /// Only those with this item.
    #[arg(long)]
    pub(crate) sku: Option<Sku>,
    /// Only those received on this day, in UTC, or later.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<Day>,
    /// Only those received on this day, in UTC, or earlier.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) to: Option<Day>,
    /// Only those with this text in their numbers, the buyer's ID or name, or an item.
    #[arg(long, value_name = "TEXT")]
    pub(crate) query: Option<String>,
    /// Only those that are held.
    #[arg(long)]
    pub(crate) held: bool,
    /// Only late ones: asked for by a day that is over, and not wholly shipped or cancelled.
    #[arg(long)]
    pub(crate) late: bool,
    /// No more than the newest N.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Print all of them as CSV, a row for each order.
    #[arg(long, conflicts_with_all = ["limit", "json"])]
    pub(crate) csv: bool,
}

impl OrderList {
    /// What is asked for, in the contract's words.
    pub(crate) fn query(&self) -> OrderQuery {
        OrderQuery {
            after: None,
            limit: None,
            state: self.state,
            purchase_order_number: self.number.clone(),
            buyer: self.buyer.clone(),
            sku: self.sku.clone(),
            received_from: self.from,
            received_to: self.to,
            text: self.query.clone(),
            held: self.held.then_some(true),
            late: self.late.then_some(true),
        }
    }
}

fn state(text: &str) -> Result<OrderState, String> {
    OrderState::named(text).ok_or_else(|| {
        let all: Vec<&str> = OrderState::ALL.iter().map(|state| state.as_str()).collect();
        format!("the states are {}", all.join(", "))
    })
}
