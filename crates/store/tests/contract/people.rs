//! What is agreed with accounts and buyers, and the tokens of their machines.

use countersign_order::{Money, OrderLimits, TokenId};
use countersign_store::{Correspondence, NewToken, TokenScope};

use crate::place::on_every_backend;
use crate::shop::{Shop, account, digest, fresh, key, later, now, today};

/// A token unlike all others.
pub(crate) fn token(account: &str, scope: TokenScope) -> NewToken {
    let number = fresh();
    NewToken {
        id: TokenId::from_uuid_bytes(u128::from(number).to_be_bytes()),
        token_sha256: digest(number),
        account: account.parse().unwrap(),
        scope,
        label: "warehouse".parse().unwrap(),
        created_at: now(),
        ends_at: None,
    }
}

on_every_backend! {
    async fn limits_are_replaced_together_and_seen_by_the_batch(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[("WATER", 5)]).await;
        let acme = "acme".parse().unwrap();
        let money = |amount, currency: &str| Money::parse(amount, currency.parse().unwrap()).unwrap();
        let limits: OrderLimits = [money("500.00", "USD"), money("900", "JPY")].into_iter().collect();
        let mut work = shop.store.begin().await.unwrap();
        assert!(work.order_limits(&acme).await.unwrap().is_empty());
        work.set_order_limits(&acme, &limits).await.unwrap();
        assert_eq!(work.order_limits(&acme).await.unwrap(), limits);
        let batch = [shop.order("acme", "1", &[("WATER", 1)]), shop.order("bolt", "1", &[("WATER", 1)])];
        let snapshot = work.load(&batch, today()).await.unwrap().snapshot;
        assert_eq!(snapshot.order_limits.len(), 1);
        assert_eq!(snapshot.order_limits.get(&acme), Some(&limits));
        work.set_order_limits(&acme, &OrderLimits::default()).await.unwrap();
        assert!(work.order_limits(&acme).await.unwrap().is_empty());
    }

    async fn a_change_of_address_is_dated(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let (acme, nobody) = ("acme".parse().unwrap(), "nobody".parse().unwrap());
        let email = "new@acme.example".parse().unwrap();
        let mut work = shop.store.begin().await.unwrap();
        assert_eq!(work.email_changed_at(&acme).await.unwrap(), None);
        assert!(!work.change_email(&nobody, &email, now()).await.unwrap());
        for at in [now(), later(5)] {
            assert!(work.change_email(&acme, &email, at).await.unwrap());
            assert_eq!(work.email_changed_at(&acme).await.unwrap(), Some(at));
        }
        assert_eq!(work.account(&acme).await.unwrap().unwrap().email, email);
    }

    async fn who_gets_which_mail_is_part_of_the_correspondent(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let acme = "acme".parse().unwrap();
        let agreed = Correspondence {
            language: "de".parse().unwrap(),
            orders_email: Some("orders@acme.example".parse().unwrap()),
            goods_in_email: None,
        };
        let mut work = shop.store.begin().await.unwrap();
        assert_eq!(work.correspondence(&acme).await.unwrap(), Correspondence::default());
        work.set_correspondence(&acme, &agreed).await.unwrap();
        assert_eq!(work.correspondence(&acme).await.unwrap(), agreed);
        let accounts = ["acme".parse().unwrap(), "bolt".parse().unwrap()];
        let found = work.correspondents(&accounts).await.unwrap();
        assert_eq!(found[&accounts[0]].correspondence, agreed);
        assert_eq!(found[&accounts[1]].correspondence, Correspondence::default());
        let batch = [shop.order("acme", "1", &[("WATER", 1)]), shop.order("bolt", "1", &[("WATER", 1)])];
        let loaded = work.load(&batch, today()).await.unwrap().correspondents;
        assert_eq!(loaded, found);
    }

    async fn a_token_is_good_until_it_ends_or_its_account_does(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let (reads, ends) = (
            token("acme", TokenScope::Read),
            NewToken { ends_at: Some(later(10)), ..token("acme", TokenScope::Order) },
        );
        let mut work = shop.store.begin().await.unwrap();
        work.insert_account(&account("acme/jo", Some("acme"))).await.unwrap();
        for new in [&reads, &ends] {
            work.insert_token(new).await.unwrap();
        }
        let holder = work.token_holder(&reads.token_sha256, now()).await.unwrap().unwrap();
        assert_eq!((holder.account, holder.scope), ("acme".parse().unwrap(), TokenScope::Read));
        assert!(work.token_holder(&ends.token_sha256, later(9)).await.unwrap().is_some());
        assert_eq!(work.token_holder(&ends.token_sha256, later(10)).await.unwrap(), None);
        assert_eq!(work.token_holder(&digest(fresh()), now()).await.unwrap(), None);
        let acme = "acme".parse().unwrap();
        assert_eq!(work.tokens(Some(&acme)).await.unwrap().len(), 2);
        assert_eq!(work.tokens(Some(&"bolt".parse().unwrap())).await.unwrap(), []);
        assert!(work.revoke_token(&reads.id, later(1)).await.unwrap());
        assert!(!work.revoke_token(&reads.id, later(2)).await.unwrap());
        assert_eq!(work.token_holder(&reads.token_sha256, now()).await.unwrap(), None);
        assert_eq!(work.tokens(None).await.unwrap()[0].revoked_at, Some(later(1)));
        work.set_enabled(&acme, false).await.unwrap();
        assert_eq!(work.token_holder(&ends.token_sha256, now()).await.unwrap(), None);
    }

    async fn a_key_is_ending_once_for_each_reminder(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let day = 24 * 60 * 60;
        let mut work = shop.store.begin().await.unwrap();
        let unread = work.keys_ending(now(), 30, 10).await.unwrap();
        assert_eq!(unread.len(), 2, "keys of which no end is known");
        for key in unread {
            work.set_key_end(&key.key.id, later(400 * day)).await.unwrap();
        }
        let new = countersign_store::NewKey { ends_at: Some(later(20 * day)), ..key("acme") };
        work.insert_key(&new).await.unwrap();
        assert_eq!(work.keys_ending(now(), 7, 10).await.unwrap(), []);
        assert_eq!(work.keys_ending(now(), 30, 10).await.unwrap()[0].key, new);
        work.note_reminder(&new.id, 30).await.unwrap();
        assert_eq!(work.keys_ending(now(), 30, 10).await.unwrap(), []);
        assert_eq!(work.keys_ending(later(14 * day), 7, 10).await.unwrap().len(), 1);
        work.note_reminder(&new.id, 7).await.unwrap();
        assert_eq!(work.keys_ending(later(14 * day), 7, 10).await.unwrap(), []);
        assert_eq!(work.keys_ending(later(14 * day), 30, 10).await.unwrap(), []);
        assert_eq!(work.keys_ending(later(21 * day), 30, 10).await.unwrap(), [], "it has ended");
        let label = "laptop".parse().unwrap();
        assert!(work.label_key(&new.id, Some(&label)).await.unwrap());
        assert_eq!(work.key(&new.id).await.unwrap().unwrap().key.label, Some(label));
    }
}
