//! A shop at work: three buyers, two clerks at other machines, twelve orders, and what follows from
//! them: mails, webhooks, movements of stock, statements and evidence, line by line.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::BTreeMap;

use countersign_tests::clerk::Clerk;
use countersign_tests::mail::{header, judged};
use countersign_tests::po::Po;
use countersign_tests::receiver::Receiver;
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::{Value, json};

/// Everybody who takes part.
struct Scene {
    shop: Shop,
    acme: Po,
    bolt: Po,
    cog: Po,
    /// A clerk.
    kim: Clerk,
    /// A supervisor.
    lee: Clerk,
    hooks: Receiver,
}

impl Scene {
    /// Goods are on the shelves, bolt has a price of its own, and the webhook of the seller is known.
    fn set() -> Self {
        let shop = Shop::open_with(&[
            ("OPD_DESK_MODE", "manual"),
            ("OPD_DESK_HOLD_ABOVE", r#"{ USD = "60.00" }"#),
            ("OPD_DESK_HOLD_FOR", "15 seconds"),
            ("OPD_WEBHOOKS_ALLOW", "[\"127.0.0.1\"]"),
        ]);
        let (acme, bolt) = (Po::joined(&shop, "acme"), Po::joined(&shop, "bolt"));
        let cog = Po::joined(&shop, "cog");
        let kim = Clerk::at_work(&shop, "kim", "clerk");
        let lee = Clerk::at_work(&shop, "lee", "supervisor");
        let hooks = Receiver::start();
        let added = shop.opd(&["webhook", "add", &hooks.url(), "--for", "seller"]);
        hooks.expects(&[added.ok().text().trim()]);
        Self {
            shop,
            acme,
            bolt,
            cog,
            kim,
            lee,
            hooks,
        }
    }

    fn who(&self, buyer: &str) -> &Po {
        match buyer {
            "acme" => &self.acme,
            "bolt" => &self.bolt,
            "cog" => &self.cog,
            other => panic!("nobody is called {other}"),
        }
    }

    /// Places an order that is decided so.
    #[track_caller]
    fn orders(&self, buyer: &str, number: &str, wanted: &[&str], decision: &str) -> Value {
        let arguments = [wanted, &["--number", number]].concat();
        let answer = self.who(buyer).orders(&arguments).json();
        assert_eq!(answer["decision"], decision, "{buyer} {number}: {answer}");
        answer
    }

    /// The ID of a buyer's order: two buyers may use one number.
    #[track_caller]
    fn id(&self, buyer: &str, number: &str) -> String {
        let found = self.shop.orders().into_iter().find(|order| {
            (&order["buyer"], &order["purchase_order_number"]) == (&json!(buyer), &json!(number))
        });
        let found = found.unwrap_or_else(|| panic!("no {number} of {buyer}"));
        found["id"].as_str().unwrap().to_owned()
    }

    /// Somebody of the desk does something with an order, and it is then so.
    #[track_caller]
    fn does(&self, clerk: &Clerk, action: &[&str], (buyer, number): (&str, &str), state: &str) {
        let id = self.id(buyer, number);
        let arguments = [&["order", action[0], &id], &action[1..]].concat();
        let order = clerk.json(&arguments);
        assert_eq!(order["state"], state, "{arguments:?}: {order}");
    }

    /// An order goes the whole way out of the house.
    #[track_caller]
    fn ships(&self, clerk: &Clerk, order: (&str, &str)) {
        self.does(clerk, &["prepare"], order, "preparing");
        self.does(clerk, &["pack"], order, "packed");
        self.does(clerk, &["ship", "--carrier", "UPS"], order, "shipped");
    }
}

#[test]
fn three_buyers_and_two_clerks_trade_and_all_of_it_can_be_proved() {
    let scene = Scene::set();
    what_is_plain(&scene);
    what_is_missing_and_comes(&scene);
    what_is_called_off(&scene);
    what_is_held(&scene);
    what_costs_otherwise(&scene);
    whose_key_is_lost(&scene);
    everything_has_gone_its_way(&scene);
    the_names_are_right(&scene);
    the_stock_is_accounted_for(&scene);
    the_letters_are_right(&scene);
    the_webhooks_are_right(&scene);
    all_of_it_is_proved(&scene);
}

/// One order at the list price; one that cannot be had.
fn what_is_plain(scene: &Scene) {
    scene.orders("bolt", "PO-1", &["BREAD=10"], "accepted");
    scene.ships(&scene.kim, ("bolt", "PO-1"));
    let none = scene.orders("acme", "PO-1", &["SALT=50"], "declined");
    assert_eq!(none["reasons"][0]["code"], "out-of-stock");
}

/// A parcel with what is there; the rest when it comes, to whoever ordered first.
fn what_is_missing_and_comes(scene: &Scene) {
    let first = ["WATER=3", "SALT=8", "--partial"];
    scene.orders("acme", "PO-2", &first, "accepted");
    let second = ["SALT=2", "BREAD=1", "--partial"];
    scene.orders("bolt", "PO-2", &second, "accepted");
    let order = ("acme", "PO-2");
    scene.does(&scene.kim, &["prepare"], order, "preparing");
    scene.does(&scene.kim, &["pack"], order, "packed");
    let parcel = ["ship", "--carrier", "UPS", "--tracking", "1Z"];
    scene.does(&scene.kim, &parcel, order, "part_shipped");
    let level = scene.kim.json(&["stock", "receive", "SALT", "4"]);
    assert_eq!(
        (&level["on_hand"], &level["reserved"]),
        (&json!(4), &json!(4))
    );
    let waiting = scene
        .kim
        .json(&["order", "show", &scene.id("bolt", "PO-2")]);
    let line = &waiting["lines"][0];
    assert_eq!(
        (&line["reserved"], &line["back_ordered"]),
        (&json!(1), &json!(1)),
        "acme was first"
    );
    scene.ships(&scene.lee, order);
    scene.kim.json(&["stock", "receive", "SALT", "10"]);
    scene.ships(&scene.kim, ("bolt", "PO-2"));
}

/// By the buyer, with a signed document; by a clerk, with a reason.
fn what_is_called_off(scene: &Scene) {
    scene.orders("acme", "PO-3", &["WATER=2"], "accepted");
    let cancel = [
        "cancel",
        "PO-3",
        "--reason",
        "ordered twice",
        "--yes",
        "--no-input",
    ];
    scene.acme.run(&cancel).ok();
    scene.orders("bolt", "PO-3", &["BREAD=4"], "accepted");
    let broken = ["cancel", "--reason", "the oven is broken"];
    scene.does(&scene.kim, &broken, ("bolt", "PO-3"), "cancelled");
}

/// One hold is approved by the supervisor, whom it needs; the other ends by itself.
fn what_is_held(scene: &Scene) {
    scene.orders("cog", "PO-1", &["WATER=6"], "held");
    scene.orders("bolt", "PO-4", &["WATER=5"], "held");
    let id = scene.id("bolt", "PO-4");
    let refused = scene.kim.opd(&["order", "approve", &id]).ends_with(1);
    assert!(refused.stderr.contains("supervisor"), "{}", refused.stderr);
    scene.does(&scene.lee, &["approve"], ("bolt", "PO-4"), "accepted");
    scene.ships(&scene.kim, ("bolt", "PO-4"));
}

/// A price by contract; and a price that rose after the order was written.
fn what_costs_otherwise(scene: &Scene) {
    let prices = "buyer,sku,currency,price,per,from,to\nbolt,WATER,USD,12.50,,2026-01-01,\n";
    scene.shop.write("prices.csv", prices);
    scene.shop.opd(&["price", "import", "prices.csv"]).ok();
    let cheap = scene.orders("bolt", "PO-5", &["WATER=2"], "accepted");
    assert_eq!(cheap["order"]["total"], "25.00");
    scene.ships(&scene.kim, ("bolt", "PO-5"));

    let root = scene.shop.front().root.fingerprint().to_string();
    let now = countersign_tests::chance::now();
    let order = json!({
        "document": "countersign/order/1", "seller": "shop.example", "seller_root": root,
        "buyer": "cog", "purchase_order_number": "PO-2", "issued_at": format!("{now:.3}"),
        "currency": "USD", "total": "28.00",
        "lines": [
            {"line": 1, "sku": "WATER", "description": "WATER", "quantity": 2, "unit": "EA", "unit_price": "14.00"},
        ],
    });
    scene.cog.write("order.json", order.to_string());
    let run = scene
        .cog
        .orders(&["--file", "order.json", "--accept-current"]);
    let answer = run.ok().json();
    assert_eq!(
        (&answer["decision"], &answer["order"]["attempt"]),
        (&json!("accepted"), &json!(2))
    );
    assert_eq!(answer["order"]["total"], "30.00");
    scene.ships(&scene.lee, ("cog", "PO-2"));
}

/// What a revoked key signs is no order.
fn whose_key_is_lost(scene: &Scene) {
    let keys = rows(&scene.shop.opd_json(&["key", "list", "cog"]));
    let fingerprint = keys[0]["key_fingerprint"].as_str().unwrap();
    let revoke = ["key", "revoke", "cog", fingerprint, "--reason", "lost"];
    scene.shop.opd(&revoke).ok();
    let refused = scene.cog.orders(&["BREAD=1", "--number", "PO-3"]);
    assert_eq!(refused.problem()["code"], "key-not-active");
    let refusals = scene.shop.refusals();
    let codes: Vec<_> = refusals.iter().map(|refusal| &refusal["code"]).collect();
    assert_eq!(codes, [&json!("key-not-active")]);
}

/// Where each order stands in the end; only cog's first is waited for.
fn everything_has_gone_its_way(scene: &Scene) {
    let stands = || {
        let mut all: Vec<String> = scene.shop.orders().iter().map(standing).collect();
        all.sort();
        all
    };
    eventually("the hold of cog has ended", || {
        stands().contains(&"cog PO-1.1 declined".to_owned())
    });
    assert_eq!(
        stands(),
        [
            "acme PO-1.1 declined",
            "acme PO-2.1 shipped",
            "acme PO-3.1 cancelled",
            "bolt PO-1.1 shipped",
            "bolt PO-2.1 shipped",
            "bolt PO-3.1 cancelled",
            "bolt PO-4.1 shipped",
            "bolt PO-5.1 shipped",
            "cog PO-1.1 declined",
            "cog PO-2.1 declined",
            "cog PO-2.2 shipped",
        ]
    );
}

fn standing(order: &Value) -> String {
    let text = |name: &str| order[name].as_str().unwrap().to_owned();
    let (buyer, number) = (text("buyer"), text("purchase_order_number"));
    format!("{buyer} {number}.{} {}", order["attempt"], text("state"))
}

/// Every move has a row with who made it.
fn the_names_are_right(scene: &Scene) {
    let told = |buyer: &str, number: &str| -> Vec<String> {
        let order = scene
            .shop
            .opd_json(&["order", "show", &scene.id(buyer, number)]);
        let timeline = order["timeline"].as_array().unwrap().iter();
        timeline
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                format!("{} by {}", text("event"), text("by"))
            })
            .collect()
    };
    assert_eq!(
        told("acme", "PO-2"),
        [
            "accepted by automatic",
            "preparing by kim",
            "packed by kim",
            "part_shipped by kim",
            "back_order_filled by kim",
            "preparing by lee",
            "packed by lee",
            "shipped by lee",
        ]
    );
    assert_eq!(
        told("bolt", "PO-4"),
        [
            "held by automatic",
            "accepted by lee",
            "preparing by kim",
            "packed by kim",
            "shipped by kim",
        ]
    );
    assert_eq!(
        told("acme", "PO-3"),
        ["accepted by automatic", "cancelled by acme"]
    );
    assert_eq!(
        told("bolt", "PO-3"),
        ["accepted by automatic", "cancelled by kim"]
    );
    assert_eq!(
        told("cog", "PO-1"),
        ["held by automatic", "declined by automatic"]
    );
}

