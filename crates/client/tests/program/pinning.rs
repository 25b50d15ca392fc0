//! Whom the program talks to, and what it says before it knows.

use crate::buyer::Buyer;
use crate::shop::{Conduct, Shop};

#[test]
fn an_unpinned_server_learns_nothing_of_the_password() {
    let shop = Shop::honest();
    let run = Buyer::new().signs_in(&shop);
    assert_ne!(run.code, 0);
    assert!(shop.asked("POST", "/v1/sessions").is_empty());
}

#[test]
fn nobody_to_ask_and_no_fingerprint_is_refused() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    let run = buyer.runs(["trust", "127.0.0.1", &shop.port.to_string()]);
    assert_ne!(run.code, 0);
    assert!(run.err.contains("fingerprint"), "{}", run.err);
    assert_ne!(buyer.signs_in(&shop).code, 0);
}

#[test]
fn a_root_with_another_fingerprint_is_not_pinned() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    let other = format!("sha256:{}", "ab".repeat(32));
    let port = shop.port.to_string();
    let run = buyer.runs(["trust", "127.0.0.1", &port, "--fingerprint", &other]);
    assert_ne!(run.code, 0);
    assert_ne!(buyer.signs_in(&shop).code, 0);
    assert!(shop.asked("POST", "/v1/sessions").is_empty());
}

#[test]
fn a_pinned_server_is_signed_in_to() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    buyer.signs_in(&shop).succeeds();
    assert_eq!(shop.asked("POST", "/v1/sessions").len(), 1);
}

#[test]
fn an_impostor_at_the_pinned_address_hears_nothing() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    let impostor = Shop::honest();
    // The same address in the buyer's eyes: what is pinned is moved to the impostor's port.
    for path in crate::buyer::files_below(&buyer.home()) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let moved = text.replace(&shop.port.to_string(), &impostor.port.to_string());
        std::fs::write(path, moved).unwrap();
    }
    let run = buyer.signs_in(&impostor).ends_with(3);
    assert!(run.err.contains("another root"), "{}", run.err);
    assert!(!impostor.was_asked_anything());
}

#[test]
fn a_seller_statement_by_another_root_is_not_believed() {
    let shop = Shop::open(Conduct {
        statement_root_is_another: true,
        ..Conduct::default()
    });
    let buyer = Buyer::new();
    buyer.trusts(&shop).ends_with(3);
    assert_ne!(buyer.signs_in(&shop).code, 0);
}

#[test]
fn a_seller_statement_about_another_seller_is_not_believed() {
    let shop = Shop::open(Conduct {
        statement: |statement| statement.common.seller = "other.example".parse().unwrap(),
        ..Conduct::default()
    });
    Buyer::new().trusts(&shop).ends_with(3);
}

#[test]
fn a_seller_statement_about_another_root_is_not_believed() {
    let shop = Shop::open(Conduct {
        statement: |statement| {
            statement.common.seller_root = countersign_order::Digest::from_bytes([0; 32]);
        },
        ..Conduct::default()
    });
    Buyer::new().trusts(&shop).ends_with(3);
}

#[test]
fn another_root_for_a_pinned_seller_is_refused() {
    let (shop, copy, buyer) = (Shop::honest(), Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    let run = buyer.trusts(&copy).ends_with(3);
    assert!(run.err.contains("another root"), "{}", run.err);
    let sellers = buyer.runs(["sellers"]).succeeds().out;
    assert!(sellers.contains(&shop.root().to_string()), "{sellers}");
}

#[test]
fn a_wrong_password_is_a_sign_in_failure() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    buyer.writes_secret("password", "not this one");
    buyer.signs_in(&shop).ends_with(4);
}

#[test]
fn no_connection_can_be_retried() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    // Port 9 is discard: nobody listens there.
    let run = buyer.runs([
        "trust",
        "127.0.0.1",
        "9",
        "--fingerprint",
        &shop.root().to_string(),
    ]);
    run.ends_with(7);
}
