//! `opd log verify`: whether the books say what was signed.

use countersign_transparency::Checkpoint;
use serde::Serialize;

use crate::books::{self, Examined, Finding};
use crate::checkpoint_file::CheckpointFile;
use crate::cli::VerifyLog;
use crate::commands::counted;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// What was found, for programs.
#[derive(Debug, Serialize)]
struct Report<'a> {
    statements: u64,
    orders: u64,
    checkpoints: usize,
    differences: usize,
    /// The first hundred.
    listed: &'a [Finding],
}

pub(super) async fn run(context: &Context, verify: &VerifyLog) -> Result<(), Failure> {
    let shop = context.shop_as_it_is().await?;
    let known = known(&shop.checkpoint, shop.desk.seller(), verify)?;
    let mut view = shop.look().await?;
    let examined = books::examine(shop.desk.seller(), view.as_mut(), &known).await?;
    let report = Report {
        statements: examined.statements,
        orders: examined.orders,
        checkpoints: known.len(),
        differences: examined.findings.count(),
        listed: examined.findings.listed(),
    };
    context
        .output
        .data(&report, || describe(&examined, known.len()))?;
    if examined.findings.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Invalid,
        format!(
            "{} differences between what is stored and what was signed",
            report.differences
        ),
    )
    .advise("stop the server, keep a copy of everything, and find out who changed it"))
}

/// The remembered checkpoint, and those that were named.
fn known(
    remembered: &CheckpointFile,
    seller: &crate::seller::Seller,
    verify: &VerifyLog,
) -> Result<Vec<Checkpoint>, Failure> {
    let mut known: Vec<Checkpoint> = remembered.read(seller)?.into_iter().collect();
    for path in &verify.checkpoints {
        let named = CheckpointFile::at(path).read(seller)?;
        known.push(named.ok_or_else(|| Failure::not_found(format!("file {}", path.display())))?);
    }
    Ok(known)
}

fn describe(examined: &Examined, known: usize) -> String {
    let mut lines: Vec<String> = examined
        .findings
        .listed()
        .iter()
        .map(|finding| format!("{}: {}", finding.place, finding.what))
        .collect();
    if examined.findings.is_empty() {
        lines.push(format!(
            "the log holds: {} and {} as they were signed, and {}",
            counted(examined.statements, "statement"),
            counted(examined.orders, "order"),
            counted(known, "known checkpoint")
        ));
    }
    lines.join("\n")
}
