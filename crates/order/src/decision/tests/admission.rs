//! What is let in to be decided: repeats, numbers, keys and times.

use jiff::SignedDuration;

use super::*;

#[test]
fn a_disabled_account_or_buyer_has_to_sign_in() {
    let one = || entry(asks("1", &[("A", 1)]), 1);
    let sign_in = rejected(Rejection::SignInRequired);
    let mut disabled = shop();
    disabled.accounts.insert("acme".parse().unwrap(), false);
    assert_eq!(outcome(&disabled, one()), sign_in);
    let mut no_account = shop();
    no_account.accounts.clear();
    assert_eq!(outcome(&no_account, one()), sign_in);
    let mut disabled_buyer = shop();
    disabled_buyer.buyers.get_mut("acme").unwrap().enabled = false;
    assert_eq!(outcome(&disabled_buyer, one()), sign_in);
    let mut no_buyer = shop();
    no_buyer.buyers.clear();
    assert_eq!(outcome(&no_buyer, one()), sign_in);
}

#[test]
fn the_same_bytes_again_are_a_repeat_whatever_has_happened_since() {
    let mut shop = shop();
    let first = entry(asks("1", &[("A", 3)]), 1);
    let same = [first.clone(), first.clone()];
    let results = outcomes(&shop, &same);
    assert_eq!(results[1], Outcome::Repeat(first.order_id));

    shop.apply(&same, &results);
    shop.keys.insert(KEY, KeyStanding::Revoked);
    shop.last_issued_at = Some(at("2027-01-01T00:00:00Z"));
    let late = Entry {
        order_id: OrderId::from_uuid_bytes([9; 16]),
        received_at: at("2026-12-24T00:00:00Z"),
        ..first.clone()
    };
    assert_eq!(outcome(&shop, late), Outcome::Repeat(first.order_id));
}

#[test]
fn the_same_bytes_of_another_buyer_are_not_a_repeat() {
    let mut shop = shop();
    shop.buyers.insert("zenith".parse().unwrap(), standing());
    shop.accounts.insert("zenith".parse().unwrap(), true);
    let first = entry(asks("1", &[("A", 1)]), 1);
    let theirs = Draft {
        buyer: "zenith".parse().unwrap(),
        ..draft()
    };
    let lines = vec![DraftLine::of(offer("A", "15.00"), units(1))];
    let order = Draft {
        lines,
        purchase_order_number: "1".parse().unwrap(),
        ..theirs
    };
    let second = Entry {
        account: "zenith".parse().unwrap(),
        ..entry(order.complete().unwrap(), 1)
    };
    let outcomes = outcomes(&shop, &[first, second]);
    assert_eq!(decided(&outcomes[1]).attempt, 1);
}

#[test]
fn a_number_is_used_by_an_accepted_or_held_order() {
    for (manual_acceptance, expected) in [(false, Decision::Accepted), (true, Decision::Held)] {
        let mut shop = shop();
        shop.buyers.get_mut("acme").unwrap().manual_acceptance = manual_acceptance;
        let first = entry(asks("1", &[("A", 1)]), 1);
        let batch = [first.clone(), entry(asks("1", &[("A", 2)]), 2)];
        let outcomes = outcomes(&shop, &batch);
        assert_eq!(decided(&outcomes[0]).decision, expected);
        let used = Rejection::NumberAlreadyUsed {
            order: first.order_id,
        };
        assert_eq!(outcomes[1], rejected(used));
    }
}

#[test]
fn a_decline_does_not_use_up_the_number() {
    let declined = entry(asks("1", &[("C", 1)]), 1);
    let batch = [
        declined.clone(),
        entry(asks("1", &[("A", 1)]), 2),
        declined.clone(),
    ];
    let outcomes = outcomes(&shop(), &batch);
    assert_eq!(decided(&outcomes[0]).decision, Decision::Declined);
    assert_eq!(decided(&outcomes[1]).decision, Decision::Accepted);
    assert_eq!(decided(&outcomes[1]).attempt, 2);
    assert_eq!(
        outcomes[2],
        Outcome::Repeat(declined.order_id),
        "the declined bytes are never decided again"
    );
}

#[test]
fn a_number_takes_sixteen_attempts() {
    let batch: Vec<Entry> = (1..=17)
        .map(|n| entry(asks("1", &[("C", u32::from(n))]), n))
        .collect();
    let outcomes = outcomes(&shop(), &batch);
    assert_eq!(decided(&outcomes[15]).attempt, MAX_ATTEMPTS);
    let last = Rejection::NumberAlreadyUsed {
        order: batch[15].order_id,
    };
    assert_eq!(outcomes[16], rejected(last));
}

#[test]
fn a_rejection_leaves_nothing_used() {
    let late = Entry {
        received_at: at("2026-11-23T18:19:05.124Z"),
        ..entry(asks("1", &[("B", 2)]), 1)
    };
    let batch = [late, entry(asks("1", &[("B", 2)]), 2)];
    let outcomes = outcomes(&shop(), &batch);
    assert_eq!(outcomes[0], rejected(Rejection::TimestampNotAccepted));
    assert_eq!(decided(&outcomes[1]).decision, Decision::Accepted);
    assert_eq!(decided(&outcomes[1]).attempt, 1);
}

