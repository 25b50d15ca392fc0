//! `opd import`: the data of another system.

use std::collections::HashMap;
use std::path::Path;

use super::counted;
use crate::cli::{Import, ImportReference as Arguments};
use crate::context::Context;
use crate::desk::passwords;
use crate::failure::{Exit, Failure};
use crate::import::reference::{self, ImportReference, ReferenceError, Remark, Report, survey};
use crate::seller::DeniedKeys;

pub(super) async fn run(context: &Context, import: &Import) -> Result<(), Failure> {
    let Import::Reference(arguments) = import;
    reference(context, arguments).await
}

async fn reference(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut denied = DeniedKeys::read(&context.data.denied_keys())?;
    if let Some(file) = &arguments.denied_keys {
        if !file.exists() {
            let message = format!("{} does not exist", file.display());
            return Err(Failure::new(Exit::Failure, message));
        }
        denied = denied.and(DeniedKeys::read(file)?);
    }
    let reference = reference::read(&arguments.folder, arguments.currency, &denied)
        .map_err(|error| refusal(&arguments.folder, error))?;
    let shop = context.shop().await?;
    let surveyed = survey(&mut *shop.look().await?, &reference).await?;
    let report = if arguments.dry_run {
        Report {
            dry_run: true,
            ..surveyed
        }
    } else {
        let mut verifiers = HashMap::new();
        for account in &reference.accounts {
            if surveyed.new_accounts.contains(&account.id) {
                let verifier = passwords::hash_legacy(&account.password_sha256, context.random)?;
                verifiers.insert(account.id.clone(), verifier);
            }
        }
        let operation = ImportReference {
            reference,
            verifiers,
        };
        shop.run(operation).await?
    };
    for Remark { record, text } in &report.remarks {
        context.output.message(&format!("{record} {text}"));
    }
    context.output.data(&report, || describe(&report))
}

fn describe(report: &Report) -> String {
    let Report {
        accounts_added,
        accounts_known,
        keys_kept,
        items_added,
        items_known,
        ..
    } = report;
    let would = if report.dry_run {
        "Would import"
    } else {
        "Imported"
    };
    let advice = if report.dry_run || *accounts_added == 0 {
        ""
    } else {
        "\nThe old keys sign nothing here: invite each buyer with opd buyer invite ID."
    };
    let accounts = counted(accounts_added, "new account");
    let keys = counted(keys_kept, "old key");
    let items = counted(items_added, "new item");
    format!(
        "{would} {accounts}, with {keys} as history, and {items}.\n\
         Here already: {}, {}.{advice}",
        counted(accounts_known, "account"),
        counted(items_known, "item")
    )
}

fn refusal(folder: &Path, error: ReferenceError) -> Failure {
    let folder = folder.display();
    match error {
        ReferenceError::File { file, text } => {
            Failure::new(Exit::Failure, format!("{folder}/{file} {text}"))
                .advise("nothing was imported")
        }
        ReferenceError::Records(wrong) => {
            let count = wrong.len();
            let list = wrong.iter().fold(String::new(), |list, remark| {
                list + &format!("\n  {} {}", remark.record, remark.text)
            });
            let wrong = counted(count, "wrong record");
            let message = format!("nothing was imported: {wrong}{list}");
            Failure::new(Exit::Failure, message)
        }
    }
}
