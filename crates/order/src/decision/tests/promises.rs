//! What is promised, and why not.

use super::*;

#[test]
fn an_order_in_stock_is_accepted() {
    let batch = [entry(asks("1", &[("A", 3), ("B", 2)]), 1)];
    let (outcomes, changes) = decide(&shop(), &batch, now());
    let decided = decided(&outcomes[0]);
    assert_eq!(decided.decision, Decision::Accepted);
    assert_eq!(decided.attempt, 1);
    assert_eq!(decided.order_id, batch[0].order_id);
    assert_eq!(
        decided.sales_order_number,
        Some(SalesOrderNumber::from_sequence(41))
    );
    assert_eq!((decided.held_until, decided.decided_at), (None, now()));
    assert_eq!(
        decided.lines[1],
        DecidedLine {
            line: 2,
            accepted: 2,
            back_ordered: 0
        }
    );
    let expected = [("A".parse().unwrap(), 3), ("B".parse().unwrap(), 2)];
    assert_eq!(
        changes,
        Changes {
            reserved: expected.into(),
            sales_orders: 1
        }
    );
}

#[test]
fn two_orders_for_the_last_units_are_settled_in_the_order_they_came() {
    let batch = [
        entry(asks("1", &[("B", 2)]), 1),
        entry(asks("2", &[("B", 1)]), 2),
    ];
    let outcomes = outcomes(&shop(), &batch);
    assert_eq!(decided(&outcomes[0]).decision, Decision::Accepted);
    assert_eq!(
        reasons(&outcomes[1]),
        [(Some(1), ReasonCode::OutOfStock, "1", "0")]
    );
}

#[test]
fn an_unknown_item_is_declined() {
    let order = asks("1", &[("A", 1), ("X", 1)]);
    let outcome = outcome(&shop(), entry(order, 1));
    assert_eq!(
        reasons(&outcome),
        [(Some(2), ReasonCode::UnknownItem, "X", "")]
    );
}

#[test]
fn another_unit_is_declined() {
    let order = takes_up(Offer {
        unit: "KGM".parse().unwrap(),
        ..offer("A", "15.00")
    });
    let outcome = outcome(&shop(), entry(order, 1));
    assert_eq!(
        reasons(&outcome),
        [(Some(1), ReasonCode::UnitDiffers, "KGM", "EA")]
    );
}

#[test]
fn another_currency_is_declined() {
    let order = takes_up(Offer {
        currency: "EUR".parse().unwrap(),
        ..offer("A", "15.00")
    });
    let outcome = outcome(&shop(), entry(order, 1));
    assert_eq!(
        reasons(&outcome),
        [(Some(1), ReasonCode::CurrencyDiffers, "EUR", "USD")]
    );
}

#[test]
fn prices_of_another_unit_or_in_another_currency_are_not_compared() {
    let kilos = Offer {
        unit: "KGM".parse().unwrap(),
        ..offer("A", "99.00")
    };
    let euros = Offer {
        currency: "EUR".parse().unwrap(),
        ..offer("A", "99.00")
    };
    for (given, code) in [
        (kilos, ReasonCode::UnitDiffers),
        (euros, ReasonCode::CurrencyDiffers),
    ] {
        let outcome = outcome(&shop(), entry(takes_up(given), 1));
        let codes: Vec<ReasonCode> = reasons(&outcome).iter().map(|reason| reason.1).collect();
        assert_eq!(codes, [code]);
    }
}

#[test]
fn another_price_is_declined() {
    let hundred = units(100);
    for (given, offered) in [
        (offer("A", "14.99"), "14.99"),
        (offer("A", "15.01"), "15.01"),
        (offer("A", "15.000001"), "15.000001"),
        (
            Offer {
                per: hundred,
                ..offer("A", "15")
            },
            "15.00 per 100",
        ),
    ] {
        let outcome = outcome(&shop(), entry(takes_up(given), 1));
        assert_eq!(
            reasons(&outcome),
            [(Some(1), ReasonCode::PriceChanged, offered, "15.00")]
        );
    }
    for same in [
        offer("A", "15"),
        Offer {
            per: hundred,
            ..offer("A", "1500")
        },
    ] {
        let outcome = outcome(&shop(), entry(takes_up(same), 1));
        assert_eq!(decided(&outcome).decision, Decision::Accepted);
    }
}

