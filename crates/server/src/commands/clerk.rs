//! `opd clerk`: people of the seller, and what they may do.

use countersign_order::{AccountId, EmailAddress, Role};
use countersign_store::AccountRecord;
use serde::Serialize;

use super::buyer::verifier;
use super::whole;
use crate::cli::{Clerk, ClerkAdd, ClerkRole};
use crate::context::{Context, Shop};
use crate::desk::operations::{AddClerk, SetEnabled, SetRole};
use crate::failure::{Exit, Failure};
use crate::output::table;

/// Someone of the seller, as the operator sees them.
#[derive(Debug, Serialize)]
struct ClerkView {
    id: AccountId,
    name: String,
    email: EmailAddress,
    role: Role,
    enabled: bool,
    created_at: String,
}

pub(super) async fn run(context: &Context, clerk: &Clerk) -> Result<(), Failure> {
    let shop = context.shop().await?;
    match clerk {
        Clerk::Add(add) => self::add(context, &shop, add).await,
        Clerk::List => list(context, &shop).await,
        Clerk::Disable(person) => set_enabled(context, &shop, &person.id, false).await,
        Clerk::Enable(person) => set_enabled(context, &shop, &person.id, true).await,
        Clerk::Role(change) => set_role(context, &shop, change).await,
    }
}

async fn add(context: &Context, shop: &Shop, add: &ClerkAdd) -> Result<(), Failure> {
    let name = match &add.name {
        Some(name) => name.clone(),
        None => add
            .id
            .as_str()
            .parse()
            .map_err(|error| Failure::new(Exit::Usage, format!("the name {error}")))?,
    };
    let password = context
        .input
        .new_secret(add.password_file.as_deref(), "Password of the clerk: ")?
        .ok_or_else(|| {
            Failure::new(Exit::Usage, "a clerk needs a password")
                .advise("give it with --password-file FILE")
        })?;
    let role = Role::from(add.role);
    shop.run(AddClerk {
        account: add.id.clone(),
        name,
        email: add.email.clone(),
        role,
        verifier: verifier(context, password)?,
    })
    .await?;
    let role = role.as_str();
    context
        .output
        .message(&format!("Added the {role} {}.", add.id));
    Ok(())
}

async fn list(context: &Context, shop: &Shop) -> Result<(), Failure> {
    let accounts = shop.look().await?.accounts_of(None).await?;
    let rows: Vec<ClerkView> = accounts.into_iter().map(view).collect();
    context.output.data(&whole(&rows), || {
        let cells: Vec<_> = rows.iter().map(cells).collect();
        table(&["ID", "NAME", "E-MAIL", "ROLE", "STATE"], &cells)
    })
}

fn view(account: AccountRecord) -> ClerkView {
    ClerkView {
        id: account.id,
        name: account.name,
        email: account.email,
        role: account.role,
        enabled: account.enabled,
        created_at: countersign_order::time::write_instant(account.created_at),
    }
}

fn cells(clerk: &ClerkView) -> Vec<String> {
    let state = if clerk.enabled { "" } else { "disabled" };
    vec![
        clerk.id.to_string(),
        clerk.name.clone(),
        clerk.email.to_string(),
        clerk.role.as_str().to_owned(),
        state.to_owned(),
    ]
}

async fn set_enabled(
    context: &Context,
    shop: &Shop,
    account: &AccountId,
    enabled: bool,
) -> Result<(), Failure> {
    let known = shop.look().await?.account(account).await?;
    if known.is_none_or(|known| known.buyer.is_some()) {
        return Err(
            Failure::not_found(format_args!("clerk {account}")).advise("see: opd clerk list")
        );
    }
    shop.run(SetEnabled {
        account: account.clone(),
        enabled,
    })
    .await?;
    let done = if enabled {
        "may come in again"
    } else {
        "may not come in any more"
    };
    context.output.message(&format!("{account} {done}."));
    Ok(())
}

async fn set_role(context: &Context, shop: &Shop, change: &ClerkRole) -> Result<(), Failure> {
    let role = Role::from(change.role);
    shop.run(SetRole {
        account: change.id.clone(),
        role,
    })
    .await?;
    let (id, role) = (&change.id, role.as_str());
    context.output.message(&format!("{id} is {role} now."));
    Ok(())
}
