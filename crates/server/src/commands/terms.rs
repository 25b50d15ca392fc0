//! `opd buyer set`: on which terms a buyer trades.

use countersign_api::{Acceptance as Accepts, BuyerChange, BuyerTerms, CreditChange, CreditView};
use countersign_order::Money;

use crate::cli::{Acceptance, BuyerTerms as Typed, CreditLimit};
use crate::output::facts;

/// What is to change of the terms.
pub(super) fn change(typed: &Typed) -> BuyerChange {
    let credit_limits = typed.credit_limits.iter();
    BuyerChange {
        acceptance: typed.acceptance.map(|word| match word {
            Acceptance::Automatic => Accepts::Automatic,
            Acceptance::Manual => Accepts::Manual,
        }),
        credit_limits: credit_limits
            .map(|CreditLimit(currency, limit)| CreditChange {
                currency: *currency,
                limit: limit.map(Money::amount),
            })
            .collect(),
        ..BuyerChange::default()
    }
}

pub(super) fn describe(terms: &BuyerTerms) -> String {
    let credit: Vec<String> = terms
        .credit
        .iter()
        .map(|credit| {
            let CreditView {
                currency,
                limit,
                open,
            } = credit;
            format!("{limit} {currency}, of which {open} is open")
        })
        .collect();
    let credit = if credit.is_empty() {
        "no limit".to_owned()
    } else {
        credit.join("; ")
    };
    facts(&[
        ("buyer", terms.buyer.to_string()),
        ("acceptance", terms.acceptance.as_str().to_owned()),
        ("credit", credit),
    ])
}
