//! `opd clerk`: people of the seller who work the desk.

use super::buyer::verifier;
use crate::cli::{Clerk, ClerkAdd};
use crate::context::Context;
use crate::desk::operations::AddClerk;
use crate::failure::{Exit, Failure};

pub(super) async fn run(context: &Context, clerk: &Clerk) -> Result<(), Failure> {
    let Clerk::Add(add) = clerk;
    self::add(context, add).await
}

async fn add(context: &Context, add: &ClerkAdd) -> Result<(), Failure> {
    let shop = context.shop().await?;
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
    shop.run(AddClerk {
        account: add.id.clone(),
        name,
        email: add.email.clone(),
        verifier: verifier(context, password)?,
    })
    .await?;
    context
        .output
        .message(&format!("Added the clerk {}.", add.id));
    Ok(())
}