#[test]
fn a_buyers_own_price_stands_before_the_general_one() {
    let mut shop = shop();
    let agreed = shop
        .agreed_offers
        .entry("acme".parse().unwrap())
        .or_default();
    agreed.insert("A".parse().unwrap(), vec![offer("A", "12.00")]);
    let general = outcome(&shop, entry(takes_up(offer("A", "15.00")), 1));
    assert_eq!(
        reasons(&general),
        [(Some(1), ReasonCode::PriceChanged, "15.00", "12.00")]
    );
    let own = outcome(&shop, entry(takes_up(offer("A", "12.00")), 1));
    assert_eq!(decided(&own).decision, Decision::Accepted);
}

#[test]
fn a_complete_order_is_declined_if_one_line_is_short() {
    let outcome = outcome(
        &shop(),
        entry(asks("1", &[("A", 10), ("B", 3), ("C", 1)]), 1),
    );
    assert_eq!(
        reasons(&outcome),
        [
            (Some(2), ReasonCode::OutOfStock, "3", "2"),
            (Some(3), ReasonCode::OutOfStock, "1", "0")
        ]
    );
}

#[test]
fn a_partial_order_gets_what_is_there_and_waits_for_the_rest() {
    let order = asks_for("1", Fulfilment::Partial, &[("B", 3), ("C", 1)]);
    let outcome = outcome(&shop(), entry(order, 1));
    let decided = decided(&outcome);
    assert_eq!(decided.decision, Decision::Accepted);
    assert_eq!(
        decided.lines[0],
        DecidedLine {
            line: 1,
            accepted: 2,
            back_ordered: 1
        }
    );
    assert_eq!(
        decided.lines[1],
        DecidedLine {
            line: 2,
            accepted: 0,
            back_ordered: 1
        }
    );
}

#[test]
fn a_partial_order_of_which_nothing_is_there_is_declined() {
    let order = asks_for("1", Fulfilment::Partial, &[("C", 1)]);
    let outcome = outcome(&shop(), entry(order, 1));
    assert_eq!(
        reasons(&outcome),
        [(Some(1), ReasonCode::OutOfStock, "1", "0")]
    );
}

#[test]
fn what_may_not_be_back_ordered_declines_a_partial_order_that_lacks_it() {
    let mut shop = shop();
    shop.not_back_ordered.insert("B".parse().unwrap());
    let asks = |lines| entry(asks_for("1", Fulfilment::Partial, lines), 1);
    let lacking = outcome(&shop, asks(&[("B", 3), ("C", 1), ("A", 1)]));
    assert_eq!(
        reasons(&lacking),
        [(Some(1), ReasonCode::OutOfStock, "3", "2")],
        "and the line that may wait is no reason"
    );
    let whole = outcome(&shop, asks(&[("B", 2), ("C", 1)]));
    assert_eq!(decided(&whole).decision, Decision::Accepted);
}

#[test]
fn a_buyer_on_stop_is_declined() {
    let mut shop = shop();
    shop.buyers.get_mut("acme").unwrap().on_stop = true;
    let outcome = outcome(&shop, entry(asks("1", &[("A", 1)]), 1));
    assert_eq!(reasons(&outcome), [(None, ReasonCode::BuyerOnStop, "", "")]);
}

#[test]
fn a_declined_order_names_all_that_is_wrong_in_the_order_of_its_lines() {
    let mut shop = shop();
    shop.buyers.get_mut("acme").unwrap().on_stop = true;
    shop.offers.get_mut("B").unwrap().unit_price = "16.00".parse().unwrap();
    let order = asks("1", &[("C", 1), ("B", 3), ("X", 1), ("A", 1)]);
    let outcome = outcome(&shop, entry(order, 1));
    assert_eq!(
        reasons(&outcome),
        [
            (Some(1), ReasonCode::OutOfStock, "1", "0"),
            (Some(2), ReasonCode::PriceChanged, "15.00", "16.00"),
            (Some(2), ReasonCode::OutOfStock, "3", "2"),
            (Some(3), ReasonCode::UnknownItem, "X", ""),
            (None, ReasonCode::BuyerOnStop, "", ""),
        ]
    );
}

#[test]
fn a_held_order_has_its_stock_and_its_number_but_no_acceptance() {
    let mut shop = shop();
    shop.buyers.get_mut("acme").unwrap().manual_acceptance = true;
    let (outcomes, changes) = decide(&shop, &[entry(asks("1", &[("A", 3)]), 1)], now());
    let decided = decided(&outcomes[0]);
    assert_eq!(decided.decision, Decision::Held);
    assert_eq!(
        decided.held_until,
        Some(now() + SignedDuration::from_hours(48))
    );
    assert!(decided.sales_order_number.is_some());
    assert_eq!(changes.reserved.get("A"), Some(&3));
}
