//! Storing what was read, in one transaction. What is here already stays as it is, so a second run
//! changes nothing, and an import never undoes what has happened since the first.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, Role, Sku};
use countersign_store::{AccountRecord, BuyerRecord, LegacyKey, MailDetail, StoreError, View};
use serde::Serialize;

use super::{Account, Item, Reference, Remark};
use crate::desk::{DeskError, Operation, Work};

/// Stores accounts, keys and items that are not there yet.
#[derive(Clone, Debug)]
pub(crate) struct ImportReference {
    pub(crate) reference: Reference,
    /// The verifiers of the new accounts, made before: hashing takes long.
    pub(crate) verifiers: HashMap<BuyerId, String>,
}

/// What is new, and what an import does, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) accounts_added: usize,
    pub(crate) accounts_known: usize,
    pub(crate) keys_kept: usize,
    pub(crate) items_added: usize,
    pub(crate) items_known: usize,
    pub(crate) dry_run: bool,
    pub(crate) remarks: Vec<Remark>,
    #[serde(skip)]
    pub(crate) new_accounts: HashSet<BuyerId>,
    #[serde(skip)]
    pub(crate) new_items: HashSet<Sku>,
}

/// Compares what was read with what is there.
pub(crate) async fn survey(
    view: &mut dyn View,
    reference: &Reference,
) -> Result<Report, StoreError> {
    let mut report = Report {
        remarks: reference.remarks.clone(),
        ..Report::default()
    };
    for account in &reference.accounts {
        match view.account(&AccountId::from(&account.id)).await? {
            None => {
                report.accounts_added += 1;
                report.keys_kept += account.keys.len();
                report.new_accounts.insert(account.id.clone());
            }
            Some(known) => {
                report.accounts_known += 1;
                if known.email != account.email {
                    report.remark("account", account.id.as_str());
                }
            }
        }
    }
    for item in &reference.items {
        match view.item(&item.offer.sku).await? {
            None => {
                report.items_added += 1;
                report.new_items.insert(item.offer.sku.clone());
            }
            Some(known) => {
                report.items_known += 1;
                if known.offer != item.offer {
                    report.remark("item", item.offer.sku.as_str());
                }
            }
        }
    }
    Ok(report)
}

impl Report {
    fn remark(&mut self, kind: &str, name: &str) {
        self.remarks.push(Remark {
            record: format!("{kind} {name:?}"),
            text: "is here already, and differs: it stays as it is here".to_owned(),
        });
    }
}

#[async_trait]
impl Operation for ImportReference {
    type Answer = Report;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Report, DeskError> {
        let mut report = survey(&mut *work.transaction, &self.reference).await?;
        for account in &self.reference.accounts {
            if report.new_accounts.contains(&account.id) {
                let verifier = self.verifiers.get(&account.id).ok_or(DeskError::Conflict)?;
                add_account(work, account, verifier, &mut report).await?;
            }
        }
        let is_new = |item: &&Item| report.new_items.contains(&item.offer.sku);
        let items: Vec<&Item> = self.reference.items.iter().filter(is_new).collect();
        add_items(work, &items).await?;
        let counts = format!(
            "{} accounts, {} items",
            report.accounts_added, report.items_added
        );
        work.audit("import-reference", "course data", &counts)
            .await?;
        Ok(report)
    }
}

async fn add_account(
    work: &mut Work<'_>,
    account: &Account,
    verifier: &str,
    report: &mut Report,
) -> Result<(), DeskError> {
    let buyer = BuyerRecord {
        id: account.id.clone(),
        name: account.name.to_string(),
        address: None,
        enabled: true,
        on_stop: false,
        manual_acceptance: false,
        mail_detail: MailDetail::Full,
        created_at: work.now,
    };
    let record = AccountRecord {
        id: AccountId::from(&account.id),
        buyer: Some(account.id.clone()),
        role: Role::Buyer,
        name: account.name.to_string(),
        email: account.email.clone(),
        enabled: true,
        verifier: Some(verifier.to_owned()),
        created_at: work.now,
    };
    let transaction = &mut *work.transaction;
    if !transaction.insert_buyer(&buyer).await? || !transaction.insert_account(&record).await? {
        return Err(DeskError::AlreadyExists("a buyer"));
    }
    for key in &account.keys {
        let kept = LegacyKey {
            account: record.id.clone(),
            algorithm: key.algorithm.clone(),
            key_sha256: key.fingerprint,
            public_key: key.spki.clone(),
        };
        if !transaction.insert_legacy_key(&kept).await? {
            report.keys_kept = report.keys_kept.saturating_sub(1);
            report.remarks.push(Remark {
                record: format!("account {:?}", account.id.as_str()),
                text: format!("its key {} is left out: it is known here already", key.file),
            });
        }
    }
    Ok(())
}

/// Why stock is there that never came in.
const TAKEN_OVER: &str = "taken over from another system";

async fn add_items(work: &mut Work<'_>, items: &[&Item]) -> Result<(), DeskError> {
    let offers: Vec<_> = items.iter().map(|item| item.offer.clone()).collect();
    let occasion = work.occasion();
    let reason = TAKEN_OVER
        .parse()
        .map_err(|_unfit| DeskError::Inconsistent("reason"))?;
    work.transaction.upsert_items(&offers).await?;
    for item in items {
        let sku = &item.offer.sku;
        let counted = work
            .transaction
            .correct_stock(sku, item.on_hand, &reason, occasion)
            .await?;
        if counted.is_err() {
            return Err(DeskError::StockNotAccepted(format!(
                "{sku} cannot have so many units"
            )));
        }
    }
    Ok(())
}
