//! `opd buyer set`: on which terms a buyer trades.

use countersign_order::{BuyerId, Currency, Money};
use serde::Serialize;

use crate::cli::{Acceptance, BuyerTerms, CreditLimit};
use crate::context::Context;
use crate::desk::operations::SetTerms;
use crate::failure::Failure;
use crate::output::facts;

/// A buyer's terms as the operator sees them.
#[derive(Debug, Serialize)]
struct TermsView {
    buyer: BuyerId,
    acceptance: &'static str,
    credit: Vec<CreditView>,
}

#[derive(Debug, Serialize)]
struct CreditView {
    currency: Currency,
    limit: String,
    open: String,
}

/// Changes what is said, and shows what holds then.
pub(super) async fn run(
    context: &Context,
    buyer: &BuyerId,
    set: &BuyerTerms,
) -> Result<(), Failure> {
    let shop = context.shop().await?;
    if set.acceptance.is_some() || !set.credit_limits.is_empty() {
        let limits = set.credit_limits.iter();
        let operation = SetTerms {
            buyer: buyer.clone(),
            manual_acceptance: set.acceptance.map(|word| word == Acceptance::Manual),
            credit_limits: limits
                .map(|CreditLimit(code, limit)| (*code, *limit))
                .collect(),
        };
        shop.run(operation).await?;
    }
    let mut view = shop.look().await?;
    let record = view.buyer(buyer).await?.ok_or_else(|| {
        Failure::not_found(format_args!("buyer {buyer}")).advise("see: opd buyer list")
    })?;
    let mut credit: Vec<_> = view.credit(buyer).await?.into_iter().collect();
    credit.sort_unstable_by_key(|(currency, _)| *currency);
    let amount = |minor, currency| Money { minor, currency }.amount();
    let terms = TermsView {
        buyer: record.id,
        acceptance: if record.manual_acceptance {
            "manual"
        } else {
            "automatic"
        },
        credit: credit
            .into_iter()
            .map(|(currency, credit)| CreditView {
                currency,
                limit: amount(credit.limit, currency),
                open: amount(credit.open, currency),
            })
            .collect(),
    };
    context.output.data(&terms, || describe(&terms))
}

fn describe(terms: &TermsView) -> String {
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
        ("acceptance", terms.acceptance.to_owned()),
        ("credit", credit),
    ])
}
