//! A batch costs the same number of SQL statements, and one commit, whatever its size.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::place::on_every_backend;
use crate::refusals::refusal;
use crate::shop::{Shop, decide_batch};

/// The most statements a batch may cost, with repeats and refusals in it, and with its beginning and
/// its end.
const STATEMENTS_MAX: usize = 14;

/// Counts the statements that stores say they run.
#[derive(Clone, Debug, Default)]
struct Counter {
    statements: Arc<AtomicUsize>,
    commits: Arc<AtomicUsize>,
}

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "countersign_store::sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        event.record(&mut |_: &Field, value: &dyn Debug| {
            if format!("{value:?}").contains("COMMIT") {
                self.commits.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Counter {
    /// Statements and commits since the last call.
    fn take(&self) -> (usize, usize) {
        (
            self.statements.swap(0, Ordering::Relaxed),
            self.commits.swap(0, Ordering::Relaxed),
        )
    }
}

on_every_backend! {
    async fn a_batch_of_1_and_of_256_orders_cost_the_same(place: &dyn Place) {
        let counter = Counter::default();
        let _listening = tracing::subscriber::set_default(counter.clone());
        let stock: Vec<(String, u32)> = (0..40).map(|n| (format!("ITEM-{n}"), 1000)).collect();
        let stock: Vec<(&str, u32)> = stock.iter().map(|(sku, n)| (sku.as_str(), *n)).collect();
        let shop = Shop::with_stock(place.open().await, &stock).await;
        let mut costs = Vec::new();
        for size in [1_usize, 256] {
            let batch: Vec<_> = (0..size)
                .map(|n| {
                    let (first, second) = (stock[n % 40].0, stock[(n + 7) % 40].0);
                    let buyer = if n % 2 == 0 { "acme" } else { "bolt" };
                    shop.order(buyer, &format!("PO-{size}-{n}"), &[(first, 1), (second, 2)])
                })
                .collect();
            counter.take();
            shop.takes_in(&batch).await;
            costs.push(counter.take());
        }
        assert_eq!(costs[0], costs[1]);
        assert_eq!(costs[0].1, 1, "commits");
        assert!((1..=STATEMENTS_MAX).contains(&costs[0].0), "{} statements", costs[0].0);
    }

    async fn repeats_and_refusals_beside_them_stay_within_the_bound(place: &dyn Place) {
        let counter = Counter::default();
        let _listening = tracing::subscriber::set_default(counter.clone());
        let shop = Shop::with_stock(place.open().await, &[("WATER", 50)]).await;
        let earlier = shop.order("acme", "PO-1", &[("WATER", 1)]);
        shop.takes_in(std::slice::from_ref(&earlier)).await;
        counter.take();

        let fresh = shop.order("acme", "PO-2", &[("WATER", 1)]);
        let batch = [earlier.clone(), fresh];
        let mut work = shop.store.begin().await.unwrap();
        decide_batch(work.as_mut(), &batch).await;
        work.insert_refusals(&[refusal("acme"), refusal("bolt")]).await.unwrap();
        work.commit().await.unwrap();
        let (statements, commits) = counter.take();
        assert_eq!(commits, 1);
        assert!(statements <= STATEMENTS_MAX, "{statements} statements");
    }
}
