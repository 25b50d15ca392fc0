//! On which terms the seller trades: buyers, their accounts, and their prices.

use super::problems::{CHANGE_PROBLEMS, READ_PROBLEMS};
use super::{Access, Method, Route, Tag, json, route};
use crate::{
    AccountChange, BuyerChange, BuyerTerms, DeskAccount, DeskBuyer, Page, PageQuery, PriceEnd,
    PriceImport, PriceQuery, PriceView, PricesEnded, PricesImported,
};

pub(super) static ROUTES: &[Route] = &[
    route(
        Method::Get,
        "/v1/desk/buyers",
        "desk_buyers",
        "Lists the buyers, by ID.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<PageQuery>()
    .gives(200, json::<Page<DeskBuyer>>())
    .or(READ_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/buyers/{id}",
        "buyer_terms",
        "Tells on which terms a buyer trades.",
        Tag::Desk,
        Access::DeskReader,
    )
    .gives(200, json::<BuyerTerms>())
    .or(READ_PROBLEMS),
    route(
        Method::Patch,
        "/v1/desk/buyers/{id}",
        "change_buyer",
        "Changes on which terms a buyer trades, and how it is written to.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<BuyerChange>())
    .gives(200, json::<BuyerTerms>())
    .or(CHANGE_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/buyers/{id}/accounts",
        "buyer_accounts",
        "Lists a buyer's accounts, and what each may order.",
        Tag::Desk,
        Access::DeskReader,
    )
    .gives(200, json::<Page<DeskAccount>>())
    .or(READ_PROBLEMS),
    route(
        Method::Patch,
        "/v1/desk/accounts/{id}",
        "change_account",
        "Changes what an account of a buyer may order, and whether it may come in.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<AccountChange>())
    .gives(200, json::<DeskAccount>())
    .or(CHANGE_PROBLEMS),
    route(
        Method::Get,
        "/v1/desk/prices",
        "prices",
        "Lists prices of single buyers, by buyer, item, currency and first day.",
        Tag::Desk,
        Access::DeskReader,
    )
    .query::<PriceQuery>()
    .gives(200, json::<Page<PriceView>>())
    .or(READ_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/prices",
        "import_prices",
        "Adds prices of single buyers, or changes them: all of them, or none.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<PriceImport>())
    .gives(200, json::<PricesImported>())
    .or(CHANGE_PROBLEMS),
    route(
        Method::Post,
        "/v1/desk/prices/end",
        "end_price",
        "Ends the prices of a buyer for an item.",
        Tag::Desk,
        Access::Supervisor,
    )
    .takes(json::<PriceEnd>())
    .gives(200, json::<PricesEnded>())
    .or(CHANGE_PROBLEMS),
];
