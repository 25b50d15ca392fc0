//! Webhooks: told after the commit, signed, tried again by the schedule, and only where allowed.

use std::time::{Duration, Instant};

use countersign_order::LineUnits;
use countersign_server::config::{DeskMode, Settings};
use countersign_server::desk::operations::{
    AddWebhook, MoveOrder, ReplayWebhook, RotateWebhook, SetWebhookEnabled, Step,
};
use countersign_server::random::Random;
use countersign_server::webhooks::{EventKind, Secret};
use countersign_store::{DeliveryRecord, DeliveryState, Replay, WebhookRecord};
use jiff::SignedDuration;
use serde_json::Value;

use crate::support::{Buyer, Receiver, Reception, TestServer, Told, operator, rsa_key};

/// How long a receiver may take in these tests, in seconds.
const TIMEOUT_SECONDS: u32 = 1;

async fn shop() -> TestServer {
    shop_with(|_| {}).await
}

async fn shop_with(change: impl FnOnce(&mut Settings)) -> TestServer {
    let server = TestServer::with(|settings| {
        settings.desk.mode = DeskMode::Manual;
        settings.mail.operator = Some("boss@shop.example".to_owned());
        settings.webhooks.allow = vec!["127.0.0.1".parse().unwrap()];
        settings.webhooks.timeout_seconds = TIMEOUT_SECONDS;
        change(settings);
    })
    .await;
    server.stocks("WATER", 100).await;
    server
}

/// Has a receiver told of everything, or of what concerns one buyer.
pub(crate) async fn tells(server: &TestServer, url: &str, buyer: Option<&str>) -> (u64, Secret) {
    let secret = Secret::generate(Random::system());
    let operation = AddWebhook {
        buyer: buyer.map(|buyer| buyer.parse().unwrap()),
        url: url.to_owned(),
        kinds: Vec::new(),
        secret: secret.clone(),
    };
    let added = server.desk.run(&operator(), operation).await.unwrap();
    (added.number, secret)
}

async fn orders(buyer: &mut Buyer, number: &str) -> String {
    let answer = buyer.submits(buyer.order(number, "WATER", 1)).await;
    assert_eq!(answer.verdict(), "201 accepted");
    answer.json()["order"]["id"].as_str().unwrap().to_owned()
}

async fn webhook(server: &TestServer, number: u64) -> WebhookRecord {
    let mut view = server.desk.store().read().await.unwrap();
    view.webhook(number).await.unwrap().unwrap()
}

/// Deliveries to a webhook, oldest first.
async fn deliveries(server: &TestServer, number: u64) -> Vec<DeliveryRecord> {
    let mut view = server.desk.store().read().await.unwrap();
    let mut rows = view.deliveries(number, None, 100).await.unwrap().rows;
    rows.reverse();
    rows
}

