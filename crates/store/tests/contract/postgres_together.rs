//! Several stores on one PostgreSQL database, and what holds without the turn to write.

use std::collections::HashSet;
use std::sync::Arc;

use countersign_order::Outcome;
use countersign_store::{
    AttemptReport, DeliveryState, NewMail, NewWebhook, NewWebhookEvent, PostgresSettings,
    PostgresStore, Store, StoreError,
};
use tokio::sync::Barrier;

use crate::postgres_cluster::Database;
use crate::shop::{Shop, buyer, decide_batch, fresh, later, mail, now, order_id};

/// How many servers there are.
const SERVERS: usize = 3;

/// Makes the turn nobody's: a function of this name is found before the database's own.
const NO_TURN: &str = "
    CREATE SCHEMA turnless;
    GRANT USAGE ON SCHEMA turnless TO PUBLIC;
    CREATE FUNCTION turnless.pg_advisory_xact_lock(bigint) RETURNS void
        LANGUAGE sql AS 'SELECT'";

async fn open(settings: &PostgresSettings) -> Arc<dyn Store> {
    Arc::new(PostgresStore::open(settings).await.unwrap())
}

async fn together(settings: &PostgresSettings) -> [Arc<dyn Store>; SERVERS] {
    [
        open(settings).await,
        open(settings).await,
        open(settings).await,
    ]
}

