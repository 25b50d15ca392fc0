//! The desk at work, on the real programs: parcels in parts, people who race, and stock that comes in
//! while others order.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::sync::Mutex;

use countersign_tests::buyer::Session;
use countersign_tests::crowd::all_at_once;
use countersign_tests::guide::{Guide, shell};
use countersign_tests::http::{Answer, Connection, Request};
use countersign_tests::po::Po;
use countersign_tests::programs::{Ran, built};
use countersign_tests::shop::{Shop, eventually};
use serde_json::{Value, json};

/// A shop that ships nothing before a clerk does.
fn unhurried_shop() -> Shop {
    Shop::open_with(&[("OPD_DESK_MODE", "manual")])
}

/// Runs a block of the guide page as it stands.
fn types(shop: &Shop, tag: &str) -> Ran {
    let page = Guide::page("fulfil.md");
    let programs = built("opd").parent().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", programs.display());
    let data = shop.data();
    let variables = [
        ("PATH", path.as_str()),
        ("OPD_DATA", data.to_str().unwrap()),
    ];
    shell(shop.folder(), &variables, page.block(tag)).ok()
}

/// The blocks of the page, and what each says.
const BLOCKS: [(&str, &[&str]); 9] = [
    (
        "picklist",
        &[
            "PICK LIST",
            "PO-2 of acme",
            "[ ]        5 EA   WATER",
            "[ ]        5 EA   SALT",
        ],
    ),
    ("prepare", &["leave it at the gate"]),
    ("pack", &["PO-1 of acme is packed."]),
    (
        "slip",
        &[
            "PACKING SLIP",
            "Shipment      1, packed",
            "   2         4         8         0          4  EA",
        ],
    ),
    ("ship", &["part_shipped"]),
    (
        "rest",
        &["PO-1 of acme is part_shipped.", "PO-1 of acme is shipped."],
    ),
    ("cancel", &["PO-2 of acme is cancelled."]),
    (
        "stock",
        &[
            "one bag was torn",
            "SALT is not back-ordered, and is low at 10 available.",
        ],
    ),
    (
        "items",
        &["Would import 0 new items, 0 changed, 3 as before."],
    ),
];

#[test]
fn the_page_takes_an_order_in_parts_to_the_door_and_it_can_be_proved() {
    let shop = unhurried_shop();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "SALT=8", "--partial", "--number", "PO-1"])
        .ok();
    po.orders(&["WATER=2", "--number", "PO-2"]).ok();
    let page = Guide::page("fulfil.md");
    assert_eq!(page.tags().len(), BLOCKS.len(), "every block is run");
    for (tag, words) in BLOCKS {
        let said = types(&shop, tag).text();
        for words in words {
            assert!(said.contains(words), "{tag}: {words}: {said}");
        }
    }
    papers_are_there(&shop);
    what_left_is_proved(&shop, &po);
    everyone_is_told(&shop);
    shop.opd(&["log", "verify"]).ok();
}

fn papers_are_there(shop: &Shop) {
    for name in ["picklist.html", "slip.html"] {
        let page = fs::read_to_string(shop.folder().join(name)).unwrap();
        assert!(
            page.contains("SALT") && page.ends_with("</html>\n"),
            "{page}"
        );
    }
    let slip = shop.opd(&["order", "slip", "PO-1", "--shipment", "2"]);
    let slip = slip.ok().text();
    let line = "   2         1         8         4          3  EA";
    assert!(
        slip.contains("Shipment      2, UPS, ") && slip.contains(line),
        "{slip}"
    );
}

