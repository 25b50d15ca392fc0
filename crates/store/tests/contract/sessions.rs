//! Sessions, challenges and invites end when they should.

use countersign_order::Role;
use countersign_store::{CHALLENGES_MAX, NewInvite, NewSession, SESSIONS_MAX};
use jiff::SignedDuration;

use crate::place::on_every_backend;
use crate::shop::{Shop, digest, fresh, later, now};

/// A session that idles out after a minute and ends after five.
pub(crate) fn session(account: &str) -> NewSession {
    NewSession {
        token_sha256: digest(fresh()),
        account: account.parse().unwrap(),
        created_at: now(),
        idle_ends_at: later(60),
        ends_at: later(300),
    }
}

fn invite(account: &str) -> NewInvite {
    NewInvite {
        code_sha256: digest(fresh()),
        account: account.parse().unwrap(),
        created_at: now(),
        expires_at: later(60),
    }
}

on_every_backend! {
    async fn a_session_tells_who_signed_in(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mine = session("acme");
        let mut work = shop.store.begin().await.unwrap();
        work.insert_session(&mine).await.unwrap();
        let found = work.session(&mine.token_sha256, now()).await.unwrap().unwrap();
        assert_eq!(found.account, mine.account);
        assert_eq!(found.buyer.unwrap().as_str(), "acme");
        assert_eq!((found.role, found.seen_at), (Role::Buyer, now()));
        assert_eq!((found.idle_ends_at, found.ends_at), (later(60), later(300)));
        assert_eq!(work.session(&digest(fresh()), now()).await.unwrap(), None);
    }

    async fn a_session_ends_when_idle_and_in_any_case(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mine = session("acme");
        let token = &mine.token_sha256;
        let mut work = shop.store.begin().await.unwrap();
        work.insert_session(&mine).await.unwrap();
        assert!(work.session(token, later(59)).await.unwrap().is_some());
        assert_eq!(work.session(token, later(60)).await.unwrap(), None);
        let both = [*token, digest(fresh())];
        assert_eq!(work.touch_sessions(&both, later(59), later(400)).await.unwrap(), 1);
        assert!(work.session(token, later(299)).await.unwrap().is_some());
        assert_eq!(work.session(token, later(300)).await.unwrap(), None);
        assert_eq!(work.touch_sessions(&both, later(300), later(400)).await.unwrap(), 0);
    }

    async fn a_session_ends_when_told(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let (first, second) = (session("acme"), session("acme"));
        let mut work = shop.store.begin().await.unwrap();
        work.insert_session(&first).await.unwrap();
        work.insert_session(&second).await.unwrap();
        assert!(work.end_session(&first.token_sha256).await.unwrap());
        assert!(!work.end_session(&first.token_sha256).await.unwrap());
        assert_eq!(work.session(&first.token_sha256, now()).await.unwrap(), None);
        assert_eq!(work.end_sessions_of(&second.account).await.unwrap(), 1);
        assert_eq!(work.session(&second.token_sha256, now()).await.unwrap(), None);
    }

    async fn a_disabled_buyer_has_no_session(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mine = session("acme");
        let mut work = shop.store.begin().await.unwrap();
        work.insert_session(&mine).await.unwrap();
        let mut acme = work.buyer(&"acme".parse().unwrap()).await.unwrap().unwrap();
        acme.enabled = false;
        work.update_buyer(&acme).await.unwrap();
        assert_eq!(work.session(&mine.token_sha256, now()).await.unwrap(), None);
    }

    async fn an_account_has_so_many_sessions_and_challenges_open_at_once(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let acme = "acme".parse().unwrap();
        let mut work = shop.store.begin().await.unwrap();
        let sessions: Vec<_> = (0..=SESSIONS_MAX).map(|_| session("acme")).collect();
        for (open, seconds) in sessions.iter().zip(1..) {
            work.insert_session(open).await.unwrap();
            let (seen, idle) = (now() + SignedDuration::from_millis(seconds), later(60));
            work.touch_sessions(&[open.token_sha256], seen, idle).await.unwrap();
        }
        let (first, last) = (&sessions[0], &sessions[sessions.len() - 1]);
        assert_eq!(work.session(&first.token_sha256, later(2)).await.unwrap(), None);
        assert!(work.session(&last.token_sha256, later(2)).await.unwrap().is_some());
        assert_eq!(work.end_sessions_of(&acme).await.unwrap(), u64::from(SESSIONS_MAX));

        let challenges: Vec<_> = (0..=CHALLENGES_MAX).map(|_| digest(fresh())).collect();
        for (challenge, seconds) in challenges.iter().zip(600..) {
            work.insert_challenge(&acme, challenge, later(seconds)).await.unwrap();
        }
        assert!(!work.take_challenge(&acme, &challenges[0], now()).await.unwrap());
        for kept in &challenges[1..] {
            assert!(work.take_challenge(&acme, kept, now()).await.unwrap());
        }
    }

    async fn a_challenge_is_taken_once_by_its_account_in_time(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let (acme, bolt) = ("acme".parse().unwrap(), "bolt".parse().unwrap());
        let (first, second) = (digest(fresh()), digest(fresh()));
        let mut work = shop.store.begin().await.unwrap();
        work.insert_challenge(&acme, &first, later(600)).await.unwrap();
        work.insert_challenge(&acme, &second, later(600)).await.unwrap();
        for (account, challenge, at, is_good) in [
            (&bolt, &first, now(), false),
            (&acme, &first, now(), true),
            (&acme, &first, now(), false),
            (&acme, &second, later(600), false),
            (&acme, &second, later(599), true),
        ] {
            // Looking at it does not take it.
            assert_eq!(work.has_challenge(account, challenge, at).await.unwrap(), is_good);
            assert_eq!(work.take_challenge(account, challenge, at).await.unwrap(), is_good);
        }
    }

    async fn an_invite_is_redeemed_again_until_it_is_used(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mine = invite("acme");
        let code = &mine.code_sha256;
        let mut work = shop.store.begin().await.unwrap();
        work.insert_invite(&mine).await.unwrap();
        assert!(!work.use_invite(code, later(1)).await.unwrap());
        assert!(work.redeem_invite(code, later(2)).await.unwrap());
        assert!(work.redeem_invite(code, later(3)).await.unwrap());
        assert!(work.use_invite(code, later(4)).await.unwrap());
        assert!(!work.use_invite(code, later(5)).await.unwrap());
        assert!(!work.redeem_invite(code, later(5)).await.unwrap());
        let kept = work.invite(code).await.unwrap().unwrap();
        assert_eq!((kept.redeemed_at, kept.used_at), (Some(later(2)), Some(later(4))));
        assert_eq!(work.invite(&digest(fresh())).await.unwrap(), None);
    }

    async fn an_expired_invite_opens_nothing(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mine = invite("acme");
        let code = &mine.code_sha256;
        let mut work = shop.store.begin().await.unwrap();
        work.insert_invite(&mine).await.unwrap();
        assert!(!work.redeem_invite(code, later(60)).await.unwrap());
        assert!(work.redeem_invite(code, later(59)).await.unwrap());
        assert!(!work.use_invite(code, later(60)).await.unwrap());
    }

    async fn a_new_invite_ends_the_accounts_earlier_ones(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let (first, second, other) = (invite("acme"), invite("acme"), invite("bolt"));
        let mut work = shop.store.begin().await.unwrap();
        for new in [&other, &first, &second] {
            work.insert_invite(new).await.unwrap();
        }
        assert!(!work.redeem_invite(&first.code_sha256, now()).await.unwrap());
        assert!(work.redeem_invite(&second.code_sha256, now()).await.unwrap());
        assert!(work.redeem_invite(&other.code_sha256, now()).await.unwrap());
    }

    async fn what_has_expired_is_forgotten(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let acme = "acme".parse().unwrap();
        let (idle, used) = (session("acme"), session("acme"));
        let mut work = shop.store.begin().await.unwrap();
        work.insert_session(&idle).await.unwrap();
        work.insert_session(&used).await.unwrap();
        work.touch_sessions(&[used.token_sha256], later(50), later(110)).await.unwrap();
        work.insert_challenge(&acme, &digest(fresh()), later(60)).await.unwrap();
        work.insert_invite(&invite("acme")).await.unwrap();
        assert_eq!(work.forget_expired(later(59)).await.unwrap(), 0);
        assert_eq!(work.forget_expired(later(60)).await.unwrap(), 3);
        assert!(work.session(&used.token_sha256, later(60)).await.unwrap().is_some());
    }
}
