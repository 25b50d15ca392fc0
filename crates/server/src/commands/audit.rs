//! `opd audit`: who changed what, when.

use countersign_order::time::write_instant;
use countersign_store::AuditRecord;
use serde::Serialize;

use super::{ROWS, moment, whole};
use crate::cli::Audit;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table;

/// An entry as the operator sees it.
#[derive(Debug, Serialize)]
struct EntryView {
    number: u64,
    at: String,
    by: String,
    action: String,
    subject: String,
    detail: String,
}

pub(super) async fn run(context: &Context, asked: &Audit) -> Result<(), Failure> {
    let records = records(context, asked).await?;
    let views: Vec<_> = records.iter().map(view).collect();
    context.output.data(&whole(&views), || {
        let cells: Vec<_> = records.iter().map(cells).collect();
        table(&["AT", "BY", "ACTION", "SUBJECT", "DETAIL"], &cells)
    })
}

/// The newest entries that are asked for, the newest first.
async fn records(context: &Context, asked: &Audit) -> Result<Vec<AuditRecord>, Failure> {
    let most = asked.limit.unwrap_or(usize::MAX);
    let is_meant = |record: &AuditRecord| {
        let entry = &record.entry;
        asked.by.as_ref().is_none_or(|by| *by == entry.by)
            && asked.subject.as_ref().is_none_or(|it| *it == entry.subject)
    };
    let shop = context.shop().await?;
    let mut view = shop.look().await?;
    let (mut records, mut before) = (Vec::new(), None);
    loop {
        let page = view.audit(before, ROWS).await?;
        before = page.rows.last().map(|record| record.number);
        records.extend(page.rows.into_iter().filter(is_meant));
        if !page.more || records.len() >= most {
            records.truncate(most);
            return Ok(records);
        }
    }
}

fn view(record: &AuditRecord) -> EntryView {
    let entry = record.entry.clone();
    EntryView {
        number: record.number,
        at: write_instant(entry.at),
        by: entry.by,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
    }
}

fn cells(record: &AuditRecord) -> Vec<String> {
    let entry = record.entry.clone();
    vec![
        moment(entry.at),
        entry.by,
        entry.action,
        entry.subject,
        entry.detail.replace('\n', " "),
    ]
}
