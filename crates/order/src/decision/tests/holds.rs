//! Which orders wait for a person, and for how long.

use super::*;
use crate::money::{Currency, Money};
use crate::sample::offer;

fn dollars() -> Currency {
    "USD".parse().unwrap()
}

fn amount(text: &str) -> Money {
    Money::parse(text, dollars()).unwrap()
}

fn with_credit(limit: &str, open: &str) -> Snapshot {
    let mut shop = shop();
    let credit = Credit {
        limit: amount(limit).minor,
        open: amount(open).minor,
    };
    let of_acme = shop.credit.entry("acme".parse().unwrap()).or_default();
    of_acme.insert(dollars(), credit);
    shop
}

fn why(decided: &Decided) -> Vec<(ReasonCode, Option<&str>, Option<&str>)> {
    let reason = |reason: &'_ Reason| reason.line;
    assert!(decided.reasons.iter().all(|said| reason(said).is_none()));
    let told = decided.reasons.iter();
    told.map(|said| (said.code, said.offered.as_deref(), said.current.as_deref()))
        .collect()
}

#[test]
fn an_order_above_the_desks_limit_is_held_and_one_at_it_is_not() {
    let mut shop = shop();
    shop.hold_rules.hold_above = [amount("30.00")].into_iter().collect();
    let at_it = outcome(&shop, entry(asks("1", &[("A", 2)]), 1));
    assert_eq!(decided(&at_it).decision, Decision::Accepted);
    let above = outcome(&shop, entry(asks("2", &[("A", 3)]), 2));
    assert_eq!(decided(&above).decision, Decision::Held);
    assert_eq!(
        why(decided(&above)),
        [(ReasonCode::OrderValue, Some("45.00"), Some("30.00"))]
    );
}

#[test]
fn a_limit_in_another_currency_holds_nothing() {
    let mut shop = shop();
    let euros = Money::parse("1.00", "EUR".parse().unwrap()).unwrap();
    shop.hold_rules.hold_above = [euros].into_iter().collect();
    let outcome = outcome(&shop, entry(asks("1", &[("A", 2)]), 1));
    assert_eq!(decided(&outcome).decision, Decision::Accepted);
}

#[test]
fn what_is_open_counts_against_the_credit() {
    let shop = with_credit("100.00", "70.00");
    let fits = outcome(&shop, entry(asks("1", &[("A", 2)]), 1));
    assert_eq!(decided(&fits).decision, Decision::Accepted);
    let above = outcome(&shop, entry(asks("2", &[("A", 3)]), 2));
    assert_eq!(
        why(decided(&above)),
        [(ReasonCode::CreditLimit, Some("115.00"), Some("100.00"))]
    );
}

#[test]
fn orders_of_one_batch_take_the_credit_one_after_the_other() {
    let shop = with_credit("45.00", "0.00");
    let batch = [
        entry(asks("1", &[("A", 2)]), 1),
        entry(asks("2", &[("A", 2)]), 2),
        entry(asks("3", &[("X", 1)]), 3),
        entry(asks("4", &[("A", 1)]), 4),
    ];
    let outcomes = outcomes(&shop, &batch);
    let decisions: Vec<_> = outcomes.iter().map(|one| decided(one).decision).collect();
    // The held order has its part of the credit, the declined one has none.
    assert_eq!(
        decisions,
        [
            Decision::Accepted,
            Decision::Held,
            Decision::Declined,
            Decision::Held
        ]
    );
    assert_eq!(
        why(decided(&outcomes[3])),
        [(ReasonCode::CreditLimit, Some("75.00"), Some("45.00"))]
    );
}

#[test]
fn a_held_order_names_every_rule_that_holds_it() {
    let mut shop = with_credit("10.00", "0.00");
    shop.hold_rules.hold_above = [amount("0.00")].into_iter().collect();
    shop.buyers.get_mut("acme").unwrap().manual_acceptance = true;
    let outcome = outcome(&shop, entry(asks("1", &[("A", 1)]), 1));
    let codes: Vec<_> = why(decided(&outcome))
        .into_iter()
        .map(|why| why.0)
        .collect();
    assert_eq!(
        codes,
        [
            ReasonCode::OrderValue,
            ReasonCode::CreditLimit,
            ReasonCode::ManualAcceptance
        ]
    );
}

#[test]
fn what_cannot_be_accepted_is_declined_and_not_held() {
    let mut shop = with_credit("0.00", "0.00");
    shop.buyers.get_mut("acme").unwrap().manual_acceptance = true;
    let outcome = outcome(&shop, entry(asks("1", &[("C", 1)]), 1));
    assert_eq!(
        reasons(&outcome),
        [(Some(1), ReasonCode::OutOfStock, "1", "0")]
    );
}