/// The oldest delivery, once this is so of it.
async fn first_when(
    server: &TestServer,
    number: u64,
    is_so: impl Fn(&DeliveryRecord) -> bool,
) -> DeliveryRecord {
    let start = Instant::now();
    loop {
        let all = deliveries(server, number).await;
        if let Some(first) = all.first().filter(|first| is_so(first)) {
            return first.clone();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{all:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether so many attempts have failed, and the next one is not due yet.
fn failed(server: &TestServer, times: u32) -> impl Fn(&DeliveryRecord) -> bool {
    let now = server.clock.now();
    move |delivery| delivery.attempts == times && delivery.error.is_some() && delivery.due_at > now
}

/// Ships all of an order.
async fn ships(server: &TestServer, id: &str) {
    let pack = Step::Pack {
        lines: Vec::new(),
        missing: None,
    };
    let ship = Step::Ship {
        lines: None,
        carrier: "UPS".parse().unwrap(),
        tracking: None,
    };
    for step in [Step::Prepare, pack, ship] {
        let operation = MoveOrder {
            order: id.parse().unwrap(),
            step,
            revision: None,
        };
        let desk = server.served_desk();
        desk.run(&operator(), operation).await.unwrap();
    }
}

#[tokio::test]
async fn everything_is_told_signed_to_whom_it_concerns() {
    let server = shop().await;
    let (hers, the_shops, others) = (
        Receiver::willing().await,
        Receiver::willing().await,
        Receiver::willing().await,
    );
    let mut acme = server.buyer("acme").await;
    server.buyer("bolt").await;
    let (_, secret) = tells(&server, &hers.url, Some("acme")).await;
    tells(&server, &the_shops.url, None).await;
    tells(&server, &others.url, Some("bolt")).await;
    let id = orders(&mut acme, "PO-1").await;
    ships(&server, &id).await;
    server.revokes("acme").await;
    let told = hers.told_so_often(3).await;
    let kinds: Vec<String> = told.iter().map(Told::kind).collect();
    assert_eq!(kinds, ["order.accepted", "order.shipped", "key.revoked"]);
    for told in &told {
        assert!(told.is_signed_with(&secret), "{told:?}");
        assert!(
            told.id.starts_with("msg_") && !told.id.contains('.'),
            "{told:?}"
        );
        assert_eq!(told.timestamp, server.clock.now().as_second());
    }
    let shipped = told[1].json();
    assert_eq!(shipped["timestamp"], "2026-11-23T18:00:00.000Z");
    let data = &shipped["data"];
    assert_eq!(
        (&data["order"], &data["state"]),
        (&id.into(), &"shipped".into())
    );
    assert_eq!(data["purchase_order_number"], "PO-1");
    assert_eq!(
        (&data["seller"], &data["buyer"]),
        (&"shop.example".into(), &"acme".into())
    );
    let mut view = server.desk.store().read().await.unwrap();
    let number = data["statement"].as_u64().unwrap();
    let statement = view.statement(number).await.unwrap().unwrap();
    assert_eq!(
        statement.order.unwrap().to_string(),
        data["order"].as_str().unwrap()
    );
    assert_eq!(data["leaf"], data["statement"]);
    assert_eq!(told[2].json()["data"]["account"], "acme");
    // The same events, under the same IDs.
    let same = the_shops.told_so_often(3).await;
    let ids = |all: &[Told]| all.iter().map(|told| told.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&same), ids(&told));
    assert_eq!(others.told(), []);
}

#[tokio::test]
async fn a_part_is_told_as_a_part_and_a_cancellation_and_a_key_as_what_they_are() {
    let server = shop().await;
    let receiver = Receiver::willing().await;
    let mut acme = server.buyer("acme").await;
    tells(&server, &receiver.url, None).await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 3)).await;
    let id = answer.json()["order"]["id"].as_str().unwrap().to_owned();
    let part = LineUnits { line: 1, units: 1 };
    for step in [
        Step::Prepare,
        Step::Pack {
            lines: Vec::new(),
            missing: None,
        },
        Step::Ship {
            lines: Some(vec![part]),
            carrier: "UPS".parse().unwrap(),
            tracking: None,
        },
        Step::Cancel {
            reason: "broken".parse().unwrap(),
            request: None,
        },
    ] {
        let order = id.parse().unwrap();
        let desk = server.served_desk();
        desk.run(
            &operator(),
            MoveOrder {
                order,
                step,
                revision: None,
            },
        )
        .await
        .unwrap();
    }
    server.enrols("acme", &rsa_key("another")).await;
    let told = receiver.told_so_often(4).await;
    let facts: Vec<(String, Value)> = told
        .iter()
        .map(|told| (told.kind(), told.json()["data"]["state"].clone()))
        .collect();
    let fact = |kind: &str, state: Value| (kind.to_owned(), state);
    assert_eq!(
        facts,
        [
            fact("order.accepted", "accepted".into()),
            fact("order.part_shipped", "part_shipped".into()),
            fact("order.cancelled", "closed".into()),
            fact("key.enrolled", Value::Null),
        ]
    );
}

#[tokio::test]
async fn only_the_kinds_that_were_asked_for_are_told() {
    let server = shop().await;
    let receiver = Receiver::willing().await;
    let mut acme = server.buyer("acme").await;
    let operation = AddWebhook {
        buyer: None,
        url: receiver.url.clone(),
        kinds: vec![EventKind::KeyRevoked],
        secret: Secret::generate(Random::system()),
    };
    server.desk.run(&operator(), operation).await.unwrap();
    orders(&mut acme, "PO-1").await;
    server.revokes("acme").await;
    assert_eq!(receiver.told_so_often(1).await[0].kind(), "key.revoked");
}

#[tokio::test]
async fn what_fails_is_told_again_by_the_schedule_in_order_under_the_same_id() {
    let server = shop().await;
    let receiver = Receiver::open(Reception::Status(500, String::new())).await;
    let mut acme = server.buyer("acme").await;
    let (number, secret) = tells(&server, &receiver.url, None).await;
    orders(&mut acme, "PO-1").await;
    orders(&mut acme, "PO-2").await;
    let first = first_when(&server, number, failed(&server, 1)).await;
    assert_eq!(
        (first.state, first.status),
        (DeliveryState::Waiting, Some(500))
    );
    let wait = first.due_at.duration_since(server.clock.now()).as_millis();
    assert!((5000..5500).contains(&wait), "{wait} ms");
    server.settled().await;
    assert_eq!(
        receiver.told().len(),
        1,
        "the second waits behind the first"
    );
    receiver.becomes(Reception::Status(200, String::new()));
    server.clock.advance(SignedDuration::from_secs(6));
    let told = receiver.told_so_often(3).await;
    let numbers: Vec<_> = told
        .iter()
        .map(|told| told.json()["data"]["purchase_order_number"].clone())
        .collect();
    assert_eq!(numbers, ["PO-1", "PO-1", "PO-2"]);
    assert_eq!((&told[0].id, &told[0].body), (&told[1].id, &told[1].body));
    assert_eq!(told[1].timestamp, told[0].timestamp + 6);
    assert!(told[1].is_signed_with(&secret) && told[1].signatures != told[0].signatures);
    let first = first_when(&server, number, |first| {
        first.state == DeliveryState::Delivered
    })
    .await;
    assert_eq!(
        (first.attempts, first.status, first.error),
        (2, Some(200), None)
    );
}

#[tokio::test]
async fn one_that_hangs_holds_up_nobody_else_and_is_given_a_time() {
    let server = shop().await;
    let hanging = Receiver::open(Reception::Silence).await;
    let willing = Receiver::willing().await;
    let mut acme = server.buyer("acme").await;
    let (number, _) = tells(&server, &hanging.url, None).await;
    tells(&server, &willing.url, None).await;
    for n in 0..5 {
        orders(&mut acme, &format!("PO-{n}")).await;
    }
    willing.told_so_often(5).await;
    let first = first_when(&server, number, failed(&server, 1)).await;
    assert_eq!((first.state, first.status), (DeliveryState::Waiting, None));
    assert!(first.error.unwrap().contains("timeout"));
    assert_eq!(hanging.told().len(), 1);
}

#[tokio::test]
async fn one_that_is_gone_is_disabled_at_once_and_the_operator_is_told() {
    let server = shop().await;
    let receiver = Receiver::open(Reception::Status(410, String::new())).await;
    let mut acme = server.buyer("acme").await;
    let (number, _) = tells(&server, &receiver.url, Some("acme")).await;
    orders(&mut acme, "PO-1").await;
    assert_eq!(
        server.mails("webhook-disabled").await,
        ["boss@shop.example"]
    );
    let (_, reason) = webhook(&server, number).await.disabled.unwrap();
    assert_eq!(reason, "it answered 410 Gone");
    orders(&mut acme, "PO-2").await;
    let states: Vec<_> = deliveries(&server, number)
        .await
        .iter()
        .map(|one| one.state)
        .collect();
    assert_eq!(states, [DeliveryState::GivenUp, DeliveryState::Missed]);
    assert_eq!(receiver.told().len(), 1);
    // Enabled again, it gets what it missed when that is asked for.
    receiver.becomes(Reception::Status(204, String::new()));
    let desk = server.served_desk();
    let replay = || ReplayWebhook {
        number,
        replay: Replay::Since(server.clock.now()),
    };
    assert!(
        desk.run(&operator(), replay()).await.is_err(),
        "while it is disabled"
    );
    let enabled = true;
    desk.run(&operator(), SetWebhookEnabled { number, enabled })
        .await
        .unwrap();
    assert_eq!(desk.run(&operator(), replay()).await.unwrap(), 2);
    let told = receiver.told_so_often(3).await;
    assert_eq!(told[1].id, told[0].id);
}

#[tokio::test]
async fn one_that_takes_nothing_for_the_whole_schedule_is_disabled() {
    let server = shop().await;
    let receiver = Receiver::open(Reception::Status(503, String::new())).await;
    let mut acme = server.buyer("acme").await;
    let (number, _) = tells(&server, &receiver.url, None).await;
    orders(&mut acme, "PO-1").await;
    for attempt in 1..=9 {
        let first = first_when(&server, number, failed(&server, attempt)).await;
        assert_eq!(receiver.told().len(), usize::try_from(attempt).unwrap());
        assert!(webhook(&server, number).await.disabled.is_none());
        server
            .clock
            .advance(first.due_at.duration_since(server.clock.now()));
    }
    first_when(&server, number, |first| {
        first.state == DeliveryState::GivenUp
    })
    .await;
    assert_eq!(receiver.told().len(), 10);
    let (_, reason) = webhook(&server, number).await.disabled.unwrap();
    assert_eq!(
        reason,
        "it took nothing in 10 attempts; the last time it answered 503"
    );
    assert_eq!(
        server.mails("webhook-disabled").await,
        ["boss@shop.example"]
    );
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_never_followed() {
    let server = shop().await;
    let inside = Receiver::willing().await;
    let location = format!("location: {}\r\n", inside.url);
    let receiver = Receiver::open(Reception::Status(307, location)).await;
    let mut acme = server.buyer("acme").await;
    let (number, _) = tells(&server, &receiver.url, None).await;
    orders(&mut acme, "PO-1").await;
    let first = first_when(&server, number, failed(&server, 1)).await;
    assert_eq!(
        (first.state, first.status),
        (DeliveryState::Waiting, Some(307))
    );
    assert!(first.error.unwrap().contains("redirects are not followed"));
    server.settled().await;
    assert_eq!(inside.told(), []);
}

#[tokio::test]
async fn a_private_address_is_not_asked_unless_it_is_allowed() {
    let server = shop_with(|settings| settings.webhooks.allow = Vec::new()).await;
    let receiver = Receiver::willing().await;
    let mut acme = server.buyer("acme").await;
    let url = receiver
        .url
        .replace("http://127.0.0.1", "https://localhost");
    let (number, _) = tells(&server, &url, None).await;
    orders(&mut acme, "PO-1").await;
    let first = first_when(&server, number, failed(&server, 1)).await;
    assert!(first.error.unwrap().contains("no public address"));
    assert_eq!(receiver.told(), []);
    let plain = AddWebhook {
        buyer: None,
        url: receiver.url.clone(),
        kinds: Vec::new(),
        secret: Secret::generate(Random::system()),
    };
    let refused = server.desk.run(&operator(), plain).await.unwrap_err();
    assert!(refused.to_string().contains("https://"), "{refused}");
}

#[tokio::test]
async fn an_answer_without_end_counts_by_its_status() {
    let server = shop().await;
    let good = Receiver::open(Reception::Endless(200)).await;
    let bad = Receiver::open(Reception::Endless(500)).await;
    let mut acme = server.buyer("acme").await;
    let (taken, _) = tells(&server, &good.url, None).await;
    let (refused, _) = tells(&server, &bad.url, None).await;
    orders(&mut acme, "PO-1").await;
    first_when(&server, taken, |first| {
        first.state == DeliveryState::Delivered
    })
    .await;
    let first = first_when(&server, refused, failed(&server, 1)).await;
    assert_eq!(first.status, Some(500));
}

#[tokio::test]
async fn a_receiver_gets_the_time_it_asks_for() {
    let server = shop().await;
    let later = "retry-after: 3600\r\n".to_owned();
    let receiver = Receiver::open(Reception::Status(429, later)).await;
    let mut acme = server.buyer("acme").await;
    let (number, _) = tells(&server, &receiver.url, None).await;
    orders(&mut acme, "PO-1").await;
    let first = first_when(&server, number, failed(&server, 1)).await;
    let wait = first.due_at.duration_since(server.clock.now());
    assert_eq!(wait, SignedDuration::from_hours(1));
}

#[tokio::test]
async fn for_a_day_both_secrets_sign() {
    let server = shop().await;
    let receiver = Receiver::willing().await;
    let mut acme = server.buyer("acme").await;
    let (number, old) = tells(&server, &receiver.url, None).await;
    let new = Secret::generate(Random::system());
    let secret = new.clone();
    server
        .desk
        .run(&operator(), RotateWebhook { number, secret })
        .await
        .unwrap();
    orders(&mut acme, "PO-1").await;
    let told = receiver.told_so_often(1).await.remove(0);
    assert!(
        told.is_signed_with(&new) && told.is_signed_with(&old),
        "{told:?}"
    );
    server.clock.advance(SignedDuration::from_hours(24));
    acme.now = server.clock.now();
    server.revokes("acme").await;
    let told = receiver.told_so_often(2).await.remove(1);
    assert!(
        told.is_signed_with(&new) && !told.is_signed_with(&old),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_is_not_committed_is_not_told() {
    use crate::support::Fault;
    let server = shop().await;
    let receiver = Receiver::willing().await;
    let mut acme = server.buyer("acme").await;
    tells(&server, &receiver.url, None).await;
    server.faults.every_commit(Some(Fault::BeforeCommit));
    let answer = acme.submits(acme.order("PO-1", "WATER", 1)).await;
    assert_eq!(answer.verdict(), "503 storage-unavailable");
    server.faults.none();
    orders(&mut acme, "PO-2").await;
    let told = receiver.told_so_often(1).await;
    assert_eq!(told[0].json()["data"]["purchase_order_number"], "PO-2");
}
