//! From wishes to an order document: what is offered now, how many of it, under which number.

use std::collections::BTreeSet;
use std::str::FromStr;

use countersign_api::ItemView;
use countersign_api::limits::QUERY_MAX_BYTES;
use countersign_order::{
    BuyerId, Currency, Draft, DraftLine, Fulfilment, Note, Offer, PurchaseOrder,
    PurchaseOrderNumber, Quantity, Sku,
};

use crate::clock;
use crate::failure::{Exit, Failure};
use crate::http::Api;
use crate::random;
use crate::seller::Seller;

/// With more items than this the whole catalogue is fetched, not one item after another.
const SINGLE_LOOKUPS_MAX: usize = 10;
/// Letters of a number that is made up.
const MADE_UP_LETTERS: usize = 6;

/// An item and how many units of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) sku: Sku,
    pub(crate) quantity: Quantity,
}

impl FromStr for Wanted {
    type Err = String;

    /// Reads `SKU=QUANTITY`; the SKU may contain `=` itself.
    fn from_str(text: &str) -> Result<Self, String> {
        let (sku, quantity) = text
            .rsplit_once('=')
            .ok_or("say the item and a quantity, such as WATER=3")?;
        let sku = sku.parse().map_err(|error| format!("the SKU {error}"))?;
        Ok(Self {
            sku,
            quantity: quantity_of(quantity)?,
        })
    }
}

/// Reads a quantity.
pub(crate) fn quantity_of(text: &str) -> Result<Quantity, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let units = text.parse::<u64>().ok().filter(|_| is_number);
    units
        .and_then(|units| Quantity::try_from(units).ok())
        .ok_or_else(|| {
            let most = Quantity::MAX;
            format!("the quantity {text:?} is not a whole number from 1 to {most}")
        })
}

/// Everything about an order that is not where it goes and when it is made.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) number: PurchaseOrderNumber,
    pub(crate) lines: Vec<DraftLine>,
    pub(crate) fulfilment: Fulfilment,
    pub(crate) note: Option<Note>,
}

impl Wish {
    /// The order as of now.
    pub(crate) fn order(&self, buyer: &BuyerId, seller: &Seller) -> Result<PurchaseOrder, Failure> {
        let wish = self.clone();
        let draft = Draft {
            seller: seller.origin.clone(),
            seller_root: seller.root,
            buyer: buyer.clone(),
            purchase_order_number: wish.number,
            issued_at: clock::now(),
            lapses_at: None,
            fulfilment: wish.fulfilment,
            lines: wish.lines,
            ship_to: None,
            requested_delivery: None,
            contract: None,
            contact: None,
            replaces: None,
            references: Vec::new(),
            note: wish.note,
        };
        draft.complete().map_err(Failure::because)
    }
}

/// The buyer whose account is signed in.
pub(crate) fn buyer(api: &Api) -> Result<BuyerId, Failure> {
    let message = "the account that is signed in belongs to no buyer";
    api.session()?
        .buyer
        .clone()
        .ok_or_else(|| Failure::new(Exit::Failure, message))
}

/// The lines of an order, at the prices that are offered now.
pub(crate) fn lines(api: &Api, wanted: &[Wanted]) -> Result<Vec<DraftLine>, Failure> {
    let mut named = BTreeSet::new();
    if let Some(again) = wanted.iter().find(|wanted| !named.insert(&wanted.sku)) {
        let message = format!("{} is ordered twice", again.sku);
        return Err(Failure::new(Exit::Usage, message)
            .advise("name each item once, with all that you want of it"));
    }
    let whole_catalogue = if wanted.len() > SINGLE_LOOKUPS_MAX {
        Some(api.get_all::<ItemView>("/v1/items", &[])?)
    } else {
        None
    };
    let line = |wanted: &Wanted| match &whole_catalogue {
        Some(items) => line(items, wanted),
        None => line(&like(api, &wanted.sku)?, wanted),
    };
    wanted.iter().map(line).collect()
}

/// The items that have this SKU's text in them, among them the item itself.
fn like(api: &Api, sku: &Sku) -> Result<Vec<ItemView>, Failure> {
    let query = [("query", sku.as_str())];
    let short_enough = sku.as_str().len() <= QUERY_MAX_BYTES;
    api.get_all("/v1/items", if short_enough { &query } else { &[] })
}

/// The same, at prices in this currency where there are such.
pub(crate) fn like_in(api: &Api, sku: &Sku, currency: Currency) -> Result<Vec<ItemView>, Failure> {
    let query = [("currency", currency.code()), ("query", sku.as_str())];
    let short_enough = sku.as_str().len() <= QUERY_MAX_BYTES;
    api.get_all("/v1/items", if short_enough { &query } else { &query[..1] })
}

fn line(items: &[ItemView], wanted: &Wanted) -> Result<DraftLine, Failure> {
    let item = items.iter().find(|item| item.sku == wanted.sku);
    let item = item.ok_or_else(|| {
        let message = format!("{} is not on offer", wanted.sku);
        Failure::new(Exit::NotFound, message).advise("see: po items")
    })?;
    Ok(DraftLine::of(offer(item)?, wanted.quantity))
}

/// What is offered, as it goes into an order.
pub(crate) fn offer(item: &ItemView) -> Result<Offer, Failure> {
    let unit_price = item.unit_price.parse().map_err(|error| {
        let message = format!("the server's price of {} {error}", item.sku);
        Failure::new(Exit::Failure, message)
    })?;
    Ok(Offer {
        sku: item.sku.clone(),
        name: item.name.clone(),
        unit: item.unit.clone(),
        currency: item.currency,
        unit_price,
        per: item.per,
    })
}

/// A number for an order whose buyer gave none: the day, and letters that are not used twice.
pub(crate) fn made_up_number() -> Result<PurchaseOrderNumber, Failure> {
    let day: String = clock::now()
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .take("YYYYMMDD".len())
        .collect();
    let letters = random::letters(MADE_UP_LETTERS);
    format!("PO-{day}-{letters}")
        .parse()
        .map_err(Failure::because)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_split_at_the_last_equals_sign() {
        let wanted: Wanted = "a=b=3".parse().unwrap();
        assert_eq!((wanted.sku.as_str(), wanted.quantity.units()), ("a=b", 3));
    }

    #[test]
    fn quantities_that_are_none_are_refused() {
        for wrong in [
            "WATER",
            "WATER=",
            "WATER=0",
            "WATER=-1",
            "WATER=+1",
            "WATER=1.5",
            "WATER=1000001",
            "WATER=9223372036854775808",
            "=3",
        ] {
            assert!(wrong.parse::<Wanted>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_made_up_number_is_a_number_and_not_made_up_twice() {
        let (one, other) = (made_up_number().unwrap(), made_up_number().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), "PO-20261123-ABCDEF".len());
    }
}