#[test]
fn an_agreed_price_in_the_orders_currency_goes_before_all_others() {
    let mut shop = shop();
    let in_euros = Offer {
        currency: "EUR".parse().unwrap(),
        ..offer("A", "11.00")
    };
    let agreed = shop.agreed_offers.entry("acme".parse().unwrap());
    let agreed = agreed.or_default().entry("A".parse().unwrap()).or_default();
    agreed.push(in_euros.clone());
    for taken in [in_euros.clone(), offer("A", "15.00")] {
        let outcome = outcome(&shop, entry(takes_up(taken), 1));
        assert_eq!(decided(&outcome).decision, Decision::Accepted);
    }
    let other = Offer {
        currency: "GBP".parse().unwrap(),
        ..in_euros
    };
    let outcome = outcome(&shop, entry(takes_up(other), 1));
    assert_eq!(
        reasons(&outcome),
        [(Some(1), ReasonCode::CurrencyDiffers, "GBP", "EUR")]
    );
}

#[test]
fn working_days_are_monday_to_friday() {
    for (days, from, until) in [
        // A Wednesday, a Thursday, a Friday.
        (2, "2026-11-25T10:00:00Z", "2026-11-27T10:00:00Z"),
        (2, "2026-11-26T10:00:00Z", "2026-11-30T10:00:00Z"),
        (2, "2026-11-27T15:00:00Z", "2026-12-01T15:00:00Z"),
        (1, "2026-11-27T23:59:59.999Z", "2026-11-30T23:59:59.999Z"),
        // A weekend counts from Monday's first moment.
        (2, "2026-11-28T10:00:00Z", "2026-12-02T00:00:00Z"),
        (2, "2026-11-29T23:00:00Z", "2026-12-02T00:00:00Z"),
        (10, "2026-11-24T08:00:00Z", "2026-12-08T08:00:00Z"),
    ] {
        let hold = HoldFor::WorkingDays(days);
        assert_eq!(hold.until(at(from)), at(until), "{days} from {from}");
    }
}

#[test]
fn a_time_to_hold_reads_as_it_is_written() {
    for text in [
        "1 working day",
        "2 working days",
        "60 working days",
        "72 hours",
        "90 minutes",
        "5 seconds",
    ] {
        let hold: HoldFor = text.parse().unwrap();
        assert_eq!(hold.to_string(), text);
    }
    for wrong in [
        "",
        "2",
        "0 working days",
        "61 working days",
        "-1 hours",
        "0 seconds",
        "2161 hours",
        "2  hours",
        "2 days",
        "99999999 hours",
    ] {
        assert_eq!(wrong.parse::<HoldFor>(), Err(NotAHold), "{wrong:?}");
    }
}

#[test]
fn amounts_have_the_digits_of_their_currency() {
    let read = |text: &str| serde_json::from_str::<Amounts>(text);
    let amounts = read(r#"{"USD": "10000.00", "JPY": "500"}"#).unwrap();
    assert_eq!(amounts.of(dollars()), Some(amount("10000.00")));
    assert_eq!(amounts.of("EUR".parse().unwrap()), None);
    assert_eq!(
        read(&serde_json::to_string(&amounts).unwrap()).unwrap(),
        amounts
    );
    assert!(read(r#"{"USD": "10000"}"#).is_err());
    assert!(read(r#"{"usd": "10000.00"}"#).is_err());
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hold_ends_on_a_working_day_and_lasts_at_least_its_days(
            seconds in 0_i64..4_000_000_000,
            days in 1_u16..=60,
        ) {
            let begin = Timestamp::from_second(seconds).unwrap();
            let end = HoldFor::WorkingDays(days).until(begin);
            let lasts = end.duration_since(begin);
            prop_assert!(lasts >= SignedDuration::from_hours(24 * i64::from(days)));
            let weeks = i64::from(days) / 5 + 1;
            prop_assert!(lasts <= SignedDuration::from_hours(24 * (i64::from(days) + 2 * weeks)));
            let day = jiff::tz::TimeZone::UTC.to_datetime(end).weekday();
            prop_assert!(!matches!(day, jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday));
        }

        #[test]
        fn what_is_accepted_by_itself_never_exceeds_the_credit(
            limit in 0_i64..40_000,
            open in 0_i64..40_000,
            quantities in prop::collection::vec(1_u32..3, 1..4),
        ) {
            let mut shop = shop();
            let credit = Credit { limit, open };
            let of_acme = shop.credit.entry("acme".parse().unwrap()).or_default();
            of_acme.insert(dollars(), credit);
            let batch: Vec<_> = quantities
                .iter()
                .zip(1_u8..)
                .map(|(quantity, place)| entry(asks(&place.to_string(), &[("A", *quantity)]), place))
                .collect();
            let mut total = open;
            for (entry, outcome) in batch.iter().zip(outcomes(&shop, &batch)) {
                let decided = decided(&outcome);
                total += entry.order.total.minor;
                prop_assert_eq!(decided.decision == Decision::Accepted, total <= limit);
            }
        }
    }
}
