//! `opd price` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_order::time::parse_date;
use countersign_order::{BuyerId, Currency, Sku};
use jiff::civil::Date;

#[derive(Debug, Subcommand)]
pub(crate) enum Price {
    /// Import prices of single buyers from CSV: all of them, or none.
    ///
    /// The columns are buyer, sku, currency, price, per, from, to. A price holds from its first day
    /// to its last, in UTC; without a last day it holds until it is ended. Of several that hold on a
    /// day the one that began last counts. A row replaces the price of the same buyer, item,
    /// currency and first day.
    Import(PriceImport),
    /// List prices of single buyers; list prices are listed by: opd item list.
    List(PriceList),
    /// End the prices of a buyer for an item.
    End(PriceEnd),
}

#[derive(Debug, Args)]
pub(crate) struct PriceImport {
    /// The file.
    #[arg(value_name = "FILE.csv")]
    pub(crate) file: PathBuf,
    /// Change nothing; show what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PriceList {
    /// Only this buyer's.
    #[arg(long, value_name = "ID")]
    pub(crate) buyer: Option<BuyerId>,
    /// Only those of this item.
    #[arg(long)]
    pub(crate) sku: Option<Sku>,
}

#[derive(Debug, Args)]
pub(crate) struct PriceEnd {
    /// The buyer's ID.
    pub(crate) buyer: BuyerId,
    /// The item.
    pub(crate) sku: Sku,
    /// The currency.
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Currency,
    /// The last day on which the price holds, YYYY-MM-DD; yesterday unless said, which ends it now.
    #[arg(long, value_name = "DAY", value_parser = parse_date)]
    pub(crate) to: Option<Date>,
}
