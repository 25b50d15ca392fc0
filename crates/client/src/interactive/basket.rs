//! Choosing items: a line `SKU QUANTITY` puts an item into the basket, an empty line ends it.

use std::collections::BTreeMap;

use countersign_api::ItemView;
use countersign_order::{DraftLine, Quantity};

use super::INSTEAD;
use crate::context::Context;
use crate::describe;
use crate::drafting::{offer, quantity_of};
use crate::failure::Failure;

/// Items shown at once.
const SHOWN_MAX: usize = 40;

const HELP: &str = "\
SKU QUANTITY   take so many units of an item, by its SKU or its number; 0 takes it out
/TEXT          show the items with this text
?              this help
(empty line)   that is all";

/// What has been chosen so far.
#[derive(Debug)]
pub(super) struct Basket<'a> {
    items: &'a [ItemView],
    /// By the item's place in the catalogue.
    chosen: BTreeMap<usize, Quantity>,
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Done,
    Help,
    Search(&'a str),
    Take(usize, Quantity),
    PutBack(usize),
}

impl<'a> Basket<'a> {
    pub(super) fn of(items: &'a [ItemView]) -> Self {
        Self {
            items,
            chosen: BTreeMap::new(),
        }
    }

    /// Lets a person choose. False if nothing was chosen.
    pub(super) fn fill(&mut self, context: &Context) -> Result<bool, Failure> {
        context.output.message("");
        context.output.text(&self.catalogue(""))?;
        context.output.message(&format!("\n{HELP}"));
        while let Some(typed) = context.terminal.line("order> ", INSTEAD)? {
            match self.read(&typed) {
                Ok(Line::Done) => return Ok(!self.chosen.is_empty()),
                Ok(Line::Help) => context.output.message(HELP),
                Ok(Line::Search(text)) => context.output.text(&self.catalogue(text))?,
                Ok(Line::Take(place, quantity)) => {
                    self.chosen.insert(place, quantity);
                    context.output.message(&self.contents());
                }
                Ok(Line::PutBack(place)) => {
                    self.chosen.remove(&place);
                    context.output.message(&self.contents());
                }
                Err(error) => context.output.message(&error),
            }
        }
        Ok(false)
    }

    /// The chosen items as lines of an order.
    pub(super) fn lines(&self) -> Result<Vec<DraftLine>, Failure> {
        let line = |(item, quantity)| Ok(DraftLine::of(offer(item)?, quantity));
        self.chosen_items().map(line).collect()
    }

    /// Whether more of some item is wanted than the catalogue says is there.
    pub(super) fn asks_for_more_than_there_is(&self) -> bool {
        self.chosen_items()
            .any(|(item, quantity)| u64::from(quantity.units()) > item.available)
    }

    fn chosen_items(&self) -> impl Iterator<Item = (&ItemView, Quantity)> {
        self.chosen
            .iter()
            .filter_map(|(&place, &quantity)| Some((self.items.get(place)?, quantity)))
    }

    fn contents(&self) -> String {
        let chosen: Vec<String> = self
            .chosen_items()
            .map(|(item, quantity)| format!("{quantity} {} {}", item.unit, item.sku))
            .collect();
        if chosen.is_empty() {
            "nothing is chosen".to_owned()
        } else {
            format!("chosen: {}", chosen.join(", "))
        }
    }

    /// The items with this text, as far as they fit; each under its place in the whole catalogue.
    fn catalogue(&self, text: &str) -> String {
        let wanted = text.to_lowercase();
        let matches = |(_, item): &(usize, &ItemView)| {
            [item.sku.as_str(), item.name.as_str()]
                .iter()
                .any(|part| part.to_lowercase().contains(&wanted))
        };
        let found = self.items.iter().enumerate().filter(matches);
        let shown: Vec<(usize, &ItemView)> = found.clone().take(SHOWN_MAX).collect();
        let table = describe::numbered_catalogue(&shown);
        match found.count().saturating_sub(shown.len()) {
            0 => table,
            more => format!("{table}\n… and {more} more: find them with /TEXT"),
        }
    }

    fn read<'t>(&self, typed: &'t str) -> Result<Line<'t>, String> {
        if typed.is_empty() {
            return Ok(Line::Done);
        }
        if typed == "?" {
            return Ok(Line::Help);
        }
        if let Some(text) = typed.strip_prefix('/') {
            return Ok(Line::Search(text));
        }
        let (name, quantity) = typed
            .rsplit_once([' ', '='])
            .ok_or("say an item and a quantity, such as 1 3, or ? for help")?;
        let place = self.place_of(name.trim())?;
        if quantity == "0" {
            return Ok(Line::PutBack(place));
        }
        Ok(Line::Take(place, quantity_of(quantity)?))
    }

    /// An item is named by its SKU, or by its number in the catalogue.
    fn place_of(&self, name: &str) -> Result<usize, String> {
        let by_sku = self.items.iter().position(|item| item.sku.as_str() == name);
        let by_number = || {
            let place = name.parse::<usize>().ok()?.checked_sub(1)?;
            (place < self.items.len()).then_some(place)
        };
        by_sku
            .or_else(by_number)
            .ok_or_else(|| format!("there is no item {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<ItemView> {
        let item = |sku: &str| ItemView {
            sku: sku.parse().unwrap(),
            name: "An item".parse().unwrap(),
            unit: "EA".parse().unwrap(),
            unit_price: "1.00".to_owned(),
            per: Quantity::ONE,
            currency: "USD".parse().unwrap(),
            available: 5,
        };
        vec![item("WATER"), item("a b"), item("1"), item("x=y")]
    }

    #[test]
    fn an_item_goes_by_its_sku_before_its_number() {
        let items = items();
        let basket = Basket::of(&items);
        let three = Quantity::try_from(3_u32).unwrap();
        for (typed, place) in [
            ("WATER 3", 0),
            ("a b 3", 1),
            ("2 3", 1),
            ("1 3", 2),
            ("x=y=3", 3),
            ("WATER   3", 0),
        ] {
            assert_eq!(basket.read(typed), Ok(Line::Take(place, three)), "{typed}");
        }
        assert_eq!(basket.read("WATER 0"), Ok(Line::PutBack(0)));
    }

    #[test]
    fn what_is_no_item_or_no_quantity_is_refused() {
        let items = items();
        let basket = Basket::of(&items);
        for wrong in [
            "WATER",
            "WINE 3",
            "5 1",
            "0 1",
            "WATER -1",
            "WATER 1.5",
            "WATER x",
        ] {
            assert!(basket.read(wrong).is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn a_long_catalogue_is_cut_and_says_so() {
        let mut items = items();
        let water = items[0].clone();
        items.resize(SHOWN_MAX + 7, water);
        let basket = Basket::of(&items);
        assert!(basket.catalogue("").contains("and 7 more"));
        assert!(!basket.catalogue("a b").contains("more"));
    }

    #[test]
    fn wanting_more_than_there_is_shows() {
        let items = items();
        let mut basket = Basket::of(&items);
        basket.chosen.insert(0, Quantity::try_from(5_u32).unwrap());
        assert!(!basket.asks_for_more_than_there_is());
        basket.chosen.insert(0, Quantity::try_from(6_u32).unwrap());
        assert!(basket.asks_for_more_than_there_is());
    }
}
