//! `opd log witnesses`: who cosigns the log, and how far each has seen it.

use countersign_order::time::write_instant;
use countersign_store::CosignatureRecord;
use serde::Serialize;

use crate::commands::{moment, whole};
use crate::context::Context;
use crate::cosigning::{Witness, Witnesses};
use crate::desk::log;
use crate::failure::Failure;
use crate::output::table;

/// A witness as the operator sees it.
#[derive(Debug, Serialize)]
struct WitnessView {
    name: String,
    key: String,
    /// The size of the log that it last cosigned.
    size: Option<u64>,
    cosigned_at: Option<String>,
    /// Statements that came after.
    behind: u64,
}

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let shop = context.shop_as_it_is().await?;
    let witnesses =
        Witnesses::of(&shop.desk.settings().log).map_err(|error| Failure::caused_by(&error))?;
    let mut view = shop.look().await?;
    let head = log::head(view.as_mut()).await?;
    let said = view.cosignatures(&head.origin).await?;
    let last = |witness: &Witness| {
        let key = witness.key().to_string();
        said.iter().find(|record| record.witness == key)
    };
    let size = head.tree.size();
    let rows: Vec<_> = witnesses
        .all()
        .iter()
        .map(|witness| (witness, last(witness)))
        .collect();
    let views: Vec<_> = rows
        .iter()
        .map(|(witness, last)| witness_view(witness, *last, size))
        .collect();
    context.output.data(&whole(&views), || {
        let head = ["WITNESS", ">SEEN", ">BEHIND", "WHEN"];
        let cells: Vec<_> = rows
            .iter()
            .map(|(witness, last)| cells(witness, *last, size))
            .collect();
        table(&head, &cells)
    })
}

fn behind(last: Option<&CosignatureRecord>, size: u64) -> u64 {
    size.saturating_sub(last.map_or(0, |record| record.size))
}

fn witness_view(witness: &Witness, last: Option<&CosignatureRecord>, size: u64) -> WitnessView {
    WitnessView {
        name: witness.name().to_owned(),
        key: witness.key().to_string(),
        size: last.map(|record| record.size),
        cosigned_at: last.map(|record| write_instant(record.cosigned_at)),
        behind: behind(last, size),
    }
}

fn cells(witness: &Witness, last: Option<&CosignatureRecord>, size: u64) -> Vec<String> {
    vec![
        witness.name().to_owned(),
        last.map_or_else(
            || "nothing yet".to_owned(),
            |record| record.size.to_string(),
        ),
        behind(last, size).to_string(),
        last.map_or_else(String::new, |record| moment(record.cosigned_at)),
    ]
}
