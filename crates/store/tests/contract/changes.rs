//! What happens to orders, in one sequence.

use countersign_order::{LineUnits, Move};
use countersign_store::{ChangeScope, Store};

use crate::orders::moved;
use crate::place::on_every_backend;
use crate::shop::Shop;

async fn told(store: &dyn Store, scope: &ChangeScope, after: u64) -> Vec<String> {
    let mut view = store.read().await.unwrap();
    let changes = view.changes(scope, after, 100).await.unwrap();
    let numbers: Vec<u64> = changes.iter().map(|change| change.number).collect();
    assert!(numbers.is_sorted() && numbers.iter().all(|number| *number > after));
    changes
        .iter()
        .map(|change| {
            let state = change.state.map_or("", |state| state.as_str());
            let number = &change.purchase_order_number;
            format!("{number} {} {} {state}", change.version, change.event.event)
        })
        .collect()
}

on_every_backend! {
    async fn every_row_of_a_timeline_has_its_number_in_the_order_of_commits(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let (store, all) = (shop.store.as_ref(), ChangeScope::default());
        assert_eq!(store.read().await.unwrap().newest_change().await.unwrap(), 0);
        let first = shop.order("acme", "PO-1", &[("WATER", 1)]);
        shop.takes_in(std::slice::from_ref(&first)).await;
        let second = shop.order("bolt", "PO-2", &[("WATER", 9)]);
        shop.takes_in(std::slice::from_ref(&second)).await;
        assert_eq!(told(store, &all, 0).await, ["PO-1 1 accepted accepted", "PO-2 1 declined declined"]);
        let lines = vec![LineUnits { line: 1, units: 1 }];
        for made in [Move::Prepare, Move::Pack { lines, is_short: false }] {
            let before = shop.kept(&first.order_id).await.unwrap();
            let mut work = store.begin().await.unwrap();
            work.move_order(&moved(&before, &made)).await.unwrap();
            work.commit().await.unwrap();
        }
        let newest = store.read().await.unwrap().newest_change().await.unwrap();
        assert_eq!(newest, 4);
        assert_eq!(told(store, &all, 2).await, ["PO-1 2 prepare ", "PO-1 3 pack packed"]);
        let order = ChangeScope { order: Some(second.order_id), ..all.clone() };
        assert_eq!(told(store, &order, 0).await, ["PO-2 1 declined declined"]);
        let buyer = ChangeScope { buyer: Some("acme".parse().unwrap()), ..all.clone() };
        assert_eq!(told(store, &buyer, 1).await.len(), 2);
        assert_eq!(told(store, &all, newest).await, Vec::<String>::new());
    }
}
