//! What a transaction and a view promise each other.

use countersign_store::StoreError;

use crate::place::on_every_backend;
use crate::shop::{Shop, buyer, decide_batch};

on_every_backend! {
    async fn an_uncommitted_transaction_leaves_nothing(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let batch = [shop.order("acme", "PO-1", &[("WATER", 3)])];
        let mut work = shop.store.begin().await.unwrap();
        decide_batch(work.as_mut(), &batch).await;
        drop(work);

        assert_eq!(shop.kept(&batch[0].order_id).await, None);
        assert_eq!(shop.stock("WATER").await, (5, 0));
        let mut view = shop.store.read().await.unwrap();
        assert_eq!(view.log_head().await.unwrap().unwrap().next_statement(), 0);
        assert_eq!(view.next_mail_due().await.unwrap(), None);
    }

    async fn a_failed_call_leaves_nothing_of_its_transaction(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let batch = [shop.order("acme", "PO-1", &[("WATER", 3)])];
        let mut work = shop.store.begin().await.unwrap();
        work.insert_buyer(&buyer("cargo")).await.unwrap();
        decide_batch(work.as_mut(), &batch).await;
        let twice = work.append(&[crate::statements::statement(0)]).await;
        assert!(matches!(twice, Err(StoreError::Conflict)), "{twice:?}");
        drop(work);

        let mut view = shop.store.read().await.unwrap();
        assert_eq!(view.buyer(&"cargo".parse().unwrap()).await.unwrap(), None);
        assert_eq!(view.order(&batch[0].order_id).await.unwrap(), None);
    }

    async fn two_stores_on_one_database_see_each_others_commits(place: &dyn Place) {
        let here = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let there = place.open().await;
        let batch = [here.order("acme", "PO-1", &[("WATER", 3)])];
        here.takes_in(&batch).await;
        let mut view = there.read().await.unwrap();
        assert!(view.order(&batch[0].order_id).await.unwrap().is_some());
        drop(view);

        let mut work = there.begin().await.unwrap();
        work.insert_buyer(&buyer("cargo")).await.unwrap();
        work.commit().await.unwrap();
        let mut view = here.store.read().await.unwrap();
        assert!(view.buyer(&"cargo".parse().unwrap()).await.unwrap().is_some());
    }

    async fn a_transaction_sees_its_own_writes_and_nobody_else_does(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        work.insert_buyer(&buyer("cargo")).await.unwrap();
        assert!(work.buyer(&"cargo".parse().unwrap()).await.unwrap().is_some());
        let mut view = store.read().await.unwrap();
        assert_eq!(view.buyer(&"cargo".parse().unwrap()).await.unwrap(), None);
    }

    async fn a_view_is_one_snapshot(place: &dyn Place) {
        let store = place.open().await;
        let mut view = store.read().await.unwrap();
        assert_eq!(view.buyer(&"acme".parse().unwrap()).await.unwrap(), None);
        Shop::with_stock(place.open().await, &[]).await;
        assert_eq!(view.buyer(&"acme".parse().unwrap()).await.unwrap(), None);
        let mut newer = store.read().await.unwrap();
        assert!(newer.buyer(&"acme".parse().unwrap()).await.unwrap().is_some());
    }

    async fn a_committed_read_sees_what_is_committed_by_then(place: &dyn Place) {
        let store = place.open().await;
        let mut view = store.read_committed().await.unwrap();
        assert_eq!(view.buyer(&"acme".parse().unwrap()).await.unwrap(), None);
        Shop::with_stock(place.open().await, &[]).await;
        let mut work = store.begin().await.unwrap();
        work.insert_buyer(&buyer("cargo")).await.unwrap();
        assert!(view.buyer(&"acme".parse().unwrap()).await.unwrap().is_some());
        assert_eq!(view.buyer(&"cargo".parse().unwrap()).await.unwrap(), None);
    }

    async fn a_second_writer_of_one_store_waits_its_turn(place: &dyn Place) {
        let store = place.open().await;
        let first = store.begin().await.unwrap();
        let turn = tokio::spawn(async move {
            let mut second = store.begin().await.unwrap();
            second.insert_buyer(&buyer("cargo")).await.unwrap();
            second.commit().await
        });
        tokio::task::yield_now().await;
        assert!(!turn.is_finished());
        drop(first);
        turn.await.unwrap().unwrap();
    }

    async fn a_writer_whose_turn_does_not_come_is_told_that_the_store_is_busy(place: &dyn Place) {
        let (here, there) = (place.open().await, place.open().await);
        let _first = here.begin().await.unwrap();
        let second = there.begin().await.map(drop);
        assert!(matches!(second, Err(StoreError::Busy)), "{second:?}");
    }

    async fn batches_of_two_processes_never_sell_a_unit_twice(place: &dyn Place) {
        let here = Shop::with_stock(place.open().await, &[("WATER", 50)]).await;
        let there = place.open().await;
        let orders: Vec<_> = (0..100)
            .map(|n| here.order("acme", &format!("PO-{n}"), &[("WATER", 1)]))
            .collect();
        let (mine, theirs) = orders.split_at(50);
        let in_thread = std::thread::spawn({
            let theirs = theirs.to_vec();
            move || one_by_one(there.as_ref(), &theirs)
        });
        for order in mine {
            here.takes_in(std::slice::from_ref(order)).await;
        }
        in_thread.join().unwrap();
        assert_eq!(here.stock("WATER").await, (50, 50));
    }
}

fn one_by_one(store: &dyn countersign_store::Store, orders: &[countersign_order::Entry]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for order in orders {
            let mut work = store.begin().await.unwrap();
            decide_batch(work.as_mut(), std::slice::from_ref(order)).await;
            work.commit().await.unwrap();
        }
    });
}
