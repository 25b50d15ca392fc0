//! `GET` and `PATCH /v1/desk/buyers/{id}`: on which terms a buyer trades, and how it is written to.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{
    Acceptance, BuyerChange, BuyerTerms, Code, CreditChange, CreditView, MailDetail, Problem,
};
use countersign_order::{BuyerId, Currency, Money};
use countersign_store::{MailDetail as StoredDetail, StoreError, View};
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use crate::desk::operations::{ChangeBuyer, CopyTo, SetCorrespondence, SetTerms};

/// The word for no address.
const NOBODY: &str = "none";

/// Tells on which terms a buyer trades.
pub(in crate::http) async fn buyer_terms(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Json<BuyerTerms>, Refused> {
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let mut view = app.desk.store().read().await?;
    let terms = terms(view.as_mut(), &id).await?;
    Ok(Json(terms.ok_or(Code::NotFound)?))
}

/// Changes a buyer.
pub(in crate::http) async fn change_buyer(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BuyerTerms>, Refused> {
    let id: BuyerId = id.parse().map_err(|_| Code::NotFound)?;
    let change: BuyerChange = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = buyer_change(&id, change)?;
    app.desk.run(&signed_in.actor(), operation).await?;
    let mut view = app.desk.store().read().await?;
    let terms = terms(view.as_mut(), &id).await?;
    Ok(Json(terms.ok_or(Code::NotFound)?))
}

/// What changes a buyer so.
pub(crate) fn buyer_change(id: &BuyerId, change: BuyerChange) -> Result<ChangeBuyer, Box<Problem>> {
    let BuyerChange {
        acceptance,
        credit_limits,
        language,
        orders_email,
        goods_in_email,
        mail_detail,
    } = change;
    let is_written_otherwise = language.is_some()
        || orders_email.is_some()
        || goods_in_email.is_some()
        || mail_detail.is_some();
    let trades_otherwise = acceptance.is_some() || !credit_limits.is_empty();
    let correspondence = SetCorrespondence {
        buyer: id.clone(),
        language,
        orders_email: orders_email.as_deref().map(copy).transpose()?,
        goods_in_email: goods_in_email.as_deref().map(copy).transpose()?,
        mail_detail: mail_detail.map(|detail| match detail {
            MailDetail::Full => StoredDetail::Full,
            MailDetail::NumberOnly => StoredDetail::NumberOnly,
        }),
    };
    let terms = SetTerms {
        buyer: id.clone(),
        manual_acceptance: acceptance.map(|who| match who {
            Acceptance::Automatic => false,
            Acceptance::Manual => true,
        }),
        credit_limits: credit_limits
            .iter()
            .map(credit_limit)
            .collect::<Result<_, _>>()?,
    };
    Ok(ChangeBuyer {
        correspondence: is_written_otherwise.then_some(correspondence),
        terms: trades_otherwise.then_some(terms),
    })
}

fn copy(text: &str) -> Result<CopyTo, Box<Problem>> {
    if text == NOBODY {
        return Ok(CopyTo::Nobody);
    }
    let address = text.parse().map_err(|error| {
        Problem::from(Code::BadRequest).with_detail(format!("{text:?} {error}, and not none"))
    })?;
    Ok(CopyTo::Address(address))
}

/// An address as a change names it.
pub(crate) fn copy_text(copy: &CopyTo) -> String {
    match copy {
        CopyTo::Nobody => NOBODY.to_owned(),
        CopyTo::Address(address) => address.to_string(),
    }
}

fn credit_limit(change: &CreditChange) -> Result<(Currency, Option<Money>), Box<Problem>> {
    let currency = change.currency;
    let limit = change.limit.as_deref();
    let limit = limit.map(|amount| money(amount, currency)).transpose()?;
    Ok((currency, limit))
}

/// An amount that a request names.
pub(super) fn money(amount: &str, currency: Currency) -> Result<Money, Box<Problem>> {
    Money::parse(amount, currency).map_err(|error| {
        let detail = format!("{amount:?} {currency} {error}");
        Box::new(Problem::from(Code::BadRequest).with_detail(detail))
    })
}

/// On which terms a buyer trades; none if there is no such buyer.
pub(crate) async fn terms(
    view: &mut dyn View,
    buyer: &BuyerId,
) -> Result<Option<BuyerTerms>, StoreError> {
    let Some(record) = view.buyer(buyer).await? else {
        return Ok(None);
    };
    let mut credit: Vec<_> = view.credit(buyer).await?.into_iter().collect();
    credit.sort_unstable_by_key(|(currency, _)| *currency);
    let amount = |minor, currency| Money { minor, currency }.amount();
    let credit = credit.into_iter().map(|(currency, credit)| CreditView {
        currency,
        limit: amount(credit.limit, currency),
        open: amount(credit.open, currency),
    });
    Ok(Some(BuyerTerms {
        buyer: record.id,
        acceptance: if record.manual_acceptance {
            Acceptance::Manual
        } else {
            Acceptance::Automatic
        },
        credit: credit.collect(),
    }))
}
