//! A shop to test with: its words make and take in orders.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_order::{
    BuyerId, Digest, Draft, DraftLine, Entry, Fulfilment, KeyId, Offer, OrderId, Outcome,
    PurchaseOrder, Quantity, RefusalId, Role, ShortText, decide,
};
use countersign_store::{
    AccountRecord, BuyerRecord, KeyInsertion, MailDetail, NewKey, NewMail, NewOrder,
    NewWebhookEvent, Occasion, OrderRecord, ShopRecord, StatementKind, StatementRecord, Store,
    Transaction,
};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// The time of every test, unless it says otherwise.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

/// The day of [`now`].
pub(crate) fn today() -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(now()).date()
}

/// So many seconds after [`now`].
pub(crate) fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// Who restocks in these tests, and when.
pub(crate) const fn occasion(at: Timestamp) -> Occasion<'static> {
    Occasion {
        at,
        by: "operator:test",
    }
}

/// Why a count differs.
pub(crate) fn counted() -> ShortText {
    "counted".parse().unwrap()
}

/// A number that no other call in this process returns.
pub(crate) fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The digest that stands for a number.
pub(crate) fn digest(number: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Digest::from_bytes(bytes)
}

fn uuid(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// An order's ID, larger than all before.
pub(crate) fn order_id() -> OrderId {
    OrderId::from_uuid_bytes(uuid(fresh()))
}

/// A refusal's ID, larger than all before.
pub(crate) fn refusal_id() -> RefusalId {
    RefusalId::from_uuid_bytes(uuid(fresh()))
}

/// A key's ID.
pub(crate) fn key_id() -> KeyId {
    KeyId::from_uuid_bytes(uuid(fresh()))
}

/// An item at 15.00 USD each.
pub(crate) fn offer(sku: &str) -> Offer {
    Offer {
        sku: sku.parse().unwrap(),
        name: format!("{sku}, boxed").parse().unwrap(),
        unit: "EA".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        unit_price: "15".parse().unwrap(),
        per: Quantity::ONE,
    }
}

/// A buyer that may order.
pub(crate) fn buyer(id: &str) -> BuyerRecord {
    BuyerRecord {
        id: id.parse().unwrap(),
        name: format!("{id} Ltd"),
        address: None,
        enabled: true,
        on_stop: false,
        manual_acceptance: false,
        mail_detail: MailDetail::Full,
        created_at: now(),
    }
}

/// An account that may sign in, of a buyer if one is named.
pub(crate) fn account(id: &str, buyer: Option<&str>) -> AccountRecord {
    AccountRecord {
        id: id.parse().unwrap(),
        buyer: buyer.map(|buyer| buyer.parse().unwrap()),
        role: if buyer.is_some() {
            Role::Buyer
        } else {
            Role::Clerk
        },
        name: "Jo".to_owned(),
        email: "jo@acme.example".parse().unwrap(),
        enabled: true,
        verifier: Some("argon2id$1".to_owned()),
        created_at: now(),
    }
}

/// A key unlike all others, of the buyer's first account.
pub(crate) fn key(buyer: &str) -> NewKey {
    let number = fresh();
    NewKey {
        id: key_id(),
        account: buyer.parse().unwrap(),
        buyer: buyer.parse().unwrap(),
        certificate: vec![0x30, 0],
        certificate_sha256: digest(number),
        key_sha256: digest(number + (1 << 32)),
        issuer_and_serial: number.to_be_bytes().to_vec(),
        subject_key_identifier: Some(number.to_be_bytes().to_vec()),
        algorithm: "rsa-3072".to_owned(),
        label: None,
        ends_at: None,
        enrolled_at: now(),
        authorised_by: "operator".to_owned(),
        possession: None,
        authorisation: None,
        enrolment_statement: number,
    }
}

/// A shop with buyers `acme` and `bolt`, who have one key each.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) store: Arc<dyn Store>,
    keys: Vec<(BuyerId, Digest)>,
}