fn what_left_is_proved(shop: &Shop, po: &Po) {
    let order = po.run(&["status", "PO-1", "--json"]).ok().json();
    assert_eq!(
        (&order["state"], &order["lines"][1]["shipped"]),
        (&json!("shipped"), &json!(8))
    );
    assert!(
        !order.to_string().contains("gate"),
        "buyers see no notes: {order}"
    );
    po.run(&["evidence", "PO-1", "-o", "deal.json"]).ok();
    let root = shop.front().root.fingerprint().to_string();
    let explained = po.run(&["verify", "deal.json", "--root", &root, "--explain"]);
    let explained = explained.ok().text();
    for said in [
        "shipment 1 of 7 units by UPS",
        "shipment 2 of 1 units",
        "shipment 3 of 3 units",
    ] {
        assert!(explained.contains(said), "{said}: {explained}");
    }
}

fn everyone_is_told(shop: &Shop) {
    eventually("every parcel has its letter", || {
        shop.letters(&["PO-1", "shipment.p7m"]).len() == 3
    });
    let cancelled = ["PO-2", "the last one is broken", "cancellation.p7m"];
    eventually("the cancellation has its letter", || {
        shop.letters(&cancelled).len() == 1
    });
}

/// A clerk with an open connection.
struct Clerk {
    name: &'static str,
    session: Session,
    connection: Mutex<Connection>,
}

impl Clerk {
    fn at(shop: &Shop, name: &'static str) -> Self {
        let session = shop.clerk(name);
        let connection = Mutex::new(session.server.connect().unwrap());
        Self {
            name,
            session,
            connection,
        }
    }

    fn asks(&self, request: Request) -> Answer {
        let request = request.token(&self.session.token);
        self.connection.lock().unwrap().ask(&request).unwrap()
    }
}

/// Lets two clerks, who have both seen this revision, do the same; gives back the order after it.
fn race(clerks: &[Clerk; 2], order: &Value, action: &str, body: &Value) -> Value {
    let (id, revision) = (
        order["id"].as_str().unwrap(),
        order["revision"].as_u64().unwrap(),
    );
    let path = format!("/v1/desk/orders/{id}/{action}");
    let answers = all_at_once(2, |n| {
        let request = Request::post_json(&path, body).if_match(&format!("\"{revision}\""));
        clerks[n].asks(request)
    });
    let winner = usize::from(answers[0].status != 200);
    let (first, second) = (&answers[winner], &answers[1 - winner]);
    let moved = first.clone().with_status(200).json();
    assert_eq!(moved["revision"], revision + 1);
    let problem = second.problem(409, "move-not-allowed");
    let last = moved["timeline"].as_array().unwrap().last().unwrap();
    let name = clerks[winner].name;
    assert_eq!(
        (&problem["moved_by"], &last["by"]),
        (&json!(name), &json!(name))
    );
    assert_eq!(problem["moved_at"], last["at"]);
    moved
}

#[test]
fn of_two_clerks_who_race_a_thousand_times_one_wins_each_time() {
    const ORDER_COUNT: usize = 12;
    const PARCELS: u32 = 28;
    let shop = unhurried_shop();
    shop.opd(&["stock", "receive", "WATER", "1000"]).ok();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let clerks = [Clerk::at(&shop, "jo"), Clerk::at(&shop, "sam")];
    let one = json!({"carrier": "UPS", "lines": [{"line": 1, "quantity": 1}]});
    let mut races = 0;
    for number in 0..ORDER_COUNT {
        let draft = acme
            .draft(&format!("PO-{number}"))
            .line("WATER", PARCELS, "15.00");
        let answer = session.submits(&acme.envelope(&draft)).decision("accepted");
        let mut order = answer["order"].clone();
        for _ in 0..PARCELS {
            order = race(&clerks, &order, "prepare", &json!({}));
            order = race(&clerks, &order, "pack", &json!({}));
            order = race(&clerks, &order, "ship", &one);
            races += 3;
        }
        assert_eq!(order["state"], "shipped");
        let path = format!("/v1/orders/{}/statements", order["id"].as_str().unwrap());
        let statements = session.rows(&path);
        let parcels = statements[1..].iter();
        assert!(
            parcels
                .clone()
                .all(|row| row["document"] == "countersign/shipment/1")
        );
        assert_eq!(
            u32::try_from(parcels.len()).unwrap(),
            PARCELS,
            "one statement for each move that was won"
        );
    }
    assert!(races >= 1000, "{races} races");
    let mails = countersign_tests::shop::rows(&shop.opd_json(&["outbox", "list", "--all"]));
    let shipped = mails.iter().filter(|mail| {
        let kind = mail["kind"].as_str().unwrap();
        matches!(kind, "order-shipped" | "order-part-shipped")
    });
    assert_eq!(
        u32::try_from(shipped.count()),
        Ok(races / 3),
        "and one mail"
    );
    shop.opd(&["log", "verify"]).ok();
}

