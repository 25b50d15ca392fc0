//! `opd buyer`: a buyer's accounts, what each may order, and who gets which mail.

use countersign_api::{AccountChange, BuyerChange, DeskAccount, MailDetail};
use countersign_order::{AccountId, BuyerId, OrderLimits};

use super::buyer::verifier;
use super::place::Place;
use super::{terms, whole};
use crate::cli::{BuyerAccount, BuyerEmail, BuyerLimit, BuyerMail, BuyerSet, Detail, Limit};
use crate::context::Context;
use crate::desk::operations::{AddAccount, ChangeEmail};
use crate::failure::Failure;
use crate::http::desk::accounts::limit_view;
use crate::http::desk::terms::copy_text;
use crate::output::table;

pub(super) async fn add(context: &Context, add: &BuyerAccount) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let password = context.input.new_secret(
        add.password_file.as_deref(),
        "Password of the account (empty: none yet): ",
    )?;
    let has_password = password.is_some();
    let verifier = password.map(|text| verifier(context, text)).transpose()?;
    shop.run(AddAccount {
        account: add.account.clone(),
        name: add.name.clone(),
        email: add.email.clone(),
        verifier,
        limits: limits(&add.limits),
    })
    .await?;
    let account = &add.account;
    context
        .output
        .message(&format!("Added the account {account}."));
    if !has_password {
        let advice = format!("It has no password and no key yet: opd buyer invite {account}");
        context.output.message(&advice);
    }
    Ok(())
}

pub(super) async fn list(context: &Context, buyer: &BuyerId) -> Result<(), Failure> {
    let rows = Place::of(context).await?.accounts(buyer).await?;
    context.output.data(&whole(&rows), || {
        let cells: Vec<_> = rows.iter().map(cells).collect();
        let head = ["ID", "NAME", "E-MAIL", ">KEYS", "ORDERS AT MOST", "STATE"];
        table(&head, &cells)
    })
}

fn cells(account: &DeskAccount) -> Vec<String> {
    let state = match (account.enabled, account.has_password) {
        (false, _) => "disabled",
        (true, false) => "no password yet",
        (true, true) if account.active_keys == 0 => "no key yet",
        (true, true) => "",
    };
    let limits: Vec<String> = account
        .order_limits
        .iter()
        .map(|limit| format!("{} {}", limit.largest, limit.currency))
        .collect();
    vec![
        account.id.to_string(),
        account.name.clone(),
        account.email.to_string(),
        account.active_keys.to_string(),
        limits.join(", "),
        state.to_owned(),
    ]
}

pub(super) async fn limit(context: &Context, limit: &BuyerLimit) -> Result<(), Failure> {
    let account = &limit.account;
    let change = AccountChange {
        order_limits: Some(
            limit
                .limits
                .iter()
                .map(|limit| limit_view(limit.0))
                .collect(),
        ),
        ..AccountChange::default()
    };
    let place = Place::of(context).await?;
    place.change_account(account, change).await?;
    let texts: Vec<String> = limit
        .limits
        .iter()
        .map(|limit| limit.0.to_string())
        .collect();
    context.output.message(&if limit.none {
        format!("{account} orders freely.")
    } else {
        format!(
            "An order of {account} comes to {} at most.",
            texts.join(" or ")
        )
    });
    Ok(())
}

fn limits(typed: &[Limit]) -> OrderLimits {
    typed.iter().map(|limit| limit.0).collect()
}

/// Changes what is said of a buyer, and shows on which terms it trades then.
pub(super) async fn set(context: &Context, set: &BuyerSet) -> Result<(), Failure> {
    let BuyerMail {
        orders_email,
        goods_in_email,
        language,
        mail_detail,
    } = &set.mail;
    let writes = orders_email.is_some()
        || goods_in_email.is_some()
        || language.is_some()
        || mail_detail.is_some();
    let change = BuyerChange {
        language: language.clone(),
        orders_email: orders_email.as_ref().map(|copy| copy_text(&copy.0)),
        goods_in_email: goods_in_email.as_ref().map(|copy| copy_text(&copy.0)),
        mail_detail: mail_detail.map(|detail| match detail {
            Detail::Full => MailDetail::Full,
            Detail::NumberOnly => MailDetail::NumberOnly,
        }),
        ..terms::change(&set.terms)
    };
    let place = Place::of(context).await?;
    let terms = place.change_buyer(&set.id, change).await?;
    if writes {
        context
            .output
            .message(&format!("Changed how {} is written to.", set.id));
    }
    context.output.data(&terms, || terms::describe(&terms))
}

/// Lets an account in, or no longer.
pub(super) async fn set_enabled(
    context: &Context,
    account: &AccountId,
    enabled: bool,
) -> Result<(), Failure> {
    let change = AccountChange {
        enabled: Some(enabled),
        ..AccountChange::default()
    };
    let place = Place::of(context).await?;
    place.change_account(account, change).await?;
    let done = if enabled {
        "may come in again"
    } else {
        "may not come in any more"
    };
    context.output.message(&format!("{account} {done}."));
    Ok(())
}

pub(super) async fn set_email(context: &Context, change: &BuyerEmail) -> Result<(), Failure> {
    let BuyerEmail { account, email } = change;
    let operation = ChangeEmail {
        account: account.clone(),
        email: email.clone(),
        matched: None,
    };
    context.shop().await?.run(operation).await?;
    context.output.message(&format!(
        "Mail of {account} goes to {email}. The address before is told; for 72 hours no invite enrols a key."
    ));
    Ok(())
}
