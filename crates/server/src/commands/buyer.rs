//! `opd buyer`: who may order.

use std::path::PathBuf;

use countersign_api::{DeskBuyer, InviteLink};
use countersign_order::{AccountId, EmailAddress, Name};
use countersign_store::{AccountRecord, View};
use serde::Serialize;
use zeroize::Zeroizing;

use super::account;
use super::key::read_certificate;
use super::place::Place;
use super::{counted, moment, whole};
use crate::cli::{Buyer, BuyerAdd, BuyerInvite};
use crate::context::Context;
use crate::desk::operations::{AddBuyer, Invite};
use crate::desk::passwords::{self, Password};
use crate::failure::{Exit, Failure};
use crate::http::key_view;
use crate::output::table;
use crate::seller::Address;

/// An invite as the operator passes it on.
#[derive(Debug, Serialize)]
struct InviteView {
    account: AccountId,
    link: String,
    expires_at: String,
}

pub(super) async fn run(context: &Context, buyer: &Buyer) -> Result<(), Failure> {
    match buyer {
        Buyer::Add(add) => self::add(context, add).await,
        Buyer::Invite(invite) => self::invite(context, invite).await,
        Buyer::List => list(context).await,
        Buyer::AddAccount(add) => account::add(context, add).await,
        Buyer::Accounts(buyer) => account::list(context, &buyer.id).await,
        Buyer::Set(set) => account::set(context, set).await,
        Buyer::SetEmail(change) => account::set_email(context, change).await,
        Buyer::Limit(limit) => account::limit(context, limit).await,
        Buyer::Disable(person) => account::set_enabled(context, &person.id, false).await,
        Buyer::Enable(person) => account::set_enabled(context, &person.id, true).await,
    }
}

async fn add(context: &Context, add: &BuyerAdd) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let read = |path: &PathBuf| read_certificate(context, path);
    let certificates = add.keys.iter().map(read).collect::<Result<_, _>>()?;
    let password = context.input.new_secret(
        add.password_file.as_deref(),
        "Password of the account (empty: none yet): ",
    )?;
    let has_password = password.is_some();
    let verifier = password.map(|text| verifier(context, text)).transpose()?;
    let keys = shop
        .run(AddBuyer {
            buyer: add.id.clone(),
            name: add.name.clone(),
            email: add.email.clone(),
            verifier,
            certificates,
        })
        .await?;
    if !has_password {
        let advice = format!("It has no password yet: opd buyer invite {}", add.id);
        context.output.message(&advice);
    }
    let keys: Vec<_> = keys.into_iter().map(key_view).collect();
    context.output.data(&whole(&keys), || {
        let enrolled = keys.iter().fold(String::new(), |text, key| {
            text + &format!("  {}  {}\n", key.algorithm, key.key_fingerprint)
        });
        format!(
            "Added the buyer {}, with {}.\n{enrolled}",
            add.id,
            counted(keys.len(), "key")
        )
    })
}

async fn invite(context: &Context, invite: &BuyerInvite) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let (name, email) = name_and_email(context, &mut *shop.look().await?, invite).await?;
    let address = match &invite.address {
        Some(address) => address.parse()?,
        None => Address::read(&context.data),
    };
    let invitation = shop
        .run(Invite {
            account: invite.id.clone(),
            name,
            email,
        })
        .await?;
    let link = InviteLink {
        host: address.host,
        port: address.port,
        origin: shop.desk.seller().origin().clone(),
        root: shop.desk.seller().root_fingerprint(),
        code: invitation.code,
    };
    let view = InviteView {
        account: invitation.account,
        link: link.to_string(),
        expires_at: countersign_order::time::write_instant(invitation.expires_at),
    };
    context.output.message(&format!(
        "Pass this link on by a way you trust. It is good once, until {}; whoever has it first is {}.\n\
         The buyer runs: po join LINK",
        moment(invitation.expires_at),
        view.account,
    ));
    context.output.data(&view, || view.link.clone())
}

/// A buyer that exists keeps its name and address.
async fn name_and_email(
    context: &Context,
    view: &mut dyn View,
    invite: &BuyerInvite,
) -> Result<(Name, EmailAddress), Failure> {
    let known = view.account(&invite.id).await?;
    if let Some(known) = &known
        && (invite.name.is_some() || invite.email.is_some())
    {
        let AccountRecord {
            id, name, email, ..
        } = known;
        context.output.message(&format!(
            "{id} is here already and stays {name}, with mail to {email}."
        ));
    }
    let known_name = known.as_ref().and_then(|account| account.name.parse().ok());
    let name = invite.name.clone().or(known_name);
    let known_email = known.as_ref().map(|account| account.email.clone());
    let email = invite.email.clone().or(known_email);
    let is_first = AccountId::from(&invite.id.buyer_part()) == invite.id;
    if known.is_none() && !is_first {
        return Err(Failure::not_found(format_args!("account {}", invite.id))
            .advise("add it first: opd buyer add-account BUYER/NAME"));
    }
    name.zip(email).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("there is no buyer {} yet", invite.id))
            .advise("to make and invite it, give --name and --email")
    })
}

async fn list(context: &Context) -> Result<(), Failure> {
    let rows = Place::of(context).await?.buyers().await?;
    context.output.data(&whole(&rows), || {
        let cells: Vec<_> = rows.iter().map(cells).collect();
        table(&["ID", "NAME", "E-MAIL", ">KEYS", "STATE"], &cells)
    })
}

fn cells(buyer: &DeskBuyer) -> Vec<String> {
    let state = match (buyer.enabled, buyer.has_password) {
        (false, _) => "disabled",
        (true, false) => "no password yet",
        (true, true) if buyer.active_keys == 0 => "no key yet",
        (true, true) => "",
    };
    vec![
        buyer.id.to_string(),
        buyer.name.clone(),
        buyer
            .email
            .as_ref()
            .map_or_else(String::new, EmailAddress::to_string),
        buyer.active_keys.to_string(),
        state.to_owned(),
    ]
}

/// What is stored of a password; takes tens of milliseconds, so never inside a transaction.
pub(super) fn verifier(context: &Context, text: Zeroizing<String>) -> Result<String, Failure> {
    let password = Password::new(text)?;
    Ok(passwords::hash(&password, context.random)?)
}