/// What whoever fills back-orders does while others order: receives, and now and then cancels.
fn restocks(clerk: &Session, round: usize) {
    let received = json!({"quantity": 1 + round % 4});
    let request = Request::post_json("/v1/desk/items/SALT/receive", &received);
    let level = clerk.ask(request).with_status(200).json();
    let (on_hand, reserved) = (level["on_hand"].as_i64(), level["reserved"].as_i64());
    assert!(Some(0) <= reserved && reserved <= on_hand, "{level}");
    if round % 5 == 4 {
        let open = clerk.rows("/v1/desk/orders?state=accepted&limit=200");
        if let Some(order) = open.get(round % open.len().max(1)) {
            let path = format!("/v1/desk/orders/{}/cancel", order["id"].as_str().unwrap());
            let request = Request::post_json(&path, &json!({"reason": "a test"}));
            let answer = clerk.ask(request);
            // Somebody else may have called it off meanwhile.
            if answer.status != 200 {
                answer.problem(409, "move-not-allowed");
            }
        }
    }
}

#[test]
fn back_orders_are_filled_oldest_first_while_new_orders_come_in() {
    const BUYERS: usize = 6;
    const ROUNDS: usize = 16;
    let shop = unhurried_shop();
    shop.opd(&["stock", "receive", "BREAD", "1000"]).ok();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let clerk = shop.clerk("jo");
    all_at_once(BUYERS + 2, |n| {
        for round in 0..ROUNDS {
            if n >= BUYERS {
                restocks(&clerk, round + n);
                continue;
            }
            let units = 1 + u32::try_from((n + round) % 5).unwrap();
            let draft = acme
                .draft(&format!("PO-{n}-{round}"))
                .line("SALT", units, "0.99")
                .line("BREAD", 1, "2.50")
                .with("/fulfilment", json!("partial"));
            session.submits(&acme.envelope(&draft)).decision("accepted");
        }
    });

    let mut orders = clerk.rows("/v1/desk/orders?limit=200");
    assert_eq!(orders.len(), BUYERS * ROUNDS);
    let number = |order: &Value| -> u64 {
        let ours = order["sales_order_number"].as_str().unwrap();
        ours.trim_start_matches("SO-").parse().unwrap()
    };
    orders.sort_by_key(number);
    let (mut waits, mut reserved) = (false, 0);
    for order in orders.iter().filter(|order| order["state"] == "accepted") {
        let salt = &order["lines"][0];
        assert!(
            !waits || salt["reserved"] == 0,
            "served before its turn: {order}"
        );
        waits |= salt["back_ordered"] != 0;
        reserved += salt["reserved"].as_i64().unwrap();
    }
    assert!(waits, "the load was too small");
    let items = shop.opd_json(&["item", "list"]);
    let items = countersign_tests::shop::rows(&items);
    let salt = items.iter().find(|item| item["sku"] == "SALT").unwrap();
    assert_eq!(
        (&salt["on_hand"], &salt["reserved"]),
        (&json!(reserved), &json!(reserved))
    );
    let moved = countersign_tests::shop::rows(&shop.opd_json(&["stock", "movements", "SALT"]));
    let sum = |of: &str| -> i64 { moved.iter().map(|row| row[of].as_i64().unwrap()).sum() };
    assert_eq!((sum("on_hand"), sum("reserved")), (reserved, reserved));
    shop.opd(&["log", "verify"]).ok();
}