/// What came in and what was found is what is there and what has left, item by item.
fn the_stock_is_accounted_for(scene: &Scene) {
    let items = rows(&scene.shop.opd_json(&["item", "list"]));
    let level = |sku: &str| {
        let item = items.iter().find(|item| item["sku"] == sku).unwrap();
        let number = |name: &str| item[name].as_i64().unwrap();
        (number("on_hand"), number("reserved"))
    };
    for (sku, at_first, came, gone) in [
        ("WATER", 100, 0, 3 + 5 + 2 + 2),
        ("BREAD", 100, 0, 10 + 1),
        ("SALT", 5, 14, 8 + 2),
    ] {
        let moved = rows(&scene.shop.opd_json(&["stock", "movements", sku]));
        let sum = |kind: &str| -> i64 {
            let rows = moved.iter().filter(|row| row["kind"] == kind);
            rows.map(|row| row["on_hand"].as_i64().unwrap()).sum()
        };
        let found = (sum("corrected"), sum("received"), -sum("shipped"));
        assert_eq!(found, (at_first, came, gone), "{sku}");
        assert_eq!(level(sku), (at_first + came - gone, 0), "{sku}");
        let of = |row: &Value, name: &str| row[name].as_i64().unwrap();
        let (mut on_hand, mut reserved) = (0, 0);
        for row in &moved {
            on_hand += of(row, "on_hand");
            reserved += of(row, "reserved");
            assert!(0 <= reserved && reserved <= on_hand, "{sku}: {row}");
        }
    }
}

