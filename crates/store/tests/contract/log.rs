//! The log: what it holds, how it grows, and what is kept of it.

use countersign_order::LogOrigin;
use countersign_order::time::day_of;
use countersign_store::{
    CosignatureRecord, LogHead, StatementKind, StatementRecord, Store, StoreError, View,
};
use countersign_transparency::{Entry, Hash, TileId, Tiles, Tree, tiles_for_inclusion};

use crate::place::on_every_backend;
use crate::shop::{Shop, digest, founded, later, now};

/// Statements with these numbers, their digests unlike all others.
fn statements(numbers: std::ops::Range<u64>) -> Vec<StatementRecord> {
    numbers
        .map(|number| StatementRecord {
            number,
            sha256: digest(number + 1000),
            der: vec![0x30, 0],
            ..crate::statements::statement(0)
        })
        .collect()
}

fn entries(statements: &[StatementRecord]) -> Vec<Entry> {
    statements
        .iter()
        .map(|statement| Entry::from_bytes(*statement.sha256.as_bytes()))
        .collect()
}

/// The tree over these statements, grown in one go.
fn tree(statements: &[StatementRecord]) -> Tree {
    let mut tree = Tree::empty();
    tree.append(&entries(statements)).unwrap();
    tree
}

async fn append(store: &dyn Store, statements: &[StatementRecord]) {
    let mut work = store.begin().await.unwrap();
    work.append(statements).await.unwrap();
    work.commit().await.unwrap();
}

/// A tile as anyone could make it from what is stored.
async fn hashes(view: &mut dyn View, log: &LogHead, tile: TileId) -> Vec<Hash> {
    let range = tile.first_hash()..tile.first_hash() + u64::from(tile.width());
    if tile.level() == 0 {
        let entries = view.entries(log, range).await.unwrap();
        entries.iter().map(Entry::leaf_hash).collect()
    } else {
        view.tile_hashes(log, tile.level(), range).await.unwrap()
    }
}

/// What a witness said at a size.
pub(crate) fn cosignature(size: u64) -> CosignatureRecord {
    CosignatureRecord {
        witness: "witness.example".to_owned(),
        size,
        root: Hash::from_bytes([7; 32]),
        line: format!("\u{2014} witness.example {size}\n"),
        cosigned_at: later(i64::try_from(size).unwrap()),
    }
}

