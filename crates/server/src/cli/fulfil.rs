//! Packing, papers, notes and how items are kept, as they are typed.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use countersign_order::{LineUnits, Note, ShortText, Sku};

use super::OrderChoice;

#[derive(Debug, Args)]
pub(crate) struct OrderPack {
    #[command(flatten)]
    pub(crate) choice: OrderChoice,
    /// Only so many units of a line, 0 among them; repeat it for several. All that is reserved unless
    /// said; what is not packed stays reserved.
    #[arg(long = "line", value_name = "LINE=N")]
    pub(crate) lines: Vec<Packed>,
    /// What is not packed of these lines is not there, and why: it leaves the stock and waits again.
    #[arg(long, value_name = "REASON", requires = "lines")]
    pub(crate) missing: Option<ShortText>,
}

#[derive(Debug, Args)]
pub(crate) struct OrderNote {
    #[command(flatten)]
    pub(crate) choice: OrderChoice,
    /// What to note.
    pub(crate) text: Note,
}

#[derive(Debug, Args)]
pub(crate) struct OrderWatch {
    /// The order, until nothing more can happen to it; all orders unless said.
    pub(crate) order: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Picklist {
    /// The orders; all that have something to fetch unless said.
    #[arg(value_name = "ORDER")]
    pub(crate) orders: Vec<String>,
    /// Print a page for a browser instead of text.
    #[arg(long)]
    pub(crate) html: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Slip {
    #[command(flatten)]
    pub(crate) choice: OrderChoice,
    /// The shipment, counted from 1; what is packed, or else the last one that went, unless said.
    #[arg(long, value_name = "N")]
    pub(crate) shipment: Option<u32>,
    /// Print a page for a browser instead of text.
    #[arg(long)]
    pub(crate) html: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StockMovements {
    /// The item.
    pub(crate) sku: Sku,
}

#[derive(Debug, Args)]
pub(crate) struct ItemExport {
    /// What to print.
    #[arg(long, value_enum, default_value_t = FileFormat::Csv)]
    pub(crate) format: FileFormat,
}

/// The formats of files of items.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum FileFormat {
    /// A table with a head.
    Csv,
    /// An array of objects.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ItemKeep {
    /// The item.
    pub(crate) sku: Sku,
    /// Whether units that are not there may be promised for later.
    #[arg(long, value_enum, required_unless_present = "low_stock")]
    pub(crate) backorder: Option<Backorder>,
    /// The item is low when no more than N is available; `none` never.
    #[arg(long, value_name = "N")]
    pub(crate) low_stock: Option<LowStock>,
}

/// Whether an item may be back-ordered.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Backorder {
    /// What an order that takes part of it lacks comes later.
    Yes,
    /// An order that asks for more than is there is declined.
    No,
}

/// A threshold, or none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LowStock(pub(crate) Option<u32>);

impl FromStr for LowStock {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let threshold = text.parse();
        let threshold = threshold
            .map_err(|_not_one| "is not a whole number, 0 or more, and not none".to_owned())?;
        Ok(Self(Some(threshold)))
    }
}

/// Packed units of a line, as `LINE=N`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Packed(pub(crate) LineUnits);

impl FromStr for Packed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (line, units) = text.split_once('=').ok_or("is not LINE=N")?;
        let line = line
            .parse()
            .map_err(|_not_one| format!("{line:?} is not the number of a line"))?;
        let units = units
            .parse()
            .map_err(|_not_one| format!("{units:?} is not a whole number, 0 or more"))?;
        Ok(Self(LineUnits { line, units }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_units_of_a_line_are_whole_and_may_be_none() {
        assert_eq!("2=0".parse(), Ok(Packed(LineUnits { line: 2, units: 0 })));
        for wrong in ["2", "2=", "2=-1", "x=1", "2=1.5"] {
            assert!(wrong.parse::<Packed>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_threshold_is_a_number_or_none() {
        assert_eq!("none".parse(), Ok(LowStock(None)));
        assert_eq!("0".parse(), Ok(LowStock(Some(0))));
        for wrong in ["", "-1", "all"] {
            assert!(wrong.parse::<LowStock>().is_err(), "{wrong:?} was taken");
        }
    }
}
