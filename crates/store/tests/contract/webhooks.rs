//! Webhooks: told of what was committed, in order, by one worker at a time.

use countersign_order::OrderId;
use countersign_store::{
    AttemptReport, DeliveryRecord, DeliveryState, NewWebhook, NewWebhookEvent, Replay, Store,
    Transaction,
};
use jiff::Timestamp;

use crate::place::on_every_backend;
use crate::shop::{buyer, fresh, later, now, order_id};

/// A webhook that wants to know of accepted and shipped orders.
pub(crate) fn hook(of: Option<&str>) -> NewWebhook {
    NewWebhook {
        buyer: of.map(|buyer| buyer.parse().unwrap()),
        url: "https://receiver.example/hook".to_owned(),
        kinds: vec!["order.accepted".to_owned(), "order.shipped".to_owned()],
        secret: "whsec_one".to_owned(),
    }
}

/// An event of a kind about an order of a buyer.
fn event(kind: &str, of: &str, order: OrderId) -> NewWebhookEvent {
    let statement = fresh();
    NewWebhookEvent {
        id: format!("msg_{statement}"),
        kind: kind.to_owned(),
        buyer: of.parse().unwrap(),
        order: Some(order),
        statement: Some(statement),
        payload: "{\"type\":\"\\\"\"}".to_owned(),
    }
}

async fn with_hooks(store: &dyn Store, of: &[Option<&str>]) -> (Box<dyn Transaction>, Vec<u64>) {
    let mut work = store.begin().await.unwrap();
    for id in ["acme", "bolt"] {
        work.insert_buyer(&buyer(id)).await.unwrap();
    }
    let mut numbers = Vec::new();
    for of in of {
        numbers.push(work.insert_webhook(&hook(*of), now()).await.unwrap());
    }
    (work, numbers)
}

async fn claimed(work: &mut dyn Transaction, at: Timestamp) -> Vec<DeliveryRecord> {
    let lease = at + jiff::SignedDuration::from_secs(60);
    work.claim_deliveries(at, lease, 10).await.unwrap()
}

async fn reports(
    work: &mut dyn Transaction,
    delivery: &DeliveryRecord,
    state: DeliveryState,
    due_at: Timestamp,
) -> bool {
    let is_good = state == DeliveryState::Delivered;
    let report = AttemptReport {
        number: delivery.number,
        claim: delivery.claims,
        state,
        status: Some(if is_good { 204 } else { 500 }),
        error: (!is_good).then_some("answered 500"),
        due_at,
    };
    work.report_attempt(&report, now()).await.unwrap()
}

