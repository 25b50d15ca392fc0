//! A shop with something in every table.

use countersign_order::{Keeping, LineUnits, Money, Move, Quantity};
use countersign_store::{
    AuditEntry, BuyerRecord, Correspondence, KeyRevocation, LegacyKey, NewInvite, NewSession,
    NoteRecord, PriceKey, PriceRecord, StatementRecord, Store, TokenScope,
};

use crate::cancellations::request;
use crate::log::cosignature;
use crate::orders::{make, shipping};
use crate::people::token;
use crate::refusals::of_an_order;
use crate::shop::{
    Shop, account, buyer, counted, digest, fresh, key, later, now, occasion, offer, today,
};
use crate::statements::statement;
use crate::webhooks::hook;

/// Orders of the shop that is copied, besides a few of every kind.
const ORDERS: u32 = 700;
/// Orders of one batch.
const BATCH: u32 = 100;

fn wanted() -> u32 {
    let named = std::env::var("COUNTERSIGN_COPIED_ORDERS");
    named.map_or(ORDERS, |number| number.parse().unwrap())
}

/// Something in every table, null where it may be and not where it need not.
async fn trades(shop: &Shop) {
    let accepted = shop.order("acme", "PO-1", &[("WATER", 1), ("WINE", 2)]);
    let shipped = shop.order("acme", "PO-2", &[("WATER", 2)]);
    let partial = shop.partial("bolt", "PO-1", &[("WINE", 50)]);
    let declined = shop.order("bolt", "PO-2", &[("WATER", 1_000_000)]);
    signs(shop).await;
    agrees(shop).await;
    let batch = [accepted.clone(), shipped.clone(), partial.clone(), declined];
    shop.takes_in(&batch).await;
    make(shop, &shipped, Move::Prepare).await;
    let lines = vec![LineUnits { line: 1, units: 2 }];
    let pack = Move::Pack {
        lines,
        is_short: false,
    };
    make(shop, &shipped, pack).await;
    make(shop, &shipped, shipping(&[(1, 2)])).await;
    make(shop, &partial, Move::Cancel).await;
    let mut work = shop.store.begin().await.unwrap();
    let note = NoteRecord {
        at: later(3),
        by: "jo".to_owned(),
        note: "über\nzwei Zeilen".parse().unwrap(),
    };
    work.insert_order_note(&accepted.order_id, &note)
        .await
        .unwrap();
    work.insert_cancellation_request(&request(partial.order_id, 3))
        .await
        .unwrap();
    work.correct_stock(&"WATER".parse().unwrap(), 7, &counted(), occasion(later(4)))
        .await
        .unwrap()
        .unwrap();
    work.insert_refusals(&[of_an_order("acme", 2), of_an_order("bolt", 0)])
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// People, their keys and their secrets.
async fn signs(shop: &Shop) {
    let mut work = shop.store.begin().await.unwrap();
    let stopped = BuyerRecord {
        on_stop: true,
        enabled: false,
        manual_acceptance: true,
        ..buyer("cargo")
    };
    assert!(work.insert_buyer(&stopped).await.unwrap());
    assert!(work.insert_account(&account("kim", None)).await.unwrap());
    let (kept, revoked) = (key("acme"), key("acme"));
    for key in [&kept, &revoked] {
        work.insert_key(key).await.unwrap();
    }
    let revocation = KeyRevocation {
        at: later(1),
        reason: "lost".to_owned(),
        statement: 2,
    };
    assert!(work.revoke_key(&revoked.id, &revocation).await.unwrap());
    work.set_key_end(&kept.id, later(9)).await.unwrap();
    work.note_reminder(&kept.id, 30).await.unwrap();
    let legacy = LegacyKey {
        account: "acme".parse().unwrap(),
        algorithm: "rsa-1024".to_owned(),
        key_sha256: digest(fresh()),
        public_key: vec![0x30, 0, 0xff],
    };
    assert!(work.insert_legacy_key(&legacy).await.unwrap());
    let session = NewSession {
        token_sha256: digest(fresh()),
        account: "acme".parse().unwrap(),
        created_at: now(),
        idle_ends_at: later(60),
        ends_at: later(600),
    };
    work.insert_session(&session).await.unwrap();
    work.insert_challenge(&"acme".parse().unwrap(), &digest(fresh()), later(60))
        .await
        .unwrap();
    let invite = NewInvite {
        code_sha256: digest(fresh()),
        account: "bolt".parse().unwrap(),
        created_at: now(),
        expires_at: later(600),
    };
    work.insert_invite(&invite).await.unwrap();
    work.insert_token(&token("acme", TokenScope::Read))
        .await
        .unwrap();
    work.record(&entry("first")).await.unwrap();
    work.append(&[statement(0), statement(1), statement(2), statement(3)])
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// What is agreed with buyers, and whom the shop tells.
async fn agrees(shop: &Shop) {
    let (acme, bolt) = ("acme".parse().unwrap(), "bolt".parse().unwrap());
    let mut work = shop.store.begin().await.unwrap();
    let usd = Money::parse("5000.00", "USD".parse().unwrap()).unwrap();
    work.set_credit_limit(&bolt, usd).await.unwrap();
    let limits = [usd].into_iter().collect();
    work.set_order_limits(&"acme".parse().unwrap(), &limits)
        .await
        .unwrap();
    let email = "new@acme.example".parse().unwrap();
    assert!(
        work.change_email(&"acme".parse().unwrap(), &email, later(2))
            .await
            .unwrap()
    );
    let agreed = Correspondence {
        language: "de".parse().unwrap(),
        orders_email: Some("orders@acme.example".parse().unwrap()),
        goods_in_email: None,
    };
    work.set_correspondence(&acme, &agreed).await.unwrap();
    let price = PriceRecord {
        key: PriceKey {
            buyer: acme,
            sku: "WINE".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            from: today().tomorrow().unwrap(),
        },
        unit_price: "14.50".parse().unwrap(),
        per: Quantity::ONE,
        to: None,
    };
    work.upsert_prices(&[price]).await.unwrap();
    let keeping = Keeping {
        backorder: false,
        low_stock: Some(3),
    };
    work.keep_items(&[("WATER".parse().unwrap(), keeping)])
        .await
        .unwrap();
    for of in [Some("acme"), None, Some("bolt")] {
        work.insert_webhook(&hook(of), now()).await.unwrap();
    }
    // The last number was given, and is never given again.
    assert!(work.delete_webhook(3).await.unwrap());
    work.rotate_webhook(1, "whsec_two", later(60))
        .await
        .unwrap();
    work.disable_webhook(2, "it is \"gone\"", later(5))
        .await
        .unwrap();
    let origin = "shop.example".parse().unwrap();
    work.keep_cosignature(&origin, &cosignature(0))
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// A statement with this number, whose digest is like no other's.
pub(super) fn numbered(number: u64) -> StatementRecord {
    StatementRecord {
        number,
        sha256: digest(number + (1 << 40)),
        ..statement(0)
    }
}

/// Something to be kept in the audit.
pub(super) fn entry(subject: &str) -> AuditEntry {
    AuditEntry {
        at: now(),
        by: "operator:root".to_owned(),
        action: "item.import".to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    }
}

/// A shop with something in every table, and many orders.
pub(super) async fn a_shop_in(store: impl Store + 'static) {
    let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(store);
    let shop = Shop::with_stock(store, &[("WATER", 1_000_000), ("WINE", 3)]).await;
    trades(&shop).await;
    let mut number = 0;
    while number < wanted() {
        let orders: Vec<_> = (number..number + BATCH)
            .map(|number| shop.order("acme", &format!("MANY-{number}"), &[("SALT", 1)]))
            .collect();
        number += BATCH;
        let mut work = shop.store.begin().await.unwrap();
        work.upsert_items(&[offer("SALT")]).await.unwrap();
        let more = Quantity::try_from(BATCH).unwrap();
        work.receive_stock(&"SALT".parse().unwrap(), more, occasion(now()))
            .await
            .unwrap()
            .unwrap();
        work.commit().await.unwrap();
        shop.takes_in(&orders).await;
    }
    // A log that follows the first one, and has begun.
    let mut work = shop.store.begin().await.unwrap();
    let next = work.log_head().await.unwrap().unwrap().next_statement();
    work.open_successor(&"shop.example/2".parse().unwrap())
        .await
        .unwrap();
    work.append(&[numbered(next), numbered(next + 1)])
        .await
        .unwrap();
    work.commit().await.unwrap();
}