/// The same database for stores that take no turns.
fn without_turn(database: &Database) -> PostgresSettings {
    database.psql(NO_TURN);
    let mut settings = database.settings();
    settings.address += " options='-c search_path=turnless,pg_catalog,public'";
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_turn_two_write_at_once() {
    let database = Database::migrated();
    let stores = together(&without_turn(&database)).await;
    let first = stores[0].begin().await.unwrap();
    let second = stores[1].begin().await.unwrap();
    drop((first, second));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_claimed_by_one_without_any_turn() {
    const LETTERS: usize = 300;
    let database = Database::migrated();
    let stores = together(&without_turn(&database)).await;
    let letters: Vec<NewMail> = (0..LETTERS).map(|_| mail(&order_id())).collect();
    let mut work = stores[0].begin().await.unwrap();
    work.insert_mail(&letters, now()).await.unwrap();
    work.commit().await.unwrap();

    let start = Arc::new(Barrier::new(SERVERS));
    let mut claiming = tokio::task::JoinSet::new();
    for store in stores {
        let start = Arc::clone(&start);
        claiming.spawn(async move {
            let mut mine = Vec::new();
            start.wait().await;
            // Another has locked what is left, or nothing is.
            let mut in_vain = 0;
            while in_vain < 20 {
                let mut work = store.begin().await.unwrap();
                let claimed = work.claim_mail(now(), later(60), 3).await.unwrap();
                work.commit().await.unwrap();
                assert!(claimed.len() <= 3);
                in_vain = if claimed.is_empty() { in_vain + 1 } else { 0 };
                mine.extend(claimed.into_iter().map(|letter| letter.event_id));
            }
            mine
        });
    }
    let claimed: Vec<String> = claiming.join_all().await.concat();
    let unlike: HashSet<&String> = claimed.iter().collect();
    assert_eq!((claimed.len(), unlike.len()), (LETTERS, LETTERS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_a_webhook_is_claimed_by_one_without_any_turn() {
    const WEBHOOKS: usize = 4;
    const MESSAGES: usize = 40;
    let database = Database::migrated();
    let stores = together(&without_turn(&database)).await;
    let mut work = stores[0].begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    for _ in 0..WEBHOOKS {
        work.insert_webhook(&hook(), now()).await.unwrap();
    }
    let messages: Vec<NewWebhookEvent> = (0..MESSAGES).map(|_| message()).collect();
    work.insert_webhook_events(&messages, now()).await.unwrap();
    work.commit().await.unwrap();

    let start = Arc::new(Barrier::new(SERVERS));
    let mut sending = tokio::task::JoinSet::new();
    for store in stores {
        let start = Arc::clone(&start);
        sending.spawn(async move {
            start.wait().await;
            let mut sent = Vec::new();
            let mut in_vain = 0;
            while in_vain < 20 {
                let claimed = deliver(store.as_ref()).await;
                in_vain = if claimed.is_empty() { in_vain + 1 } else { 0 };
                sent.extend(claimed);
            }
            sent
        });
    }
    let sent: Vec<u64> = sending.join_all().await.concat();
    let unlike: HashSet<&u64> = sent.iter().collect();
    let all = WEBHOOKS * MESSAGES;
    assert_eq!((sent.len(), unlike.len()), (all, all));
}

/// Claims what may be claimed, and says in another transaction that it was delivered; at each webhook nothing
/// else is claimed meanwhile.
async fn deliver(store: &dyn Store) -> Vec<u64> {
    let mut work = store.begin().await.unwrap();
    let claimed = work.claim_deliveries(now(), later(60), 2).await.unwrap();
    work.commit().await.unwrap();
    let webhooks: HashSet<u64> = claimed.iter().map(|delivery| delivery.webhook).collect();
    assert_eq!(webhooks.len(), claimed.len(), "one for each webhook");
    let mut numbers = Vec::new();
    for delivery in claimed {
        assert_eq!((delivery.claims, delivery.attempts), (1, 1));
        let mut view = store.read().await.unwrap();
        let rows = view
            .deliveries(delivery.webhook, None, 500)
            .await
            .unwrap()
            .rows;
        let before = |row: &&countersign_store::DeliveryRecord| row.number < delivery.number;
        assert!(
            rows.iter()
                .filter(before)
                .all(|row| row.state == DeliveryState::Delivered),
            "in order"
        );
        let mut work = store.begin().await.unwrap();
        let report = AttemptReport {
            number: delivery.number,
            claim: delivery.claims,
            state: DeliveryState::Delivered,
            status: Some(204),
            error: None,
            due_at: now(),
        };
        assert!(work.report_attempt(&report, now()).await.unwrap());
        work.commit().await.unwrap();
        numbers.push(delivery.number);
    }
    numbers
}

fn hook() -> NewWebhook {
    NewWebhook {
        buyer: None,
        url: "https://receiver.example/hook".to_owned(),
        kinds: vec!["order.accepted".to_owned()],
        secret: "whsec_one".to_owned(),
    }
}

fn message() -> NewWebhookEvent {
    let statement = fresh();
    NewWebhookEvent {
        id: format!("msg_{statement}"),
        kind: "order.accepted".to_owned(),
        buyer: "acme".parse().unwrap(),
        order: Some(order_id()),
        statement: Some(statement),
        payload: "{}".to_owned(),
    }
}

#[tokio::test]
async fn what_a_dead_server_had_claimed_is_taken_over_when_its_lease_ends() {
    let database = Database::migrated();
    let [dead, other, _] = together(&database.settings()).await;
    let mut work = dead.begin().await.unwrap();
    work.insert_buyer(&buyer("acme")).await.unwrap();
    work.insert_webhook(&hook(), now()).await.unwrap();
    work.insert_webhook_events(&[message()], now())
        .await
        .unwrap();
    work.insert_mail(&[mail(&order_id())], now()).await.unwrap();
    work.commit().await.unwrap();
    let mut work = dead.begin().await.unwrap();
    let letter = work
        .claim_mail(now(), later(60), 9)
        .await
        .unwrap()
        .remove(0);
    let message = work
        .claim_deliveries(now(), later(60), 9)
        .await
        .unwrap()
        .remove(0);
    work.commit().await.unwrap();
    // Its connections end with it.
    drop(dead);

    let mut work = other.begin().await.unwrap();
    assert_eq!(work.claim_mail(later(59), later(90), 9).await.unwrap(), []);
    assert_eq!(
        work.claim_deliveries(later(59), later(90), 9)
            .await
            .unwrap(),
        []
    );
    let letters = work.claim_mail(later(60), later(90), 9).await.unwrap();
    let messages = work
        .claim_deliveries(later(60), later(90), 9)
        .await
        .unwrap();
    work.commit().await.unwrap();
    assert_eq!((letters[0].number, letters[0].attempts), (letter.number, 2));
    assert_eq!(
        (messages[0].number, messages[0].claims),
        (message.number, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_sell_exactly_what_is_there() {
    const STOCK: u32 = 40;
    const ORDERS: usize = 90;
    let database = Database::migrated();
    let stores = together(&database.settings()).await;
    let shop = Shop::with_stock(Arc::clone(&stores[0]), &[("WATER", STOCK)]).await;
    let orders: Vec<_> = (0..ORDERS)
        .map(|n| shop.order("acme", &format!("PO-{n}"), &[("WATER", 1)]))
        .collect();
    let mut selling = tokio::task::JoinSet::new();
    for (store, orders) in stores.into_iter().zip(orders.chunks(ORDERS / SERVERS)) {
        let orders = orders.to_vec();
        selling.spawn(async move {
            let mut accepted = 0;
            for order in orders {
                let mut work = store.begin().await.unwrap();
                let outcomes = decide_batch(work.as_mut(), &[order]).await;
                work.commit().await.unwrap();
                accepted += outcomes
                    .iter()
                    .filter(|outcome| is_accepted(outcome))
                    .count();
            }
            accepted
        });
    }
    let accepted: usize = selling.join_all().await.into_iter().sum();
    assert_eq!(accepted, usize::try_from(STOCK).unwrap());
    assert_eq!(
        shop.stock("WATER").await,
        (i64::from(STOCK), i64::from(STOCK))
    );
    let mut view = shop.store.read().await.unwrap();
    let next = view.log_head().await.unwrap().unwrap().next_statement();
    assert_eq!(next, u64::try_from(ORDERS).unwrap());
}

fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Decided(decided)
        if decided.decision == countersign_order::Decision::Accepted)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_chosen_to_end_a_deadlock_may_try_again() {
    let database = Arc::new(Database::migrated());
    let store = open(&database.settings()).await;
    let shop = Shop::with_stock(store, &[("BREAD", 9), ("WATER", 9)]).await;
    let batch = [shop.order("acme", "PO-1", &[("BREAD", 1), ("WATER", 1)])];
    // Other hands lock items in another order than we do.
    let crossing = tokio::task::spawn_blocking({
        let database = Arc::clone(&database);
        move || {
            database.psql(
                "BEGIN;
                 SELECT sku FROM items WHERE sku = 'WATER' FOR UPDATE;
                 SELECT pg_sleep(0.8);
                 SELECT sku FROM items WHERE sku = 'BREAD' FOR UPDATE;
                 COMMIT",
            )
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    let mut work = shop.store.begin().await.unwrap();
    let refused = work.load(&batch, crate::shop::today()).await.map(drop);
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    drop(work);
    crossing.await.unwrap();
    shop.takes_in(&batch).await;
    assert_eq!(shop.stock("WATER").await, (9, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_nobody_waits_for_holds_up_no_other() {
    let database = Arc::new(Database::migrated());
    let store = open(&database.settings()).await;
    // So that a connection is idle.
    let mut view = store.read_committed().await.unwrap();
    assert_eq!(view.shop().await.unwrap(), None);
    drop(view);
    database.psql("CREATE TABLE enough (is_it boolean)");
    let locking = tokio::task::spawn_blocking({
        let database = Arc::clone(&database);
        move || {
            database.psql(
                "DO $$ BEGIN
                     LOCK TABLE buyers;
                     FOR moment IN 1..3000 LOOP
                         EXIT WHEN EXISTS (SELECT FROM enough);
                         PERFORM pg_sleep(0.01);
                     END LOOP;
                 END $$",
            )
        }
    });
    while database.psql(&locks_of_buyers(true)) != "1\n" {
        assert!(!locking.is_finished());
    }
    let mut given_up = store.read_committed().await.unwrap();
    let buyer = "acme".parse().unwrap();
    let patience = std::time::Duration::from_millis(300);
    let unanswered = tokio::time::timeout(patience, given_up.buyer(&buyer)).await;
    assert!(unanswered.is_err());
    drop(given_up);

    let mut view = store.read_committed().await.unwrap();
    assert_eq!(view.shop().await.unwrap(), None);
    assert_eq!(
        database.psql(&locks_of_buyers(false)),
        "1\n",
        "it still waits"
    );
    database.psql("INSERT INTO enough VALUES (true)");
    locking.await.unwrap();
    // Its connection is kept all the same: it was asked once more, and has answered.
    let kept = "SELECT count(*)
         FROM pg_stat_activity
         WHERE application_name = 'countersign'
             AND datname = current_database()
             AND state = 'idle'
             AND query = 'SELECT 1'";
    let is_kept = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        database.psql(kept) == "1\n"
    });
    assert!(is_kept);
}

#[tokio::test]
async fn what_reads_cannot_write() {
    let database = Database::migrated();
    Shop::with_stock(open(&database.settings()).await, &[]).await;
    // Whoever looks at the buyers counts.
    database.psql(
        "CREATE SCHEMA counting;
         GRANT USAGE ON SCHEMA counting TO PUBLIC;
         CREATE SEQUENCE counting.looks;
         GRANT USAGE ON SEQUENCE counting.looks TO PUBLIC;
         CREATE VIEW counting.buyers AS
             SELECT buyers.*
             FROM public.buyers
             WHERE nextval('counting.looks') > 0;
         GRANT SELECT ON counting.buyers TO PUBLIC",
    );
    let mut settings = database.settings();
    settings.address += " options='-c search_path=counting,public'";
    let store = open(&settings).await;
    let acme = "acme".parse().unwrap();
    let mut work = store.begin().await.unwrap();
    assert!(work.buyer(&acme).await.unwrap().is_some());
    drop(work);
    for mut view in [
        store.read().await.unwrap(),
        store.read_committed().await.unwrap(),
    ] {
        let refused = view.buyer(&acme).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
    }
}

/// Counts who has a lock of the buyers, or waits for one.
fn locks_of_buyers(granted: bool) -> String {
    format!(
        "SELECT count(*)
         FROM pg_locks
         JOIN pg_database ON pg_database.oid = pg_locks.database
         WHERE datname = current_database()
             AND relation = 'buyers'::regclass
             AND granted = {granted}"
    )
}

#[tokio::test]
async fn a_serialization_failure_is_a_conflict_wherever_it_comes() {
    let database = Database::migrated();
    let store = open(&database.settings()).await;
    database.psql(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
             RAISE EXCEPTION 'told to fail' USING ERRCODE = 'serialization_failure';
         END $$;
         CREATE TRIGGER fails BEFORE INSERT ON buyers
             FOR EACH ROW WHEN (NEW.id = 'acme') EXECUTE FUNCTION fails();
         CREATE CONSTRAINT TRIGGER fails_late AFTER INSERT ON buyers
             DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW WHEN (NEW.id = 'bolt') EXECUTE FUNCTION fails()",
    );
    let mut work = store.begin().await.unwrap();
    let refused = work.insert_buyer(&buyer("acme")).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    drop(work);
    let mut work = store.begin().await.unwrap();
    assert!(work.insert_buyer(&buyer("bolt")).await.unwrap());
    let refused = work.commit().await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    let mut work = store.begin().await.unwrap();
    assert!(work.insert_buyer(&buyer("cargo")).await.unwrap());
    work.commit().await.unwrap();
}
