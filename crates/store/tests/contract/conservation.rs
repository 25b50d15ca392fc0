//! Over any history of orders, holds, restocks, shipments, short picks and cancellations, stock adds up,
//! and the rows of its movements with it.

use countersign_order::{LineUnits, Move, MovementKind, OrderState, Progress, Quantity};
use countersign_store::{LineRecord, MovementRecord, OrderFilter, OrderRecord, StockRefusal};
use proptest::prelude::*;

use crate::orders::moved;
use crate::place::{Place, places};
use crate::shop::{Shop, counted, fresh, later, occasion};

const SKUS: [&str; 2] = ["WATER", "WINE"];

/// The buyer whose orders are held.
const HELD: &str = "bolt";

/// Something that happens to the shop.
#[derive(Clone, Debug)]
enum Step {
    /// An order of this buyer comes in for so many of each item, perhaps content with part of it.
    Order(&'static str, u32, u32, bool),
    /// A held order, the nth of them, is accepted, or else declined, and others get what it had.
    Answer(usize, bool),
    /// Units of an item come in.
    Receive(usize, u32),
    /// An item is counted anew.
    Correct(usize, i64),
    /// An order, the nth of the open ones, goes as far as it can towards the door: at most so many
    /// units of each line are packed, and the rest stays reserved or is not found.
    Ship(usize, u32, bool),
    /// An order, the nth of the open ones, is cancelled, and others get what it had.
    Cancel(usize),
}

/// The buyer whose orders are decided at once, or the one whose orders a person accepts.
fn buyer() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just("acme"), 1 => Just(HELD)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (buyer(), 1..9_u32, 1..9_u32, any::<bool>()).prop_map(|(buyer, a, b, part)| {
            Step::Order(buyer, a, b, part)
        }),
        2 => (0..3_usize, any::<bool>()).prop_map(|(n, accepts)| Step::Answer(n, accepts)),
        2 => (0..2_usize, 1..9_u32).prop_map(|(sku, units)| Step::Receive(sku, units)),
        1 => (0..2_usize, 0..20_i64).prop_map(|(sku, count)| Step::Correct(sku, count)),
        3 => (0..9_usize, 0..9_u32, any::<bool>()).prop_map(|(n, most, is_short)| {
            Step::Ship(n, most, is_short)
        }),
        2 => (0..9_usize).prop_map(Step::Cancel),
    ]
}

/// What the shop must have on hand, kept beside it.
#[derive(Debug, Default)]
struct Ledger {
    on_hand: [i64; 2],
}

async fn all_orders(shop: &Shop) -> Vec<OrderRecord> {
    let mut view = shop.store.read().await.unwrap();
    let page = view.orders(&OrderFilter::default(), None, 1000).await;
    page.unwrap().rows
}

/// The orders that are open, and held or not.
async fn open_orders(shop: &Shop, is_held: bool) -> Vec<OrderRecord> {
    let mut all = all_orders(shop).await;
    all.retain(|order| !order.state.is_final() && (order.state == OrderState::Held) == is_held);
    all
}

async fn make(shop: &Shop, order: &OrderRecord, made: &Move) -> OrderRecord {
    let mut work = shop.store.begin().await.unwrap();
    work.move_order(&moved(order, made)).await.unwrap();
    let skus: Vec<_> = SKUS.iter().map(|sku| sku.parse().unwrap()).collect();
    work.fill_back_orders(&skus, occasion(later(1)))
        .await
        .unwrap();
    work.commit().await.unwrap();
    shop.kept(&order.id).await.unwrap()
}

async fn ship(shop: &Shop, order: OrderRecord, (most, is_short): (u32, bool), ledger: &mut Ledger) {
    if order.lines.iter().all(|line| line.progress.reserved == 0) {
        return;
    }
    let preparing = make(shop, &order, &Move::Prepare).await;
    let packed = |line: &LineRecord| LineUnits {
        line: line.progress.line,
        units: most.min(line.progress.reserved),
    };
    let lines = preparing.lines.iter().map(packed).collect();
    let pack = match most {
        0 if !is_short => Progress::pack_all(),
        _ => Move::Pack { lines, is_short },
    };
    let packed = make(shop, &preparing, &pack).await;
    for (before, after) in preparing.lines.iter().zip(&packed.lines) {
        let missing = before.progress.reserved - after.progress.packed;
        if is_short {
            ledger.on_hand[place_of(before)] -= i64::from(missing);
        }
    }
    if packed.state != OrderState::Packed {
        return;
    }
    let progress = Progress {
        state: packed.state,
        lines: packed.lines.iter().map(|line| line.progress).collect(),
    };
    for line in &packed.lines {
        ledger.on_hand[place_of(line)] -= i64::from(line.progress.packed);
    }
    make(shop, &packed, &progress.ship_all()).await;
}

fn place_of(line: &LineRecord) -> usize {
    let place = SKUS.iter().position(|sku| *sku == line.sku.as_str());
    place.unwrap()
}