#[test]
fn a_key_must_be_active() {
    let mut revoked = shop();
    revoked.keys.insert(KEY, KeyStanding::Revoked);
    let mut unknown = shop();
    unknown.keys.clear();
    for shop in [revoked, unknown] {
        let one = entry(asks("1", &[("A", 1)]), 1);
        assert_eq!(outcome(&shop, one), rejected(Rejection::KeyNotActive));
    }
}

#[test]
fn the_window_of_arrival_is_exact_to_the_millisecond() {
    for (received_at, is_timely) in [
        ("2026-11-23T18:02:05.122Z", false),
        ("2026-11-23T18:02:05.123Z", true),
        ("2026-11-23T18:19:05.123Z", true),
        ("2026-11-23T18:19:05.124Z", false),
    ] {
        let one = Entry {
            received_at: at(received_at),
            ..entry(asks("1", &[("A", 1)]), 1)
        };
        let outcome = outcome(&shop(), one);
        assert_eq!(
            outcome != rejected(Rejection::TimestampNotAccepted),
            is_timely,
            "{received_at}"
        );
    }
}

#[test]
fn an_arrival_is_judged_as_the_receipt_states_it() {
    let received_at = "2026-11-23T18:19:05.123999Z".parse().unwrap();
    let one = Entry {
        received_at,
        ..entry(asks("1", &[("A", 1)]), 1)
    };
    assert_eq!(decided(&outcome(&shop(), one)).decision, Decision::Accepted);
}

#[test]
fn an_order_is_signed_within_five_minutes_of_its_issue() {
    for (signing_time, is_timely) in [
        ("2026-11-23T17:59:05.122Z", false),
        ("2026-11-23T17:59:05.123Z", true),
        ("2026-11-23T18:09:05.123Z", true),
        ("2026-11-23T18:09:05.124Z", false),
    ] {
        let one = Entry {
            signing_time: at(signing_time),
            ..entry(asks("1", &[("A", 1)]), 1)
        };
        let outcome = outcome(&shop(), one);
        assert_eq!(
            outcome != rejected(Rejection::TimestampNotAccepted),
            is_timely,
            "{signing_time}"
        );
    }
}

#[test]
fn a_clock_far_before_the_last_statement_is_not_trusted() {
    let one = || entry(asks("1", &[("A", 1)]), 1);
    let mut shop = shop();
    let last = now() + SignedDuration::from_mins(2);
    shop.last_issued_at = Some(last);
    assert_eq!(
        decided(&outcome(&shop, one())).decided_at,
        last,
        "never before the last statement"
    );
    shop.last_issued_at = Some(last + SignedDuration::from_millis(1));
    assert_eq!(outcome(&shop, one()), rejected(Rejection::ClockNotTrusted));
}

#[test]
fn the_next_batch_is_never_decided_before_the_last() {
    let mut shop = shop();
    let batch = [entry(asks("1", &[("A", 1)]), 1)];
    let results = outcomes(&shop, &batch);
    shop.apply(&batch, &results);
    assert_eq!(shop.last_issued_at, Some(now()));
    let earlier = now() - SignedDuration::from_secs(1);
    let next = [entry(asks("2", &[("A", 1)]), 2)];
    assert_eq!(
        decided(&decide(&shop, &next, earlier).0[0]).decided_at,
        now()
    );
}

#[test]
fn the_first_check_that_fails_answers() {
    let mut shop = shop();
    let first = entry(asks("1", &[("A", 1)]), 1);
    let batch = [first.clone()];
    let results = outcomes(&shop, &batch);
    shop.apply(&batch, &results);
    shop.last_issued_at = Some(at("2027-01-01T00:00:00Z"));
    shop.keys.clear();
    let bad = |number, content| Entry {
        received_at: at("2026-01-01T00:00:00Z"),
        ..entry(asks(number, &[("C", 1)]), content)
    };
    let used = Rejection::NumberAlreadyUsed {
        order: first.order_id,
    };
    assert_eq!(outcome(&shop, bad("1", 2)), rejected(used));
    assert_eq!(
        outcome(&shop, bad("2", 2)),
        rejected(Rejection::KeyNotActive)
    );
    shop.keys.insert(KEY, KeyStanding::Active);
    assert_eq!(
        outcome(&shop, bad("2", 2)),
        rejected(Rejection::ClockNotTrusted)
    );
    shop.last_issued_at = None;
    assert_eq!(
        outcome(&shop, bad("2", 2)),
        rejected(Rejection::TimestampNotAccepted)
    );
    shop.accounts.clear();
    assert_eq!(
        outcome(&shop, bad("1", 1)),
        rejected(Rejection::SignInRequired)
    );
}

#[test]
fn an_account_orders_no_more_at_once_than_it_may_and_nothing_comes_of_more() {
    let mut shop = shop();
    let one = || entry(asks("1", &[("A", 2)]), 1);
    let total = one().order.total;
    let largest = Money {
        minor: total.minor - 1,
        ..total
    };
    let account = one().account;
    shop.order_limits
        .insert(account.clone(), [largest].into_iter().collect());
    let (outcomes, changes) = decide(&shop, &[one()], now());
    assert_eq!(outcomes, [rejected(Rejection::OverOrderLimit { largest })]);
    assert_eq!(changes, Changes::default());
    shop.order_limits
        .insert(account, [total].into_iter().collect());
    assert_eq!(decided(&outcome(&shop, one())).decision, Decision::Accepted);
}
