//! Rounds: everything once, then everything again, so that what disturbs the machine disturbs all alike.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use countersign_envelope::Signer;

use crate::ground::{KeyKind, signers};
use crate::openssl::Openssl;
use crate::place::StoreKind;
use crate::plan::{Part, Plan};
use crate::report::{Figures, Kind, Measure, Report, Scene};
use crate::scenes::{batches, crowds, doors, growth, orders, products, servers};
use crate::stand::Stand;
use crate::{complain, primitives, verification};

/// Buyers who share the orders, but in the part `growth`.
const BUYERS: usize = 16;
/// What the buyers in the part `growth` sign with: keys for ten thousand are quickly made.
const GROWTH_KEY: KeyKind = KeyKind::Dsa2048;
/// What is measured without clients of its own.
const NO_CLIENTS: usize = 0;

/// All shops, each ready.
struct Shops {
    /// One of each store and key.
    ordinary: Vec<Stand>,
    /// One of each number of stored orders, in SQLite.
    grown: Vec<Stand>,
    /// The one that crowds come to, which has no server of its own.
    crowded: Option<Stand>,
}

/// Tells how far it is, and since when it runs.
struct Progress(Instant);

impl Progress {
    fn tell(&self, what: &str) {
        let seconds = self.0.elapsed().as_secs();
        complain(&format!("{:>3}:{:02} {what}", seconds / 60, seconds % 60));
    }
}

/// Runs the plan.
pub(crate) async fn run(plan: &Plan) -> Result<Report> {
    let progress = Progress(Instant::now());
    let mut shops = Shops::set_up(plan, &progress).await?;
    let mut report = Report::new(plan)?;
    for round in 1..=plan.rounds {
        let name = format!("round {round} of {}", plan.rounds);
        shops.measure(plan, &name, &progress, &mut report).await?;
    }
    report.ended(progress.0.elapsed());
    Ok(report)
}

impl Shops {
    async fn set_up(plan: &Plan, progress: &Progress) -> Result<Self> {
        let mut ordinary = Vec::new();
        let stored = plan.stored_at_least();
        let only_elsewhere = [Part::Growth, Part::Crowds];
        let is_needed = plan.parts.iter().any(|part| !only_elsewhere.contains(part));
        let mut first = None;
        for key in plan.all_keys() {
            let signers = signers(key, BUYERS)?;
            for store in plan.stores_of(key).filter(|_| is_needed) {
                let (store_name, key_name) = (store.name(), key.name());
                progress.tell(&format!(
                    "a shop in {store_name}: {key_name}, {stored} orders"
                ));
                ordinary.push(Stand::set_up(store, key, &signers, stored).await?);
            }
            first.get_or_insert((key, signers));
        }
        let crowded = match first {
            Some((key, signers)) if plan.has(Part::Crowds) => {
                Some(Stand::lay(StoreKind::Sqlite, key, &signers, 0).await?)
            }
            _ => None,
        };
        let mut grown = Vec::new();
        if plan.has(Part::Growth) {
            progress.tell(&format!("{} buyers with keys", plan.buyers));
            let signers = signers(GROWTH_KEY, plan.buyers)?;
            for &stored in &plan.stored {
                grown.push(grow(&signers, stored, progress).await?);
            }
        }
        Ok(Self {
            ordinary,
            grown,
            crowded,
        })
    }

    async fn measure(
        &mut self,
        plan: &Plan,
        round: &str,
        progress: &Progress,
        report: &mut Report,
    ) -> Result<()> {
        for stand in &mut self.ordinary {
            let first = plan.keys.first() == Some(&stand.key);
            let (store, key) = (stand.store.name(), stand.key.name());
            progress.tell(&format!("{round}: {store}, {key}"));
            if plan.has(Part::Orders) {
                let primitives = primitives::measure(&stand.ground, stand.server()?).await?;
                orders::run(stand, plan, &primitives, report).await?;
            }
            if first && plan.has(Part::Batches) {
                batches::run(stand, report).await?;
            }
            if first && stand.store == StoreKind::Postgres && plan.has(Part::Products) {
                progress.tell(&format!("{round}: one product, and many"));
                products::run(stand, plan, report).await?;
            }
            if first && stand.store == StoreKind::Postgres && plan.has(Part::Servers) {
                progress.tell(&format!("{round}: one server, and two"));
                servers::run(stand, plan, report).await?;
            }
        }
        if let Some(stand) = self.ordinary.first() {
            progress.tell(&format!("{round}: OpenSSL, handshakes, sign-ins"));
            openssl(stand, report)?;
            if plan.has(Part::Handshakes) {
                doors::handshakes(stand, report).await?;
            }
            if plan.has(Part::SignIns) {
                doors::sign_ins(stand, report).await?;
            }
        }
        for stand in &mut self.grown {
            progress.tell(&format!("{round}: {} orders stored", stand.stored));
            growth::run(stand, plan, report).await?;
        }
        if let Some(stand) = &mut self.crowded {
            progress.tell(&format!("{round}: crowds"));
            crowds::run(stand, plan, report).await?;
        }
        Ok(())
    }
}

async fn grow(signers: &Arc<Vec<Signer>>, stored: usize, progress: &Progress) -> Result<Stand> {
    progress.tell(&format!(
        "a shop with {} buyers, {stored} orders",
        signers.len()
    ));
    Stand::set_up(StoreKind::Sqlite, GROWTH_KEY, signers, stored).await
}

fn openssl(stand: &Stand, report: &mut Report) -> Result<()> {
    let Openssl { ecdh, verify } = Openssl::measure()?;
    let figures = Figures::from([
        (Measure::OpensslEcdhUs, ecdh),
        (Measure::OpensslVerifyUs, verify),
    ]);
    let scene = Scene {
        key: KeyKind::Rsa3072,
        ..stand.scene(Kind::Openssl, NO_CLIENTS)
    };
    report.add(scene, figures);
    let scene = Scene {
        key: KeyKind::Dsa2048,
        ..stand.scene(Kind::Verification, NO_CLIENTS)
    };
    report.add(scene, verification::measure(&stand.ground.seller)?);
    Ok(())
}
