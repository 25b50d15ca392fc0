//! A day at the desk on the real programs: three buyers, two clerks, twelve orders with everything that
//! can happen to one, and then every letter, event, movement, statement, proof and name, line by line.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

mod deals;
mod events;
mod letters;
mod names;
mod proofs;
mod stock;

use countersign_tests::clerk::Clerk;
use countersign_tests::document::Draft;
use countersign_tests::po::Po;
use countersign_tests::receiver::Receiver;
use countersign_tests::shop::{ORIGIN, Shop, rows};
use serde_json::{Value, json};

use crate::deals::{DEALS, GATE, buyer_of};

/// Everyone there is.
struct Day {
    shop: Shop,
    acme: Po,
    bolt: Po,
    cargo: Po,
    /// A clerk, at another machine.
    kim: Clerk,
    /// A supervisor, at a third.
    lee: Clerk,
    /// What the seller's own programs are told.
    sellers: Receiver,
    /// What bolt's are told.
    bolts: Receiver,
}

#[test]
fn a_trading_day_is_told_to_everyone_and_adds_up() {
    let mut day = Day::begins();
    for step in [
        Day::a_buyer_has_a_price_of_its_own,
        Day::an_order_leaves_in_two_parts,
        Day::a_back_order_waits_its_turn,
        Day::a_buyer_cancels_and_a_clerk_does,
        Day::a_supervisor_approves_what_is_held,
        Day::nobody_answers_what_is_held,
        Day::a_price_changes_before_an_order_comes,
        Day::the_operator_ships_and_a_supervisor_counts,
        Day::a_key_is_revoked_and_signs_in_vain,
    ] {
        step(&mut day);
        stock::adds_up(&day.shop);
    }
    day.states_are_as_they_must_be();
    letters::are_right(&day);
    events::are_right(&day);
    names::are_right(&day);
    let proofs = proofs::fetched(&day);
    letters::carry_each_statement_once(&day, &proofs);
    stock::left_as_was_stated(&day.shop, &proofs);
    day.shop.close();
    proofs::hold_offline(&day, &proofs);
    day.shop.opd(&["log", "verify"]).ok();
}

/// Adds a webhook to a receiver.
#[track_caller]
fn tells(shop: &Shop, receiver: &Receiver, whose: &str) {
    let add = ["webhook", "add", &receiver.url(), "--for", whose];
    let secret = shop.opd(&add).ok().text();
    receiver.expects(&[secret.trim()]);
}