on_every_backend! {
    async fn each_webhook_is_told_of_what_is_its_buyers_and_it_wants(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, hooks) = with_hooks(&*store, &[Some("acme"), Some("bolt"), None]).await;
        let events = [
            event("order.accepted", "acme", order_id()),
            event("order.held", "acme", order_id()),
            event("order.shipped", "bolt", order_id()),
        ];
        work.insert_webhook_events(&events, now()).await.unwrap();
        work.insert_webhook_events(&events, now()).await.unwrap();
        let mut told = Vec::new();
        for hook in &hooks {
            let page = work.deliveries(*hook, None, 10).await.unwrap();
            told.push(page.rows.iter().map(|row| row.event_id.clone()).collect::<Vec<_>>());
        }
        let [accepted, _, shipped] = events;
        assert_eq!(told, [
            vec![accepted.id.clone()],
            vec![shipped.id.clone()],
            vec![shipped.id, accepted.id.clone()],
        ]);
        let kept = claimed(work.as_mut(), now()).await.remove(0);
        assert_eq!((kept.event_id, kept.kind), (accepted.id, accepted.kind));
        assert_eq!((kept.payload, kept.order), (accepted.payload, accepted.order));
        assert_eq!((kept.statement, kept.attempts), (accepted.statement, 1));
    }

    async fn what_no_statement_tells_of_is_told_each_time(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, hooks) = with_hooks(&*store, &[None]).await;
        let order = order_id();
        let events: Vec<NewWebhookEvent> = (0..2)
            .map(|_| NewWebhookEvent { statement: None, ..event("order.accepted", "acme", order) })
            .collect();
        work.insert_webhook_events(&events, now()).await.unwrap();
        let rows = work.deliveries(hooks[0], None, 10).await.unwrap().rows;
        let kept: Vec<_> = rows.iter().map(|row| (&row.event_id, row.statement)).collect();
        assert_eq!(kept, [(&events[1].id, None), (&events[0].id, None)]);
    }

    async fn a_webhook_is_sent_one_event_at_a_time_in_order(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, _) = with_hooks(&*store, &[Some("acme"), None]).await;
        let events = [
            event("order.accepted", "acme", order_id()),
            event("order.accepted", "acme", order_id()),
        ];
        work.insert_webhook_events(&events, now()).await.unwrap();
        assert_eq!(work.deliveries_waiting().await.unwrap(), 4);
        assert!(work.delivery_is_due(now()).await.unwrap());
        let first = claimed(work.as_mut(), now()).await;
        assert_eq!(first.len(), 2, "one for each webhook");
        assert!(first.iter().all(|delivery| delivery.event_id == events[0].id));
        assert!(!work.delivery_is_due(later(1)).await.unwrap());
        assert_eq!(claimed(work.as_mut(), later(1)).await, []);
        // What failed holds up what comes after it at the same webhook, and nowhere else.
        assert!(reports(work.as_mut(), &first[0], DeliveryState::Waiting, later(30)).await);
        assert!(reports(work.as_mut(), &first[1], DeliveryState::Delivered, later(1)).await);
        let second = claimed(work.as_mut(), later(2)).await;
        assert_eq!(second.len(), 1);
        assert_eq!((second[0].webhook, &second[0].event_id), (first[1].webhook, &events[1].id));
        let again = claimed(work.as_mut(), later(30)).await;
        assert_eq!((again[0].number, again[0].attempts), (first[0].number, 2));
        assert_eq!(again[0].error.as_deref(), Some("answered 500"));
        let hook = work.webhook(first[1].webhook).await.unwrap().unwrap();
        assert_eq!(hook.last_success_at, Some(now()));
    }

    async fn what_fails_again_and_again_holds_up_only_its_own_order(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, _) = with_hooks(&*store, &[None]).await;
        let poisoned = order_id();
        let events = [
            event("order.accepted", "acme", poisoned),
            event("order.shipped", "acme", poisoned),
            event("order.accepted", "acme", order_id()),
        ];
        work.insert_webhook_events(&events, now()).await.unwrap();
        for attempt in 1..=3 {
            assert_eq!(claimed(work.as_mut(), later(attempt)).await.remove(0).event_id, events[0].id);
            let page = work.deliveries(1, None, 10).await.unwrap();
            let delivery = page.rows.last().unwrap();
            assert!(reports(work.as_mut(), delivery, DeliveryState::Waiting, later(attempt + 1)).await);
        }
        // Not due for long: only the other order is.
        let page = work.deliveries(1, None, 10).await.unwrap();
        let last = page.rows.last().unwrap().clone();
        assert_eq!(last.attempts, 3);
        let four = claimed(work.as_mut(), later(4)).await.remove(0);
        assert!(reports(work.as_mut(), &four, DeliveryState::Waiting, later(999)).await);
        let other = claimed(work.as_mut(), later(5)).await;
        assert_eq!(other[0].event_id, events[2].id);
        assert!(reports(work.as_mut(), &other[0], DeliveryState::Delivered, later(5)).await);
        assert_eq!(claimed(work.as_mut(), later(6)).await, []);
        assert_eq!(claimed(work.as_mut(), later(999)).await.remove(0).event_id, events[0].id);
    }

    async fn a_claim_whose_lease_ran_out_says_nothing_any_more(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, _) = with_hooks(&*store, &[None]).await;
        let events = [event("order.accepted", "acme", order_id())];
        work.insert_webhook_events(&events, now()).await.unwrap();
        let stale = claimed(work.as_mut(), now()).await.remove(0);
        let latest = claimed(work.as_mut(), later(60)).await.remove(0);
        assert_eq!((stale.number, latest.claims), (latest.number, 2));
        assert!(!reports(work.as_mut(), &stale, DeliveryState::GivenUp, later(61)).await);
        assert!(reports(work.as_mut(), &latest, DeliveryState::Delivered, later(61)).await);
        assert!(!reports(work.as_mut(), &latest, DeliveryState::GivenUp, later(61)).await);
    }

    async fn a_server_that_starts_alone_ends_all_claims(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, _) = with_hooks(&*store, &[None]).await;
        let events = [event("order.accepted", "acme", order_id())];
        work.insert_webhook_events(&events, now()).await.unwrap();
        claimed(work.as_mut(), now()).await;
        assert_eq!(work.release_deliveries().await.unwrap(), 1);
        assert_eq!(claimed(work.as_mut(), later(1)).await.len(), 1);
    }

    async fn a_disabled_webhook_misses_what_happens_until_it_is_replayed(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, hooks) = with_hooks(&*store, &[None]).await;
        let hook = hooks[0];
        let mut events = vec![event("order.accepted", "acme", order_id())];
        work.insert_webhook_events(&events, now()).await.unwrap();
        assert!(work.disable_webhook(hook, "410 Gone", later(1)).await.unwrap());
        assert!(!work.disable_webhook(hook, "again", later(2)).await.unwrap());
        events.push(event("order.shipped", "acme", order_id()));
        work.insert_webhook_events(&events, later(3)).await.unwrap();
        assert_eq!(claimed(work.as_mut(), later(4)).await, []);
        let record = work.webhook(hook).await.unwrap().unwrap();
        assert_eq!(record.disabled, Some((later(1), "410 Gone".to_owned())));
        assert!(work.enable_webhook(hook).await.unwrap());
        assert!(!work.enable_webhook(hook).await.unwrap());
        assert_eq!(claimed(work.as_mut(), later(5)).await, []);
        let since = Replay::Since(later(3));
        assert_eq!(work.replay_deliveries(hook, &since, later(6)).await.unwrap(), 1);
        let replayed = claimed(work.as_mut(), later(6)).await.remove(0);
        assert_eq!((&replayed.event_id, replayed.attempts), (&events[1].id, 1));
        assert!(reports(work.as_mut(), &replayed, DeliveryState::Delivered, later(6)).await);
        // Delivered already: only by name.
        assert_eq!(work.replay_deliveries(hook, &since, later(7)).await.unwrap(), 0);
        let named = Replay::Events(vec![events[1].id.clone(), "msg_of_nobody".to_owned()]);
        assert_eq!(work.replay_deliveries(hook, &named, later(8)).await.unwrap(), 1);
        assert_eq!(claimed(work.as_mut(), later(8)).await.remove(0).event_id, events[1].id);
    }

    async fn a_new_secret_keeps_the_one_before(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, hooks) = with_hooks(&*store, &[Some("acme")]).await;
        assert!(work.rotate_webhook(hooks[0], "whsec_two", later(86_400)).await.unwrap());
        assert!(!work.rotate_webhook(99, "whsec_two", later(86_400)).await.unwrap());
        let kept = work.webhooks().await.unwrap().remove(0);
        assert_eq!(kept.secret, "whsec_two");
        assert_eq!(kept.previous_secret, Some(("whsec_one".to_owned(), later(86_400))));
        assert_eq!((kept.buyer, kept.kinds), (hook(Some("acme")).buyer, hook(None).kinds));
    }

    async fn settled_deliveries_are_forgotten_in_time_and_webhooks_with_theirs(place: &dyn Place) {
        let store = place.open().await;
        let (mut work, hooks) = with_hooks(&*store, &[None]).await;
        let events = [
            event("order.accepted", "acme", order_id()),
            event("order.accepted", "acme", order_id()),
        ];
        work.insert_webhook_events(&events, now()).await.unwrap();
        let first = claimed(work.as_mut(), now()).await.remove(0);
        assert!(reports(work.as_mut(), &first, DeliveryState::Delivered, now()).await);
        assert_eq!(work.forget_deliveries(now(), 10).await.unwrap(), 0);
        assert_eq!(work.forget_deliveries(later(1), 10).await.unwrap(), 1);
        assert!(work.delete_webhook(hooks[0]).await.unwrap());
        assert!(!work.delete_webhook(hooks[0]).await.unwrap());
        assert_eq!(work.webhooks().await.unwrap(), []);
        let next = work.insert_webhook(&hook(None), now()).await.unwrap();
        assert!(next > hooks[0], "a number is never used again");
    }
}
