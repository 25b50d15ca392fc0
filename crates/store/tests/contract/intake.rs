//! Taking in batches: what deciding sees, and what is kept.

use countersign_order::{Decision, KeyStanding, OrderState, Outcome, ReasonCode, Rejection};
use countersign_store::{KeyRevocation, NewOrder, StoreError};

use crate::place::on_every_backend;
use crate::shop::{Shop, decide_batch, decided, later, now, today};

on_every_backend! {
    async fn an_accepted_order_is_kept_as_it_was_decided(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5), ("WINE", 9)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3), ("WINE", 2)]);
        let outcomes = shop.takes_in(std::slice::from_ref(&entry)).await;
        let decided = decided(&outcomes[0]);
        let kept = shop.kept(&entry.order_id).await.unwrap();

        assert_eq!(kept.id, entry.order_id);
        assert_eq!(kept.buyer, entry.order.buyer);
        assert_eq!(kept.account, entry.account);
        assert_eq!(kept.purchase_order_number, entry.order.purchase_order_number);
        assert_eq!((kept.attempt, kept.version, kept.receipt), (1, 1, 0));
        assert_eq!(kept.sales_order_number, decided.sales_order_number);
        assert_eq!((kept.decision, kept.state), (Decision::Accepted, OrderState::Accepted));
        assert_eq!((kept.total, kept.fulfilment), (entry.order.total, entry.order.fulfilment));
        assert_eq!((kept.note, kept.ship_to), (entry.order.note.clone(), None));
        assert_eq!((kept.issued_at, kept.received_at), (entry.order.issued_at, entry.received_at));
        assert_eq!((kept.decided_at, kept.held_until), (decided.decided_at, None));
        assert_eq!((kept.content, kept.certificate), (entry.content, entry.certificate));
        assert_eq!(kept.timeline.len(), 1);
        assert_eq!(kept.timeline[0].event, "accepted");
        assert_eq!(kept.lines.len(), 2);
        assert_eq!(kept.lines[1].sku, entry.order.lines[1].sku);
        assert_eq!(kept.lines[1].unit_price, entry.order.lines[1].unit_price);
        let progress = kept.lines[1].progress;
        assert_eq!((progress.line, progress.ordered, progress.reserved), (2, 2, 2));
        assert_eq!(shop.stock("WATER").await, (5, 3));

        let mut view = shop.store.read().await.unwrap();
        let signed = view.signed_data(&entry.order_id).await.unwrap();
        assert_eq!(signed.as_deref(), Some(&b"signed"[..]));
    }

    async fn bytes_find_their_own_row_in_a_batch(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 50)]).await;
        let batch: Vec<_> = (0..5)
            .map(|n| shop.order("acme", &format!("PO-{n}"), &[("WATER", 1)]))
            .collect();
        let mut work = shop.store.begin().await.unwrap();
        let snapshot = work.load(&batch, today()).await.unwrap().snapshot;
        let (outcomes, changes) = countersign_order::decide(&snapshot, &batch, now());
        let signed: Vec<Vec<u8>> = (0..5_u8).map(|n| vec![n; usize::from(n) * 100 + 1]).collect();
        let orders: Vec<NewOrder<'_>> = batch
            .iter()
            .zip(&outcomes)
            .zip(&signed)
            .map(|((entry, outcome), signed_data)| NewOrder {
                entry,
                decided: decided(outcome),
                receipt: 0,
                signed_data,
            })
            .collect();
        work.apply(&orders, &changes).await.unwrap();
        for (entry, signed) in batch.iter().zip(&signed) {
            let kept = work.signed_data(&entry.order_id).await.unwrap().unwrap();
            assert_eq!(kept, *signed);
        }
    }

    async fn the_same_bytes_again_are_a_repeat(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&entry)).await;
        let again = shop.takes_in(std::slice::from_ref(&entry)).await;
        assert_eq!(again, [Outcome::Repeat(entry.order_id)]);
        assert_eq!(shop.stock("WATER").await, (5, 3));
    }

    async fn other_bytes_under_an_accepted_number_are_refused(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let first = shop.order("acme", "PO-1", &[("WATER", 3)]);
        shop.takes_in(std::slice::from_ref(&first)).await;
        let second = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let outcome = shop.takes_in(&[second]).await;
        let used = Rejection::NumberAlreadyUsed { order: first.order_id };
        assert_eq!(outcome, [Outcome::Rejected(used)]);
        let same_number = shop.order("bolt", "PO-1", &[("WATER", 1)]);
        let outcome = shop.takes_in(&[same_number]).await;
        assert_eq!(decided(&outcome[0]).decision, Decision::Accepted);
    }

    async fn a_declined_order_leaves_its_number_free_and_its_reasons_kept(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 2)]).await;
        let first = shop.order("acme", "PO-1", &[("WATER", 3)]);
        let outcome = shop.takes_in(std::slice::from_ref(&first)).await;
        assert_eq!(decided(&outcome[0]).decision, Decision::Declined);
        let kept = shop.kept(&first.order_id).await.unwrap();
        assert_eq!((kept.state, kept.sales_order_number), (OrderState::Declined, None));
        assert_eq!(kept.reasons, decided(&outcome[0]).reasons);
        assert_eq!(kept.reasons[0].code, ReasonCode::OutOfStock);

        let second = shop.order("acme", "PO-1", &[("WATER", 2)]);
        shop.takes_in(std::slice::from_ref(&second)).await;
        let kept = shop.kept(&second.order_id).await.unwrap();
        assert_eq!((kept.state, kept.attempt), (OrderState::Accepted, 2));
        assert_eq!(shop.stock("WATER").await, (2, 2));
    }

    async fn at_most_one_attempt_under_a_number_is_not_declined(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let first = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let second = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let outcomes = shop.takes_in(std::slice::from_ref(&first)).await;
        let mut forged = decided(&outcomes[0]).clone();
        forged.order_id = second.order_id;
        forged.attempt = 2;
        forged.sales_order_number = None;
        let mut work = shop.store.begin().await.unwrap();
        let order = NewOrder { entry: &second, decided: &forged, receipt: 9, signed_data: b"x" };
        let answer = work.apply(&[order], &countersign_order::Changes::default()).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }

    async fn an_attempt_is_counted_once(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 0)]).await;
        let first = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let second = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let outcomes = shop.takes_in(std::slice::from_ref(&first)).await;
        let mut forged = decided(&outcomes[0]).clone();
        assert_eq!(forged.decision, Decision::Declined);
        forged.order_id = second.order_id;
        let mut work = shop.store.begin().await.unwrap();
        let order = NewOrder { entry: &second, decided: &forged, receipt: 9, signed_data: b"x" };
        let answer = work.apply(&[order], &countersign_order::Changes::default()).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }

    async fn an_unknown_item_cannot_be_reserved(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let mut work = shop.store.begin().await.unwrap();
        let batch = std::slice::from_ref(&entry);
        let snapshot = work.load(batch, today()).await.unwrap().snapshot;
        let (outcomes, mut changes) = countersign_order::decide(&snapshot, batch, now());
        changes.reserved.insert("TEA".parse().unwrap(), 1);
        let decided = decided(&outcomes[0]);
        let order = NewOrder { entry: &entry, decided, receipt: 0, signed_data: b"x" };
        let answer = work.apply(&[order], &changes).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }

    async fn more_than_there_is_cannot_be_reserved(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let mut work = shop.store.begin().await.unwrap();
        let snapshot = work.load(std::slice::from_ref(&entry), today()).await.unwrap().snapshot;
        let batch = std::slice::from_ref(&entry);
        let (outcomes, mut changes) = countersign_order::decide(&snapshot, batch, now());
        changes.reserved.values_mut().for_each(|units| *units = 6);
        let decided = decided(&outcomes[0]);
        let order = NewOrder { entry: &entry, decided, receipt: 0, signed_data: b"x" };
        let answer = work.apply(&[order], &changes).await;
        assert!(matches!(answer, Err(StoreError::RuleBroken(_))), "{answer:?}");
    }

    async fn deciding_sees_standing_as_it_is_now(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let entry = shop.order("acme", "PO-1", &[("WATER", 1), ("GONE", 1)]);
        let mut work = shop.store.begin().await.unwrap();
        let keys = work.keys_of(&entry.account).await.unwrap();
        let end = KeyRevocation { at: now(), reason: "lost".to_owned(), statement: 7 };
        assert!(work.revoke_key(&keys[0].key.id, &end).await.unwrap());
        let mut acme = work.buyer(&entry.order.buyer).await.unwrap().unwrap();
        acme.on_stop = true;
        acme.manual_acceptance = true;
        assert!(work.update_buyer(&acme).await.unwrap());
        assert!(work.set_enabled(&entry.account, false).await.unwrap());
        work.commit().await.unwrap();

        let mut work = shop.store.begin().await.unwrap();
        let other = shop.order("bolt", "PO-1", &[("WATER", 1)]);
        let snapshot = work.load(&[entry.clone(), other.clone()], today()).await.unwrap().snapshot;
        assert_eq!(snapshot.keys[&entry.certificate], KeyStanding::Revoked);
        assert_eq!(snapshot.keys[&other.certificate], KeyStanding::Active);
        assert!(!snapshot.accounts[&entry.account]);
        assert!(snapshot.accounts[&other.account]);
        assert!(snapshot.buyers[&entry.order.buyer].on_stop);
        assert!(snapshot.buyers[&entry.order.buyer].manual_acceptance);
        assert!(!snapshot.buyers[&other.order.buyer].on_stop);
        assert_eq!(snapshot.offers.len(), 1);
        assert_eq!(snapshot.stock[&entry.order.lines[0].sku].on_hand, 5);
    }

    async fn numbers_count_up_over_batches(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 50)]).await;
        let first = shop.takes_in(&[
            shop.order("acme", "PO-1", &[("WATER", 1)]),
            shop.order("acme", "PO-2", &[("WATER", 1)]),
        ]).await;
        let second = shop.takes_in(&[shop.order("acme", "PO-3", &[("WATER", 1)])]).await;
        let numbers: Vec<u64> = first
            .iter()
            .chain(&second)
            .map(|outcome| decided(outcome).sales_order_number.unwrap().sequence())
            .collect();
        assert_eq!(numbers, [1, 2, 3]);
        let mut view = shop.store.read().await.unwrap();
        let head = view.log_head().await.unwrap().unwrap();
        assert_eq!((head.next_statement(), head.last_issued_at), (3, Some(now())));
    }

    async fn the_time_of_the_last_statement_bounds_the_next(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 50)]).await;
        let mut work = shop.store.begin().await.unwrap();
        let mut ahead = crate::statements::statement(0);
        ahead.issued_at = later(60);
        work.append(&[ahead]).await.unwrap();
        work.commit().await.unwrap();
        let mut work = shop.store.begin().await.unwrap();
        let entry = shop.order("acme", "PO-1", &[("WATER", 1)]);
        let outcomes = decide_batch(work.as_mut(), &[entry]).await;
        assert_eq!(decided(&outcomes[0]).decided_at, later(60));
    }

    async fn an_empty_batch_changes_nothing(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        assert_eq!(shop.takes_in(&[]).await, []);
    }
}