/// The store, with a shop without anything in it: its log can grow.
pub(crate) async fn founded(store: Arc<dyn Store>) -> Arc<dyn Store> {
    found(store.as_ref()).await;
    store
}

/// Founds a shop.
pub(crate) async fn found(store: &dyn Store) {
    let shop = ShopRecord {
        origin: "shop.example".parse().unwrap(),
        root: digest(0),
        created_at: now(),
    };
    let mut work = store.begin().await.unwrap();
    assert!(work.insert_shop(&shop).await.unwrap());
    work.commit().await.unwrap();
}

impl Shop {
    /// Opens the shop with these items in stock.
    pub(crate) async fn with_stock(store: Arc<dyn Store>, stock: &[(&str, u32)]) -> Self {
        let store = founded(store).await;
        let mut work = store.begin().await.unwrap();
        let mut keys = Vec::new();
        for id in ["acme", "bolt"] {
            assert!(work.insert_buyer(&buyer(id)).await.unwrap());
            assert!(work.insert_account(&account(id, Some(id))).await.unwrap());
            let key = key(id);
            assert_eq!(work.insert_key(&key).await.unwrap(), KeyInsertion::Enrolled);
            keys.push((key.buyer, key.certificate_sha256));
        }
        for (sku, units) in stock {
            work.upsert_items(&[offer(sku)]).await.unwrap();
            if let Ok(units) = Quantity::try_from(*units) {
                let sku = sku.parse().unwrap();
                work.receive_stock(&sku, units, occasion(now()))
                    .await
                    .unwrap()
                    .unwrap();
            }
        }
        work.commit().await.unwrap();
        Self { store, keys }
    }

    /// The same shop, once its database was copied to another store.
    pub(crate) fn moved_to(&self, store: Arc<dyn Store>) -> Self {
        Self {
            store,
            keys: self.keys.clone(),
        }
    }

    /// An order by a buyer under a number, of so many units of each item.
    pub(crate) fn order(&self, buyer: &str, number: &str, lines: &[(&str, u32)]) -> Entry {
        self.entry(buyer, number, lines, Fulfilment::Complete)
    }

    /// The same, content with part of it.
    pub(crate) fn partial(&self, buyer: &str, number: &str, lines: &[(&str, u32)]) -> Entry {
        self.entry(buyer, number, lines, Fulfilment::Partial)
    }

    fn entry(
        &self,
        buyer: &str,
        number: &str,
        lines: &[(&str, u32)],
        fulfilment: Fulfilment,
    ) -> Entry {
        let buyer: BuyerId = buyer.parse().unwrap();
        let (_, certificate) = self.keys.iter().find(|(id, _)| *id == buyer).unwrap();
        let order = purchase_order(&buyer, number, lines, fulfilment);
        Entry {
            order: Arc::new(order),
            order_id: order_id(),
            account: (&buyer).into(),
            certificate: *certificate,
            content: digest(fresh()),
            signing_time: now(),
            received_at: now(),
        }
    }

    /// Takes in a batch and commits it.
    pub(crate) async fn takes_in(&self, batch: &[Entry]) -> Vec<Outcome> {
        let mut work = self.store.begin().await.unwrap();
        let outcomes = decide_batch(work.as_mut(), batch).await;
        work.commit().await.unwrap();
        outcomes
    }

    /// The order as it is kept.
    pub(crate) async fn kept(&self, id: &OrderId) -> Option<OrderRecord> {
        self.store.read().await.unwrap().order(id).await.unwrap()
    }

    /// On hand and reserved.
    pub(crate) async fn stock(&self, sku: &str) -> (i64, i64) {
        let mut view = self.store.read().await.unwrap();
        let item = view.item(&sku.parse().unwrap()).await.unwrap().unwrap();
        (item.stock.on_hand, item.stock.reserved)
    }
}

