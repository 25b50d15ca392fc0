//! `opd buyer`: a buyer's accounts, what each may order, and who gets which mail.

use countersign_order::{AccountId, BuyerId, EmailAddress, OrderLimits};
use countersign_store::{AccountRecord, MailDetail, View};
use serde::Serialize;

use super::buyer::verifier;
use super::{terms, whole};
use crate::cli::{BuyerAccount, BuyerEmail, BuyerLimit, BuyerMail, BuyerSet, Detail, Limit};
use crate::context::Context;
use crate::desk::operations::{AddAccount, ChangeEmail, SetCorrespondence, SetOrderLimits};
use crate::failure::Failure;
use crate::output::table;

/// An account as the operator sees it.
#[derive(Debug, Serialize)]
struct AccountView {
    id: AccountId,
    name: String,
    email: EmailAddress,
    enabled: bool,
    has_password: bool,
    active_keys: usize,
    /// The largest orders it may place; none, if it orders freely.
    order_limits: Vec<LimitView>,
}

#[derive(Debug, Serialize)]
struct LimitView {
    currency: String,
    largest: String,
}

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
    let shop = context.shop().await?;
    let mut view = shop.look().await?;
    if view.buyer(buyer).await?.is_none() {
        return Err(Failure::not_found(format_args!("buyer {buyer}")).advise("see: opd buyer list"));
    }
    let mut rows = Vec::new();
    for account in view.accounts_of(Some(buyer)).await? {
        rows.push(account_view(view.as_mut(), account).await?);
    }
    context.output.data(&whole(&rows), || {
        let cells: Vec<_> = rows.iter().map(cells).collect();
        let head = ["ID", "NAME", "E-MAIL", ">KEYS", "ORDERS AT MOST", "STATE"];
        table(&head, &cells)
    })
}

async fn account_view(view: &mut dyn View, account: AccountRecord) -> Result<AccountView, Failure> {
    let keys = view.keys_of(&account.id).await?;
    let limits = view.order_limits(&account.id).await?;
    Ok(AccountView {
        active_keys: keys.iter().filter(|key| key.revocation.is_none()).count(),
        order_limits: limits
            .iter()
            .map(|limit| LimitView {
                currency: limit.currency.to_string(),
                largest: limit.amount(),
            })
            .collect(),
        id: account.id,
        name: account.name,
        email: account.email,
        enabled: account.enabled,
        has_password: account.verifier.is_some(),
    })
}

fn cells(account: &AccountView) -> Vec<String> {
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
    let operation = SetOrderLimits {
        account: account.clone(),
        limits: limits(&limit.limits),
    };
    context.shop().await?.run(operation).await?;
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
    if writes {
        let operation = SetCorrespondence {
            buyer: set.id.clone(),
            language: language.clone(),
            orders_email: orders_email.clone().map(|copy| copy.0),
            goods_in_email: goods_in_email.clone().map(|copy| copy.0),
            mail_detail: mail_detail.map(|detail| match detail {
                Detail::Full => MailDetail::Full,
                Detail::NumberOnly => MailDetail::NumberOnly,
            }),
        };
        context.shop().await?.run(operation).await?;
        context
            .output
            .message(&format!("Changed how {} is written to.", set.id));
    }
    terms::run(context, &set.id, &set.terms).await
}

pub(super) async fn set_email(context: &Context, change: &BuyerEmail) -> Result<(), Failure> {
    let BuyerEmail { account, email } = change;
    let operation = ChangeEmail {
        account: account.clone(),
        email: email.clone(),
    };
    context.shop().await?.run(operation).await?;
    context.output.message(&format!(
        "Mail of {account} goes to {email}. The address before is told; for 72 hours no invite enrols a key."
    ));
    Ok(())
}