on_every_backend! {
    async fn every_statement_is_a_leaf_and_is_proved_at_once(place: &dyn Place) {
        let store = founded(place.open().await).await;
        let all = statements(0..9);
        for batch in [&all[..1], &all[1..4], &all[4..4], &all[4..]] {
            let mut work = store.begin().await.unwrap();
            let growth = work.append(batch).await.unwrap();
            work.commit().await.unwrap();
            let (size, root) = (growth.head.tree.size(), growth.head.tree.root());
            for statement in batch {
                let entry = Entry::from_bytes(*statement.sha256.as_bytes());
                let proof = growth.proof_of(statement.number).unwrap();
                proof.verify(statement.number, size, &entry, &root).unwrap();
            }
            let grown = usize::try_from(size).unwrap();
            assert_eq!(root, tree(&all[..grown]).root());
        }
        let head = store.read().await.unwrap().log_head().await.unwrap().unwrap();
        assert_eq!(head.origin, "shop.example".parse().unwrap());
        assert_eq!(head.tree, tree(&all));
        assert_eq!((head.next_statement(), head.last_issued_at), (9, Some(now())));
        assert_eq!((head.leaf_of(8), head.leaf_of(9)), (Some(8), None));
    }

    async fn a_seller_statement_of_an_earlier_time_sets_no_clock_back(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 1)]).await;
        let all = statements(0..4);
        append(shop.store.as_ref(), &all[..1]).await;
        let seller = |number: usize, seconds| StatementRecord {
            kind: StatementKind::Seller,
            issued_at: later(seconds),
            ..all[number].clone()
        };
        // Two that were asked for before the leaf above was made, and one after.
        for (number, seconds, last) in [(1, -90, 0), (2, -60, 0), (3, 60, 60)] {
            append(shop.store.as_ref(), &[seller(number, seconds)]).await;
            let mut work = shop.store.begin().await.unwrap();
            let order = shop.order("acme", "PO-1", &[("WATER", 1)]);
            let loaded = work.load(&[order], day_of(now())).await.unwrap();
            assert_eq!(loaded.snapshot.last_issued_at, Some(later(last)));
            assert_eq!(loaded.seller_statement, Some(all[number].sha256));
            let head = work.log_head().await.unwrap().unwrap();
            assert_eq!(head.last_issued_at, Some(later(last)));
            drop(work);
            let mut view = shop.store.read().await.unwrap();
            let heads = view.logs().await.unwrap();
            assert_eq!(heads[0].last_issued_at, Some(later(last)));
        }
    }

    async fn receipts_of_a_batch_are_leaves(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let batch = ["PO-1", "PO-2", "PO-3"].map(|number| shop.order("acme", number, &[("WATER", 1)]));
        shop.takes_in(&batch).await;
        let mut view = shop.store.read().await.unwrap();
        let head = view.log_head().await.unwrap().unwrap();
        let mut kept = Vec::new();
        for number in 0..3 {
            kept.push(view.statement(number).await.unwrap().unwrap());
        }
        assert_eq!(head.tree, tree(&kept));
    }

    async fn what_is_kept_proves_any_leaf_at_any_size(place: &dyn Place) {
        let store = founded(place.open().await).await;
        let all = statements(0..700);
        for batch in all.chunks(96) {
            append(store.as_ref(), batch).await;
        }
        let mut view = store.read().await.unwrap();
        let log = view.log_head().await.unwrap().unwrap();
        for size in [1, 255, 256, 257, 512, 700] {
            let root = tree(&all[..usize::try_from(size).unwrap()]).root();
            for leaf in [0, size / 2, size - 1] {
                let mut tiles = Tiles::new();
                for tile in tiles_for_inclusion(leaf, size) {
                    let row = hashes(view.as_mut(), &log, tile).await;
                    let bytes: Vec<u8> = row.iter().flat_map(Hash::as_bytes).copied().collect();
                    tiles.insert(tile, &bytes).unwrap();
                }
                let proof = tiles.inclusion_proof(leaf, size).unwrap();
                let entry = entries(&all)[usize::try_from(leaf).unwrap()];
                proof.verify(leaf, size, &entry, &root).unwrap();
            }
        }
        assert_eq!(view.entries(&log, 690..900).await.unwrap(), entries(&all[690..]));
    }

    async fn a_log_that_is_not_what_it_was_does_not_grow(place: &dyn Place) {
        let store = founded(place.open().await).await;
        append(store.as_ref(), &statements(0..3)).await;
        for wrong in [statements(2..4), statements(4..5)] {
            let mut work = store.begin().await.unwrap();
            let answer = work.append(&wrong).await;
            assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
        }
        let head = store.read().await.unwrap().log_head().await.unwrap().unwrap();
        assert_eq!(head.tree, tree(&statements(0..3)));
    }

    async fn what_is_not_committed_is_not_in_the_log(place: &dyn Place) {
        let store = founded(place.open().await).await;
        append(store.as_ref(), &statements(0..2)).await;
        let mut work = store.begin().await.unwrap();
        work.append(&statements(2..400)).await.unwrap();
        drop(work);
        append(place.open().await.as_ref(), &statements(2..4)).await;
        let mut view = store.read().await.unwrap();
        let log = view.log_head().await.unwrap().unwrap();
        assert_eq!(log.tree, tree(&statements(0..4)));
        assert_eq!(view.tile_hashes(&log, 1, 0..9).await.unwrap(), []);
    }

    async fn a_successor_goes_on_where_its_log_ended(place: &dyn Place) {
        let store = founded(place.open().await).await;
        append(store.as_ref(), &statements(0..3)).await;
        let mut work = store.begin().await.unwrap();
        let again = work.open_successor(&"shop.example".parse().unwrap()).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
        let successor = work.open_successor(&"shop.example/3".parse().unwrap()).await.unwrap();
        assert_eq!(successor.origin.as_str(), "shop.example/3");
        assert_eq!((successor.next_statement(), successor.last_issued_at), (3, Some(now())));
        let growth = work.append(&statements(3..5)).await.unwrap();
        assert_eq!(growth.head.leaf_of(3), Some(0));
        work.commit().await.unwrap();

        let mut view = store.read().await.unwrap();
        let logs = view.logs().await.unwrap();
        assert_eq!(logs.len(), 2);
        assert_eq!(logs[0].tree, tree(&statements(0..3)));
        assert_eq!((logs[0].leaf_of(2), logs[0].leaf_of(3)), (Some(2), None));
        assert_eq!(logs[1].tree, tree(&statements(3..5)));
        assert_eq!(view.log_head().await.unwrap().as_ref(), logs.last());
        assert_eq!(view.entries(&logs[1], 0..9).await.unwrap(), entries(&statements(3..5)));
        assert_eq!(view.entries(&logs[0], 0..9).await.unwrap(), entries(&statements(0..3)));
    }

    async fn the_largest_log_that_a_witness_saw_is_remembered(place: &dyn Place) {
        let store = founded(place.open().await).await;
        let log: LogOrigin = "shop.example".parse().unwrap();
        let other = CosignatureRecord { witness: "other.example".to_owned(), ..cosignature(1) };
        for kept in [&cosignature(3), &cosignature(5), &cosignature(4), &other] {
            let mut work = store.begin().await.unwrap();
            work.keep_cosignature(&log, kept).await.unwrap();
            work.commit().await.unwrap();
        }
        let mut view = store.read().await.unwrap();
        assert_eq!(view.cosignatures(&log).await.unwrap(), [other, cosignature(5)]);
        assert_eq!(view.cosignatures(&log.successor()).await.unwrap(), []);
    }

    async fn there_is_no_log_before_there_is_a_shop(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        assert_eq!(work.log_head().await.unwrap(), None);
        let answer = work.append(&statements(0..1)).await;
        assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    }
}