/// The kinds of letters that each buyer gets, and how many of each.
const LETTERS: [(&str, &[(&str, usize)]); 3] = [
    (
        "acme",
        &[
            ("back-order-filled", 1),
            ("key-enrolled", 1),
            ("order-accepted", 2),
            ("order-cancelled", 1),
            ("order-declined", 1),
            ("order-part-shipped", 1),
            ("order-shipped", 1),
        ],
    ),
    (
        "bolt",
        &[
            ("back-order-filled", 2),
            ("key-enrolled", 1),
            ("order-accepted", 5),
            ("order-cancelled", 1),
            ("order-held", 1),
            ("order-shipped", 4),
        ],
    ),
    (
        "cog",
        &[
            ("key-enrolled", 1),
            ("key-revoked", 1),
            ("order-accepted", 1),
            ("order-declined", 2),
            ("order-held", 1),
            ("order-shipped", 1),
        ],
    ),
];

fn the_letters_are_right(scene: &Scene) {
    let shop = &scene.shop;
    let listed = || rows(&shop.opd_json(&["outbox", "list", "--all"]));
    eventually("every letter is sent", || {
        listed().iter().all(|mail| mail["state"] == "sent")
    });
    let mut count: BTreeMap<(String, String), usize> = BTreeMap::new();
    for mail in listed() {
        let text = |name: &str| mail[name].as_str().unwrap().to_owned();
        *count.entry((text("to"), text("kind"))).or_default() += 1;
    }
    let mut expected = BTreeMap::new();
    for (buyer, kinds) in LETTERS {
        for (kind, times) in kinds {
            let key = (format!("{buyer}@buyer.example"), (*kind).to_owned());
            expected.insert(key, *times);
        }
    }
    assert_eq!(count, expected);
    let letters = shop.letters(&["Message-ID"]);
    assert_eq!(letters.len(), count.values().sum::<usize>());
    for letter in &letters {
        let subject = header(letter, "Subject").unwrap();
        let announces = judged(shop.folder(), &shop.certificate_pem("root"), letter);
        // A letter about stock that was set aside announces no statement.
        assert_eq!(
            announces.is_none(),
            subject.ends_with("have come in"),
            "{subject}"
        );
    }
}