async fn happen(shop: &Shop, step: &Step, ledger: &mut Ledger) {
    match step {
        Step::Order(buyer, water, wine, part) => {
            let (number, lines) = (
                format!("PO-{}", fresh()),
                [("WATER", *water), ("WINE", *wine)],
            );
            let entry = match part {
                true => shop.partial(buyer, &number, &lines),
                false => shop.order(buyer, &number, &lines),
            };
            shop.takes_in(&[entry]).await;
        }
        Step::Receive(place, units) => {
            let sku = SKUS[*place].parse().unwrap();
            let units = Quantity::try_from(*units).unwrap();
            let mut work = shop.store.begin().await.unwrap();
            work.receive_stock(&sku, units, occasion(later(1)))
                .await
                .unwrap()
                .unwrap();
            work.commit().await.unwrap();
            ledger.on_hand[*place] += i64::from(units.units());
        }
        Step::Correct(place, count) => {
            let sku = SKUS[*place].parse().unwrap();
            let mut work = shop.store.begin().await.unwrap();
            match work
                .correct_stock(&sku, *count, &counted(), occasion(later(1)))
                .await
                .unwrap()
            {
                Ok(_) => ledger.on_hand[*place] = *count,
                Err(StockRefusal::BelowReserved(level)) => assert!(level.reserved > *count),
                Err(other) => panic!("{other:?}"),
            }
            work.commit().await.unwrap();
        }
        Step::Answer(nth, accepts) => {
            if let Some(order) = open_orders(shop, true).await.get(*nth) {
                let answer = if *accepts {
                    Move::Accept
                } else {
                    Move::Decline
                };
                make(shop, order, &answer).await;
            }
        }
        Step::Ship(nth, most, is_short) => {
            let mut open = open_orders(shop, false).await;
            if !open.is_empty() {
                let order = open.swap_remove(nth % open.len());
                ship(shop, order, (*most, *is_short), ledger).await;
            }
        }
        Step::Cancel(nth) => {
            if let Some(order) = open_orders(shop, false).await.get(*nth) {
                make(shop, order, &Move::Cancel).await;
            }
        }
    }
}

async fn adds_up(shop: &Shop, ledger: &Ledger) {
    let all = all_orders(shop).await;
    for (place, name) in SKUS.iter().enumerate() {
        let (on_hand, reserved) = shop.stock(name).await;
        let lines = all.iter().flat_map(|order| &order.lines);
        let lines: Vec<_> = lines.filter(|line| line.sku.as_str() == *name).collect();
        let promised: i64 = lines
            .iter()
            .map(|line| i64::from(line.progress.reserved))
            .sum();
        assert_eq!(
            (on_hand, reserved),
            (ledger.on_hand[place], promised),
            "{name}"
        );
        assert!((0..=on_hand).contains(&reserved), "{name}");
        let waits = lines.iter().any(|line| line.progress.back_ordered > 0);
        assert!(
            !waits || on_hand == reserved,
            "{name} lies idle while somebody waits"
        );
        let shipped: i64 = lines
            .iter()
            .map(|line| i64::from(line.progress.shipped))
            .sum();
        rows_agree(shop, name, (on_hand, reserved, shipped)).await;
    }
}

/// The movements of an item sum up to its stock, and to what its orders say has gone.
async fn rows_agree(shop: &Shop, name: &str, (on_hand, reserved, shipped): (i64, i64, i64)) {
    let sku = name.parse().unwrap();
    let mut view = shop.store.read().await.unwrap();
    let rows = view.stock_movements(&sku, 0, 10_000).await.unwrap().rows;
    let sum = |kinds: &[MovementKind], of: fn(&MovementRecord) -> i64| -> i64 {
        let rows = rows.iter().filter(|row| kinds.contains(&row.kind));
        rows.map(of).sum()
    };
    let came = sum(&[MovementKind::Received, MovementKind::Corrected], |row| {
        row.on_hand
    });
    let gone = -sum(&[MovementKind::Shipped], |row| row.on_hand);
    assert_eq!((came, gone), (on_hand + shipped, shipped), "{name}");
    let promised: i64 = rows.iter().map(|row| row.reserved).sum();
    assert_eq!(promised, reserved, "{name}");
}

/// A person answers every order of one buyer from now on.
async fn accepts_by_hand(shop: &Shop) {
    let mut work = shop.store.begin().await.unwrap();
    let mut bolt = work.buyer(&HELD.parse().unwrap()).await.unwrap().unwrap();
    bolt.manual_acceptance = true;
    assert!(work.update_buyer(&bolt).await.unwrap());
    work.commit().await.unwrap();
}

fn live_through(place: &dyn Place, history: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5), ("WINE", 5)]).await;
        accepts_by_hand(&shop).await;
        let mut ledger = Ledger { on_hand: [5, 5] };
        for step in history {
            happen(&shop, step, &mut ledger).await;
            adds_up(&shop, &ledger).await;
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn stock_adds_up_over_any_history(history in prop::collection::vec(step(), 1..30)) {
        for place in places() {
            live_through(place.as_ref(), &history);
        }
    }
}
