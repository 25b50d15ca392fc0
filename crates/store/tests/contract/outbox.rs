//! The outbox: due with its transaction, claimed by one worker at a time.

use std::collections::HashSet;

use countersign_store::{MailFilter, MailState, NewMail, Store};

use crate::place::on_every_backend;
use crate::shop::{later, mail, now, order_id};

fn shipped(first: &NewMail) -> NewMail {
    NewMail {
        event_id: format!("order-shipped.{}", first.event_id),
        kind: "order-shipped".to_owned(),
        ..first.clone()
    }
}

async fn put(store: &dyn Store, mails: &[NewMail]) {
    let mut work = store.begin().await.unwrap();
    work.insert_mail(mails, now()).await.unwrap();
    work.commit().await.unwrap();
}

on_every_backend! {
    async fn a_claimed_mail_is_whole_and_leased(place: &dyn Place) {
        let store = place.open().await;
        let new = mail(&order_id());
        put(store.as_ref(), std::slice::from_ref(&new)).await;
        let mut work = store.begin().await.unwrap();
        assert_eq!(work.next_mail_due().await.unwrap(), Some(now()));
        assert_eq!(work.mail_waiting().await.unwrap(), 1);
        let claimed = work.claim_mail(now(), later(60), 10).await.unwrap();
        assert_eq!(claimed.len(), 1);
        let kept = &claimed[0];
        assert_eq!((&kept.event_id, &kept.kind, &kept.to), (&new.event_id, &new.kind, &new.to));
        assert_eq!((&kept.payload, kept.order), (&new.payload, new.order));
        assert_eq!((kept.attempts, kept.state), (1, MailState::Waiting));
        assert_eq!(kept.created_at, now());
        assert_eq!(work.claim_mail(later(59), later(90), 10).await.unwrap(), []);
        assert_eq!(work.next_mail_due().await.unwrap(), Some(later(60)));
    }

    async fn two_workers_never_hold_one_mail(place: &dyn Place) {
        let (here, there) = (place.open().await, place.open().await);
        let mails: Vec<NewMail> = (0..50).map(|_| mail(&order_id())).collect();
        put(here.as_ref(), &mails).await;
        let mut seen = HashSet::new();
        for worker in [&here, &there].into_iter().cycle().take(10) {
            let mut work = worker.begin().await.unwrap();
            for claimed in work.claim_mail(now(), later(60), 7).await.unwrap() {
                assert!(seen.insert(claimed.event_id), "handed out twice");
            }
            work.commit().await.unwrap();
        }
        assert_eq!(seen.len(), 50);
    }

    async fn an_uncommitted_claim_is_no_claim(place: &dyn Place) {
        let store = place.open().await;
        put(store.as_ref(), &[mail(&order_id())]).await;
        let mut work = store.begin().await.unwrap();
        assert_eq!(work.claim_mail(now(), later(60), 1).await.unwrap().len(), 1);
        drop(work);
        let mut work = store.begin().await.unwrap();
        assert_eq!(work.claim_mail(now(), later(60), 1).await.unwrap()[0].attempts, 1);
    }

    async fn a_claim_whose_lease_ran_out_cannot_speak_for_the_next(place: &dyn Place) {
        let store = place.open().await;
        put(store.as_ref(), &[mail(&order_id())]).await;
        let mut work = store.begin().await.unwrap();
        let stale = work.claim_mail(now(), later(60), 1).await.unwrap().remove(0);
        let latest = work.claim_mail(later(60), later(120), 1).await.unwrap().remove(0);
        assert_eq!((stale.number, latest.attempts), (latest.number, 2));
        let number = stale.number;
        assert!(!work.mail_sent(number, 1, later(61)).await.unwrap());
        assert!(!work.mail_failed(number, 1, "late", later(62)).await.unwrap());
        assert!(!work.mail_dead(number, 1, "late").await.unwrap());
        assert!(work.mail_sent(number, 2, later(63)).await.unwrap());
        assert!(!work.mail_sent(number, 2, later(64)).await.unwrap());
        assert_eq!(work.claim_mail(later(999), later(1200), 1).await.unwrap(), []);
    }

    async fn a_failed_mail_is_due_again_and_a_dead_one_when_retried(place: &dyn Place) {
        let store = place.open().await;
        put(store.as_ref(), &[mail(&order_id())]).await;
        let mut work = store.begin().await.unwrap();
        let number = work.claim_mail(now(), later(60), 1).await.unwrap()[0].number;
        assert!(work.mail_failed(number, 1, "451 later", later(300)).await.unwrap());
        assert_eq!(work.claim_mail(later(299), later(400), 1).await.unwrap(), []);
        let again = work.claim_mail(later(300), later(400), 1).await.unwrap().remove(0);
        assert_eq!(again.last_error.as_deref(), Some("451 later"));
        assert!(work.mail_dead(number, 2, "550 no such user").await.unwrap());
        assert_eq!(work.next_mail_due().await.unwrap(), None);
        assert_eq!(work.mail_waiting().await.unwrap(), 0);
        let dead = MailFilter { state: Some(MailState::Dead) };
        let listed = work.mails(&dead, None, 10).await.unwrap().rows.remove(0);
        assert_eq!(listed.last_error.as_deref(), Some("550 no such user"));
        assert!(work.retry_mail(number, later(500)).await.unwrap());
        assert_eq!(work.claim_mail(later(500), later(600), 1).await.unwrap()[0].number, number);
    }

    async fn a_sent_mail_is_not_retried_and_forgotten_in_time(place: &dyn Place) {
        let store = place.open().await;
        put(store.as_ref(), &[mail(&order_id())]).await;
        let mut work = store.begin().await.unwrap();
        let number = work.claim_mail(now(), later(60), 1).await.unwrap()[0].number;
        work.mail_sent(number, 1, later(1)).await.unwrap();
        assert!(!work.retry_mail(number, later(2)).await.unwrap());
        assert!(!work.retry_mail(u64::MAX, later(2)).await.unwrap());
        assert_eq!(work.forget_sent_mail(later(1), 10).await.unwrap(), 0);
        assert_eq!(work.forget_sent_mail(later(2), 10).await.unwrap(), 1);
        assert_eq!(work.mails(&MailFilter::default(), None, 10).await.unwrap().rows, []);
    }

    async fn a_server_that_starts_alone_releases_what_was_claimed(place: &dyn Place) {
        let store = place.open().await;
        put(store.as_ref(), &[mail(&order_id()), mail(&order_id())]).await;
        let mut work = store.begin().await.unwrap();
        let claimed = work.claim_mail(now(), later(60), 10).await.unwrap();
        work.mail_sent(claimed[0].number, 1, now()).await.unwrap();
        assert_eq!(work.claim_mail(later(1), later(60), 10).await.unwrap(), []);
        assert_eq!(work.release_mail(later(1)).await.unwrap(), 1);
        assert_eq!(work.release_mail(later(1)).await.unwrap(), 0);
        // The claim from before says nothing any more.
        assert!(!work.mail_sent(claimed[1].number, 1, later(1)).await.unwrap());
        let again = work.claim_mail(later(1), later(60), 10).await.unwrap();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].number, claimed[1].number);
    }

    async fn one_event_is_mailed_once(place: &dyn Place) {
        let store = place.open().await;
        let new = mail(&order_id());
        put(store.as_ref(), &[new.clone(), new.clone()]).await;
        put(store.as_ref(), &[new]).await;
        let mut view = store.read().await.unwrap();
        assert_eq!(view.mails(&MailFilter::default(), None, 10).await.unwrap().rows.len(), 1);
    }

    async fn mails_about_one_order_leave_in_order(place: &dyn Place) {
        let store = place.open().await;
        let first = mail(&order_id());
        let elsewhere = NewMail { order: None, event_id: "key-enrolled.1".to_owned(), ..first.clone() };
        put(store.as_ref(), &[first.clone(), shipped(&first), elsewhere.clone()]).await;
        let mut work = store.begin().await.unwrap();
        let claimed = work.claim_mail(now(), later(60), 10).await.unwrap();
        let events: Vec<&str> = claimed.iter().map(|mail| mail.event_id.as_str()).collect();
        assert_eq!(events, [first.event_id.as_str(), elsewhere.event_id.as_str()]);
        assert_eq!(work.claim_mail(now(), later(60), 10).await.unwrap(), []);
        work.mail_sent(claimed[0].number, 1, now()).await.unwrap();
        let next = work.claim_mail(now(), later(60), 10).await.unwrap();
        assert_eq!(next[0].event_id, shipped(&first).event_id);
    }

    async fn a_mail_not_yet_due_is_left_alone(place: &dyn Place) {
        let store = place.open().await;
        let new = NewMail { due_at: later(10), ..mail(&order_id()) };
        put(store.as_ref(), &[new]).await;
        let mut work = store.begin().await.unwrap();
        assert_eq!(work.claim_mail(later(9), later(60), 10).await.unwrap(), []);
        assert_eq!(work.claim_mail(later(10), later(60), 10).await.unwrap().len(), 1);
    }

    async fn mails_are_listed_in_pages_newest_first(place: &dyn Place) {
        let store = place.open().await;
        let mails: Vec<NewMail> = (0..3).map(|_| mail(&order_id())).collect();
        put(store.as_ref(), &mails).await;
        let mut view = store.read().await.unwrap();
        let page = view.mails(&MailFilter::default(), None, 2).await.unwrap();
        assert!(page.more);
        assert_eq!(page.rows[0].event_id, mails[2].event_id);
        let before = Some(page.rows[1].number);
        let page = view.mails(&MailFilter::default(), before, 2).await.unwrap();
        assert_eq!((page.rows.len(), page.more), (1, false));
        assert_eq!(page.rows[0].event_id, mails[0].event_id);
    }
}
