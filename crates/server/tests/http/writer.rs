//! The one writer: nothing oversold, nothing decided twice, nothing left unanswered.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use countersign_server::desk::{DeskError, Operation, Work};
use http::Method;

use crate::support::{Answer, TestServer, operator};

/// Longer than anything here takes.
const HANG_GUARD: Duration = Duration::from_secs(30);

struct Explode;

#[async_trait]
impl Operation for Explode {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        work.audit("explode", "nothing", "").await?;
        panic!("a defect")
    }
}

fn count(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut verdicts = BTreeMap::new();
    for answer in answers {
        *verdicts.entry(answer.verdict()).or_default() += 1;
    }
    verdicts
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_orders_at_once_for_fifty_units_sell_exactly_fifty() {
    let server = TestServer::start().await;
    server.stocks("WATER", 50).await;
    let acme = server.buyer("acme").await;
    let mut orders = Vec::new();
    for n in 0..200 {
        let mut buyer = acme.again(&server).await;
        orders.push(tokio::spawn(async move {
            let draft = buyer.order(&format!("PO-{n}"), "WATER", 1);
            buyer.submits(draft).await
        }));
    }
    let mut answers = Vec::new();
    for order in orders {
        answers.push(order.await.unwrap());
    }
    let expected = [
        ("201 accepted".to_owned(), 50),
        ("201 declined".to_owned(), 150),
    ];
    assert_eq!(count(&answers), expected.into());
    assert_eq!(server.stock("WATER").await, (50, 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_twenty_times_at_once_are_one_order() {
    let server = TestServer::start().await;
    server.stocks("WATER", 50).await;
    let acme = server.buyer("acme").await;
    let order = acme.order("PO-1", "WATER", 2).complete().unwrap();
    let envelope = acme.envelope(&order.to_json());
    let mut copies = Vec::new();
    for _ in 0..20 {
        let (mut buyer, envelope) = (acme.again(&server).await, envelope.clone());
        copies.push(tokio::spawn(async move { buyer.sends(envelope).await }));
    }
    let mut answers = Vec::new();
    for copy in copies {
        answers.push(copy.await.unwrap());
    }
    let expected = [
        ("200 accepted".to_owned(), 19),
        ("201 accepted".to_owned(), 1),
    ];
    assert_eq!(count(&answers), expected.into());
    let receipt = answers[0].json()["receipt"].clone();
    assert!(
        answers
            .iter()
            .all(|answer| answer.json()["receipt"] == receipt)
    );
    assert_eq!(server.stock("WATER").await, (50, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_under_way_are_answered_before_the_server_stops() {
    let mut server = TestServer::start().await;
    server.stocks("WATER", 50).await;
    let acme = server.buyer("acme").await;
    let mut orders = Vec::new();
    for n in 0..8 {
        let mut buyer = acme.again(&server).await;
        let order = buyer
            .order(&format!("PO-{n}"), "WATER", 1)
            .complete()
            .unwrap();
        let envelope = buyer.envelope(&order.to_json());
        orders.push(tokio::spawn(async move { buyer.sends(envelope).await }));
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
    server.stop().await;
    let mut decided = 0;
    for order in orders {
        // A request the server had not begun to read may find its connection closed.
        if let Ok(answer) = order.await {
            assert_eq!(answer.verdict(), "201 accepted");
            decided += 1;
        }
    }
    assert_eq!(server.stock("WATER").await, (50, decided));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_operation_and_never_the_writer() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let desk = server.served_desk();
    let outcome = desk.run(&operator(), Explode).await;
    assert!(matches!(outcome, Err(DeskError::OutcomeUnknown)));
    drop(desk);
    assert_eq!(
        acme.submits(acme.order("PO-1", "WATER", 1)).await.verdict(),
        "201 accepted"
    );
    let mut view = server.desk.store().read().await.unwrap();
    let audit = view.audit(None, 100).await.unwrap();
    assert!(audit.rows.iter().all(|row| row.entry.action != "explode"));
}

/// Waits until so many orders wait for the writer.
async fn wait_for_orders(server: &TestServer, count: usize) {
    let mut client = server.client().await;
    let waiting = format!("countersign_orders_waiting {count}\n");
    let all_wait = async {
        loop {
            let metrics = client.get("/metrics").await;
            if String::from_utf8(metrics.bytes).unwrap().contains(&waiting) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANG_GUARD, all_wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_order_and_not_those_that_came_with_it() {
    let server = TestServer::start().await;
    server.stocks("WATER", 50).await;
    let acme = server.buyer("acme").await;
    let envelopes: Vec<_> = (0..4)
        .map(|n| {
            acme.order(&format!("PO-{n}"), "WATER", 1)
                .complete()
                .unwrap()
        })
        .map(|order| acme.envelope(&order.to_json()))
        .collect();
    // The first order waits for its turn, and the others come into its batch meanwhile. That batch panics,
    // and so does the second order again when it is alone.
    let mut buyers = Vec::new();
    for _ in &envelopes {
        buyers.push(acme.again(&server).await);
    }
    server.explosions.follow(&[true, false, true]);
    let stands_still = server.faults.nothing_begins().await;
    let mut orders = Vec::new();
    for (place, (mut buyer, envelope)) in buyers.into_iter().zip(envelopes.clone()).enumerate() {
        orders.push(tokio::spawn(async move { buyer.sends(envelope).await }));
        if place == 0 {
            let begins = server.explosions.the_writer_begins();
            tokio::time::timeout(HANG_GUARD, begins).await.unwrap();
        }
        wait_for_orders(&server, place + 1).await;
    }
    drop(stands_still);
    let mut verdicts = Vec::new();
    for order in orders {
        verdicts.push(order.await.unwrap().verdict());
    }
    let expected = [
        "201 accepted",
        "500 internal-error",
        "201 accepted",
        "201 accepted",
    ];
    assert_eq!(verdicts, expected);
    assert_eq!(server.stock("WATER").await, (50, 3));
    // Nothing of it was kept, and the writer goes on.
    let mut buyer = acme.again(&server).await;
    let again = buyer.sends(envelopes[1].clone()).await;
    assert_eq!(again.verdict(), "201 accepted");
    assert_eq!(server.stock("WATER").await, (50, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_account_asks_for_takes_no_orders_place() {
    const ASKED: usize = 40;
    let server = TestServer::start().await;
    server.stocks("WATER", 50).await;
    let acme = server.buyer("acme").await;
    let mut other = server.buyer("other").await;
    let mut greedy = Vec::new();
    for _ in 0..ASKED {
        greedy.push(acme.again(&server).await);
    }
    let stands_still = server.faults.nothing_begins().await;
    let asked: Vec<_> = greedy
        .into_iter()
        .map(|mut buyer| {
            tokio::spawn(async move {
                let path = "/v1/keys/challenges";
                buyer.client.send(Method::POST, path, None).await
            })
        })
        .collect();
    let order = other.order("PO-1", "WATER", 1);
    let ordered = tokio::spawn(async move { other.submits(order).await });
    wait_for_orders(&server, 1).await;
    drop(stands_still);
    assert_eq!(ordered.await.unwrap().verdict(), "201 accepted");
    let mut refused = 0;
    for answer in asked {
        let answer = answer.await.unwrap();
        if answer.verdict() == "503 busy" {
            assert!(answer.headers.contains_key("retry-after"));
            refused += 1;
        } else {
            assert_eq!(answer.status.as_u16(), 201);
        }
    }
    assert!(refused > 0 && refused < ASKED, "{refused} refused");
}

/// Each line repeats its SKU in the receipt and in the reason, with every character escaped.
#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_of_the_largest_order_can_be_signed() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let mut order = acme.order("PO-1", "WATER", 1);
    let model = order.lines.remove(0);
    order.lines = (0..1_000)
        .map(|n| {
            let mut line = model.clone();
            line.offer.sku = format!("{n:04}{}", "\"".repeat(252)).parse().unwrap();
            line
        })
        .collect();
    let answer = acme.submits(order).await;
    assert_eq!(answer.verdict(), "201 declined");
}