impl Day {
    fn begins() -> Self {
        let shop = Shop::open_with(&[
            ("OPD_DESK_MODE", "manual"),
            ("OPD_DESK_HOLD_ABOVE", r#"{ USD = "100.00" }"#),
            ("OPD_WEBHOOKS_ALLOW", r#"["127.0.0.1"]"#),
        ]);
        let (sellers, bolts) = (Receiver::start(), Receiver::start());
        tells(&shop, &sellers, "seller");
        let [acme, bolt, cargo] = ["acme", "bolt", "cargo"].map(|id| Po::joined(&shop, id));
        tells(&shop, &bolts, "bolt");
        shop.opd(&["buyer", "set", "bolt", "--goods-in-email", GATE])
            .ok();
        let kim = Clerk::at_work(&shop, "kim", "clerk");
        let lee = Clerk::at_work(&shop, "lee", "supervisor");
        Self {
            shop,
            acme,
            bolt,
            cargo,
            kim,
            lee,
            sellers,
            bolts,
        }
    }

    /// The program of the buyer whose number this is.
    fn po(&self, number: &str) -> &Po {
        match buyer_of(number) {
            "acme" => &self.acme,
            "bolt" => &self.bolt,
            _ => &self.cargo,
        }
    }

    /// Orders under a number, which must be accepted, and gives back the order.
    #[track_caller]
    fn orders(&self, number: &str, wanted: &[&str]) -> Value {
        let arguments = [wanted, &["--number", number]].concat();
        let answer = self.po(number).orders(&arguments).ok().json();
        assert_eq!(answer["decision"], "accepted", "{answer}");
        answer["order"].clone()
    }

    /// Orders under a number, which must be held.
    #[track_caller]
    fn orders_what_is_held(&self, number: &str, wanted: &str) {
        let po = self.po(number);
        let answer = po.orders(&[wanted, "--number", number]).ends_with(6).json();
        assert_eq!(answer["decision"], "held", "{answer}");
        assert_eq!(answer["reasons"][0]["code"], "order-value", "{answer}");
    }

    fn a_buyer_has_a_price_of_its_own(&mut self) {
        let table = "buyer,sku,currency,price,per,from,to\nbolt,WATER,USD,12.50,,2026-01-01,\n";
        self.shop.write("prices.csv", table);
        self.shop.opd(&["price", "import", "prices.csv"]).ok();
        let order = self.orders("B-3", &["WATER=4"]);
        assert_eq!(order["total"], "50.00");
        ships(&self.lee, "B-3");
    }

    fn an_order_leaves_in_two_parts(&mut self) {
        let order = self.orders("A-1", &["WATER=3", "BREAD=4"]);
        assert_eq!(order["total"], "55.00", "at the price for everyone");
        self.kim.opd(&["order", "prepare", "A-1"]).ok();
        // Whoever comes second is told who was first.
        let late = self.lee.opd(&["order", "prepare", "A-1"]).ends_with(6);
        assert!(late.stderr.contains("kim"), "{}", late.stderr);
        let pack = ["order", "pack", "A-1", "--line", "1=2", "--line", "2=4"];
        self.kim.opd(&pack).ok();
        let ship = ["order", "ship", "A-1", "--carrier", "bicycle"];
        let order = self.kim.json(&ship);
        let shipped = |line: usize| order["lines"][line]["shipped"].clone();
        assert_eq!((shipped(0), shipped(1)), (json!(2), json!(4)), "{order}");
        ships(&self.lee, "A-1");
    }

    fn a_back_order_waits_its_turn(&mut self) {
        self.orders("A-2", &["SALT=8", "--partial"]);
        ships(&self.kim, "A-2");
        self.orders("B-4", &["SALT=1", "BREAD=1", "--partial"]);
        let waits = |number: &str| {
            let order = self.shop.opd_json(&["order", "show", number]);
            let line = &order["lines"][0];
            (line["reserved"].clone(), line["back_ordered"].clone())
        };
        assert_eq!(waits("A-2"), (json!(0), json!(3)));
        self.kim.opd(&["stock", "receive", "SALT", "3"]).ok();
        // The older order gets all of it, the younger what comes next.
        assert_eq!(waits("A-2"), (json!(3), json!(0)));
        assert_eq!(waits("B-4"), (json!(0), json!(1)));
        self.lee.opd(&["stock", "receive", "SALT", "2"]).ok();
        assert_eq!(waits("B-4"), (json!(1), json!(0)));
        ships(&self.kim, "A-2");
        ships(&self.lee, "B-4");
    }

    fn a_buyer_cancels_and_a_clerk_does(&mut self) {
        self.orders("A-3", &["BREAD=2"]);
        let cancel = ["cancel", "A-3", "--reason", "ordered twice"];
        let said = self
            .acme
            .run(&[&cancel[..], &["--yes", "--no-input"]].concat());
        assert!(said.ok().text().starts_with("cancelled: A-3"));
        self.orders("B-1", &["BREAD=5"]);
        let cancel = ["order", "cancel", "B-1"];
        self.kim.opd(&cancel).ends_with(2);
        let reason = ["--reason", "the last loaves are stale"];
        self.kim.opd(&[&cancel[..], &reason].concat()).ok();
    }

    fn a_supervisor_approves_what_is_held(&mut self) {
        self.orders_what_is_held("A-4", "WATER=8");
        let refused = self.kim.opd(&["order", "approve", "A-4"]).ends_with(1);
        assert!(refused.stderr.contains("role"), "{}", refused.stderr);
        self.kim.opd(&["order", "prepare", "A-4"]).ends_with(6);
        self.lee.opd(&["order", "approve", "A-4"]).ok();
        ships(&self.kim, "A-4");
    }

    /// From here on the shop answers within a second what it holds, or not at all; it closes and opens
    /// for that, and everyone stays signed in.
    fn nobody_answers_what_is_held(&mut self) {
        self.shop.set("OPD_DESK_HOLD_FOR", "1 second");
        self.shop.close();
        self.shop.serve();
        self.orders_what_is_held("B-2", "WATER=10");
        self.shop.wait_for_state("B-2", "declined");
        self.lee.opd(&["order", "approve", "B-2"]).ends_with(6);
    }

    fn a_price_changes_before_an_order_comes(&mut self) {
        let root = self.shop.front().root.fingerprint().to_string();
        let draft = Draft::new(ORIGIN, &root, "cargo", "C-1").line("BREAD", 4, "2.50");
        self.cargo.write("order.json", draft.bytes());
        let table = "sku,name,unit,unit_price,currency,quantity\nBREAD,BREAD,EA,2.75,USD,0\n";
        self.shop.write("goods.csv", table);
        self.shop.opd(&["item", "import", "goods.csv"]).ok();
        let run = self
            .cargo
            .orders(&["--file", "order.json", "--accept-current"])
            .ok();
        let told = "line 1    BREAD: price 2.50 USD becomes 2.75 USD";
        assert!(run.stderr.contains(told), "{}", run.stderr);
        let order = &run.json()["order"];
        assert_eq!(
            (&order["attempt"], &order["total"]),
            (&json!(2), &json!("11.00"))
        );
        ships(&self.kim, "C-1");
    }

    fn the_operator_ships_and_a_supervisor_counts(&mut self) {
        self.orders("C-2", &["WATER=1"]);
        let ship = ["order", "ship", "C-2", "--carrier", "UPS"];
        for step in [
            &["order", "prepare", "C-2"][..],
            &["order", "pack", "C-2"],
            &ship,
        ] {
            self.shop.opd(step).ok();
        }
        self.orders("C-3", &["WATER=1", "BREAD=1"]);
        let count = [
            "stock",
            "correct",
            "BREAD",
            "90",
            "--reason",
            "two are stale",
        ];
        self.kim.opd(&count).ends_with(1);
        self.lee.opd(&count).ok();
    }

    fn a_key_is_revoked_and_signs_in_vain(&mut self) {
        let keys = rows(&self.shop.opd_json(&["key", "list", "cargo"]));
        let key = keys[0]["key_fingerprint"].as_str().unwrap();
        let revoke = ["key", "revoke", "cargo", key, "--reason", "stolen"];
        self.shop.opd(&revoke).ok();
        let refused = self.cargo.orders(&["WATER=1", "--number", "C-4"]);
        assert_eq!(refused.problem()["code"], "key-not-active", "{refused:?}");
        let refusals = self.shop.refusals();
        let told: Vec<_> = refusals
            .iter()
            .map(|row| (&row["purchase_order_number"], &row["code"]))
            .collect();
        assert_eq!(told, [(&json!("C-4"), &json!("key-not-active"))]);
    }

    fn states_are_as_they_must_be(&self) {
        let mut orders: Vec<_> = self.shop.orders();
        let place = |order: &Value| {
            let number = order["purchase_order_number"].as_str().unwrap().to_owned();
            (number, order["attempt"].as_u64())
        };
        orders.sort_by_key(place);
        assert_eq!(orders.len(), DEALS.len());
        for (order, deal) in orders.iter().zip(&DEALS) {
            assert_eq!(
                (
                    &order["purchase_order_number"],
                    &order["attempt"],
                    &order["buyer"],
                    &order["state"]
                ),
                (
                    &json!(deal.number),
                    &json!(deal.attempt),
                    &json!(deal.buyer()),
                    &json!(deal.state())
                )
            );
        }
    }

    /// The order that a deal tells of, as the desk shows it.
    #[track_caller]
    fn order_of(&self, deal: &deals::Deal) -> Value {
        let mut orders = self.shop.orders();
        orders.retain(|order| {
            order["purchase_order_number"] == deal.number && order["attempt"] == deal.attempt
        });
        let [order] = orders.as_slice() else {
            panic!("{}: {orders:?}", deal.number);
        };
        let id = order["id"].as_str().unwrap();
        self.shop.opd_json(&["order", "show", id])
    }
}

/// Somebody takes all that is set aside of an order to the door.
#[track_caller]
fn ships(clerk: &Clerk, number: &str) {
    clerk.opd(&["order", "prepare", number]).ok();
    clerk.opd(&["order", "pack", number]).ok();
    clerk
        .opd(&["order", "ship", number, "--carrier", "UPS"])
        .ok();
}
