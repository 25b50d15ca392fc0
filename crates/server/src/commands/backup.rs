//! `opd backup` and `opd restore`: a copy of the database, beside a running server, and back again.

use std::path::Path;

use countersign_store::OpenError;
use countersign_store::sqlite::backup::{self, Contents};
use serde::Serialize;

use super::counted;
use crate::checkpoint_file::{Standing, compare};
use crate::cli::{BackUp, Restore};
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// What is in a copy, for programs.
#[derive(Debug, Serialize)]
struct Copied<'a> {
    file: &'a Path,
    statements: u64,
    orders: u64,
}

impl<'a> Copied<'a> {
    fn of(file: &'a Path, contents: &Contents) -> Self {
        Self {
            file,
            statements: contents.statements,
            orders: contents.orders,
        }
    }

    fn counts(&self) -> String {
        let counted =
            |number: u64, name| counted(usize::try_from(number).unwrap_or(usize::MAX), name);
        format!(
            "{} and {}",
            counted(self.orders, "order"),
            counted(self.statements, "statement")
        )
    }
}

pub(super) fn back_up(context: &Context, asked: &BackUp) -> Result<(), Failure> {
    let database = context.database(&context.settings()?)?.file()?;
    let contents = backup::back_up(&database, &asked.file)
        .map_err(|error| refusal(error, "name a new file: a backup is never written over"))?;
    let copied = Copied::of(&asked.file, &contents);
    context.output.message(&format!(
        "No private key is in it: keep a copy of {} apart from it.",
        context.data.keys().display()
    ));
    context.output.data(&copied, || {
        format!("Backed up {} to {}.", copied.counts(), asked.file.display())
    })
}

pub(super) async fn restore(context: &Context, asked: &Restore) -> Result<(), Failure> {
    let seller = context.seller()?;
    let database = context.database(&context.settings()?)?.file()?;
    let contents = backup::look_into(&asked.file)?;
    if contents.root != seller.root_fingerprint() || contents.origin != *seller.origin() {
        let (theirs, ours) = (&contents.origin, seller.origin());
        let message = format!(
            "the backup is of {theirs} with the root {}, and the keys here are of {ours} with the root {}",
            contents.root,
            seller.root_fingerprint()
        );
        return Err(
            Failure::new(Exit::Conflict, message).advise("put the keys of that shop here first")
        );
    }
    let contents =
        backup::restore(&asked.file, &database).map_err(|error| refusal(error, IN_THE_WAY))?;
    tell_what_is_missing(context).await?;
    let copied = Copied::of(&asked.file, &contents);
    context.output.data(&copied, || {
        format!(
            "Restored {} from {}.",
            copied.counts(),
            asked.file.display()
        )
    })
}

const IN_THE_WAY: &str =
    "a backup replaces nothing: move opd.db, opd.db-wal and opd.db-shm away, then restore again";

/// What stands where a copy is to go is left there.
fn refusal(error: OpenError, advice: &str) -> Failure {
    if let OpenError::Exists(path) = &error {
        let message = format!("{} is there already", path.display());
        Failure::new(Exit::Conflict, message).advise(advice)
    } else {
        error.into()
    }
}

/// Says so if more than the backup holds was published: then its log cannot simply go on.
async fn tell_what_is_missing(context: &Context) -> Result<(), Failure> {
    let shop = context.shop_as_it_is().await?;
    let Some(known) = shop.checkpoint.read(shop.desk.seller())? else {
        return Ok(());
    };
    let mut view = shop.look().await?;
    let told = match compare(view.as_mut(), &known).await? {
        Standing::Holds => return Ok(()),
        Standing::Lacks { known, here } => format!(
            "warning: the backup holds {here} statements, and {} remembers {known}",
            shop.checkpoint.path().display()
        ),
        Standing::Differs { known } => format!(
            "warning: {} remembers another log: its first {known} statements differ",
            shop.checkpoint.path().display()
        ),
    };
    context.output.message(&told);
    context
        .output
        .message("  if no newer backup exists: opd log recover opens a log that follows this one");
    Ok(())
}