fn purchase_order(
    buyer: &BuyerId,
    number: &str,
    lines: &[(&str, u32)],
    fulfilment: Fulfilment,
) -> PurchaseOrder {
    let lines = lines
        .iter()
        .map(|(sku, units)| DraftLine::of(offer(sku), Quantity::try_from(*units).unwrap()))
        .collect();
    Draft {
        seller: "shop.example".parse().unwrap(),
        seller_root: digest(0),
        buyer: buyer.clone(),
        purchase_order_number: number.parse().unwrap(),
        issued_at: now(),
        lapses_at: None,
        fulfilment,
        lines,
        ship_to: None,
        requested_delivery: None,
        contract: None,
        contact: None,
        replaces: None,
        references: Vec::new(),
        note: Some("ring twice".parse().unwrap()),
    }
    .complete()
    .unwrap()
}

/// The intake of one batch as the desk does it, short of the commit.
pub(crate) async fn decide_batch(work: &mut dyn Transaction, batch: &[Entry]) -> Vec<Outcome> {
    let snapshot = work.load(batch, today()).await.unwrap().snapshot;
    let (outcomes, changes) = decide(&snapshot, batch, now());
    let first = work.log_head().await.unwrap().unwrap().next_statement();
    let decided = batch
        .iter()
        .zip(&outcomes)
        .filter_map(|(entry, outcome)| match outcome {
            Outcome::Decided(decided) => Some((entry, decided)),
            Outcome::Repeat(_) | Outcome::Rejected(_) => None,
        });
    let orders: Vec<NewOrder<'_>> = decided
        .zip(first..)
        .map(|((entry, decided), receipt)| NewOrder {
            entry,
            decided,
            receipt,
            signed_data: b"signed",
        })
        .collect();
    let receipts: Vec<StatementRecord> = orders.iter().map(receipt).collect();
    let mails: Vec<NewMail> = orders
        .iter()
        .map(|order| mail(&order.decided.order_id))
        .collect();
    work.append(&receipts).await.unwrap();
    work.apply(&orders, &changes).await.unwrap();
    work.insert_mail(&mails, now()).await.unwrap();
    let events: Vec<NewWebhookEvent> = orders.iter().map(accepted_event).collect();
    work.insert_webhook_events(&events, now()).await.unwrap();
    outcomes
}

fn receipt(order: &NewOrder<'_>) -> StatementRecord {
    StatementRecord {
        number: order.receipt,
        kind: StatementKind::Receipt,
        order: Some(order.decided.order_id),
        account: Some(order.entry.account.clone()),
        issued_at: order.decided.decided_at,
        der: format!("receipt {}", order.decided.order_id).into_bytes(),
        sha256: digest(order.receipt),
    }
}

/// A mail about an order, due now.
pub(crate) fn mail(order: &OrderId) -> NewMail {
    NewMail {
        event_id: format!("order-accepted.{order}"),
        kind: "order-accepted".to_owned(),
        to: "jo@acme.example".parse().unwrap(),
        order: Some(*order),
        payload: "{\"name\":\"Acme \\\"Ltd\\\"\"}".to_owned(),
        due_at: now(),
    }
}

/// What webhooks are told of an order.
fn accepted_event(order: &NewOrder<'_>) -> NewWebhookEvent {
    NewWebhookEvent {
        id: format!("msg_{}", order.receipt),
        kind: "order.accepted".to_owned(),
        buyer: order.entry.order.buyer.clone(),
        order: Some(order.decided.order_id),
        statement: Some(order.receipt),
        payload: "{\"type\":\"order.accepted\"}".to_owned(),
    }
}

/// The order that was decided.
pub(crate) fn decided(outcome: &Outcome) -> &countersign_order::Decided {
    match outcome {
        Outcome::Decided(decided) => decided,
        other @ (Outcome::Repeat(_) | Outcome::Rejected(_)) => panic!("not decided: {other:?}"),
    }
}