/// What the webhook of the seller was told: every statement once, in the order of the log.
fn the_webhooks_are_right(scene: &Scene) {
    let expected = BTreeMap::from([
        ("order.accepted", 8),
        ("order.cancelled", 2),
        ("order.declined", 3),
        ("order.held", 2),
        ("order.part_shipped", 1),
        ("order.shipped", 6),
        ("key.revoked", 1),
    ]);
    let told = scene.hooks.told(expected.values().sum());
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &told {
        assert!(one.verified && one.tampered == 0, "{one:?}");
        let kind = one.payload["type"].as_str().unwrap();
        *kinds.entry(kind).or_default() += 1;
    }
    assert_eq!(kinds, expected);
    let statements: Vec<u64> = told
        .iter()
        .map(|one| one.payload["data"]["statement"].as_u64().unwrap())
        .collect();
    assert!(
        statements.windows(2).all(|pair| pair[0] < pair[1]),
        "{statements:?}"
    );
}

/// What is in the evidence of each order, as a judge reads it.
const PROOFS: [(&str, &str, &[&str]); 6] = [
    (
        "acme",
        "PO-2",
        &[
            "accepted on",
            "shipment 1 of 8 units",
            "shipment 2 of 3 units",
        ],
    ),
    ("acme", "PO-3", &["accepted on", "ordered twice"]),
    ("bolt", "PO-3", &["accepted on", "the oven is broken"]),
    (
        "bolt",
        "PO-4",
        &[
            "held on",
            "order-value",
            "accepted on",
            "shipment 1 of 5 units",
        ],
    ),
    ("cog", "PO-1", &["held on", "hold-expired"]),
    ("cog", "PO-2", &["accepted on", "shipment 1 of 2 units"]),
];

fn all_of_it_is_proved(scene: &Scene) {
    let root = scene.shop.front().root.fingerprint().to_string();
    for (buyer, number, words) in PROOFS {
        let po = scene.who(buyer);
        let file = format!("{number}.json");
        po.run(&["evidence", number, "-o", &file]).ok();
        let judged = po.run(&["verify", &file, "--root", &root, "--explain"]);
        let judged = judged.ok().text();
        for words in [words, &["logged"]].concat() {
            assert!(
                judged.contains(words),
                "{buyer} {number}: {words}: {judged}"
            );
        }
    }
    scene.shop.opd(&["log", "verify"]).ok();
}
