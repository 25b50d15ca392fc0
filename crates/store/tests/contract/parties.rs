//! The shop, buyers and accounts.

use countersign_store::{MailDetail, ShopRecord, StoreError};

use crate::place::on_every_backend;
use crate::sessions::session;
use crate::shop::{Shop, account, buyer, digest, later, now};

on_every_backend! {
    async fn a_shop_is_set_up_once(place: &dyn Place) {
        let store = place.open().await;
        let shop = ShopRecord {
            origin: "shop.example".parse().unwrap(),
            root: digest(1),
            created_at: now(),
        };
        let mut work = store.begin().await.unwrap();
        assert_eq!(work.shop().await.unwrap(), None);
        assert!(work.insert_shop(&shop).await.unwrap());
        let other = ShopRecord { root: digest(2), ..shop.clone() };
        assert!(!work.insert_shop(&other).await.unwrap());
        assert_eq!(work.shop().await.unwrap(), Some(shop));
    }

    async fn a_buyer_is_kept_and_changed(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        let mut acme = buyer("acme");
        assert!(!work.update_buyer(&acme).await.unwrap());
        assert!(work.insert_buyer(&acme).await.unwrap());
        acme.address = Some(serde_json::from_str(
            r#"{"name":"Acme Ltd","street":"1 Main St","city":"Fullerton","country":"US"}"#,
        ).unwrap());
        acme.mail_detail = MailDetail::NumberOnly;
        acme.on_stop = true;
        assert!(!work.insert_buyer(&acme).await.unwrap());
        assert_eq!(work.buyer(&acme.id).await.unwrap(), Some(buyer("acme")));
        assert!(work.update_buyer(&acme).await.unwrap());
        assert_eq!(work.buyer(&acme.id).await.unwrap(), Some(acme));
    }

    async fn buyers_are_listed_in_pages(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        for id in ["bolt", "acme", "cargo"] {
            work.insert_buyer(&buyer(id)).await.unwrap();
        }
        let page = work.buyers(None, 2).await.unwrap();
        assert_eq!((page.rows.as_slice(), page.more), (&[buyer("acme"), buyer("bolt")][..], true));
        let page = work.buyers(Some(&page.rows[1].id), 2).await.unwrap();
        assert_eq!((page.rows.as_slice(), page.more), (&[buyer("cargo")][..], false));
    }

    async fn an_account_belongs_to_a_buyer_or_to_the_seller(place: &dyn Place) {
        let store = place.open().await;
        let mut work = store.begin().await.unwrap();
        work.insert_buyer(&buyer("acme")).await.unwrap();
        let (first, second) = (account("acme", Some("acme")), account("acme/jo", Some("acme")));
        let clerk = account("jo", None);
        for new in [&first, &second, &clerk] {
            assert!(work.insert_account(new).await.unwrap());
            assert!(!work.insert_account(new).await.unwrap());
        }
        let acme = "acme".parse().unwrap();
        assert_eq!(work.accounts_of(Some(&acme)).await.unwrap(), [first.clone(), second]);
        assert_eq!(work.accounts_of(None).await.unwrap(), [clerk]);
        assert_eq!(work.account(&first.id).await.unwrap(), Some(first));
        assert_eq!(work.account(&"nobody".parse().unwrap()).await.unwrap(), None);
        let homeless = work.insert_account(&account("bolt", Some("bolt"))).await;
        assert!(matches!(homeless, Err(StoreError::RuleBroken(_))), "{homeless:?}");
    }

    async fn a_new_password_ends_the_accounts_sessions(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let (mine, theirs) = (session("acme"), session("bolt"));
        work.insert_session(&mine).await.unwrap();
        work.insert_session(&theirs).await.unwrap();
        assert!(work.set_verifier(&mine.account, "argon2id$2").await.unwrap());
        assert!(!work.set_verifier(&"nobody".parse().unwrap(), "x").await.unwrap());
        assert_eq!(work.session(&mine.token_sha256, later(1)).await.unwrap(), None);
        assert!(work.session(&theirs.token_sha256, later(1)).await.unwrap().is_some());
        let kept = work.account(&mine.account).await.unwrap().unwrap();
        assert_eq!(kept.verifier.as_deref(), Some("argon2id$2"));
    }

    async fn a_verifier_is_strengthened_only_if_it_is_still_the_old_one(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let mine = session("acme");
        work.insert_session(&mine).await.unwrap();
        let id = &mine.account;
        assert!(!work.strengthen_verifier(id, "legacy$0", "argon2id$2").await.unwrap());
        assert!(work.strengthen_verifier(id, "argon2id$1", "argon2id$2").await.unwrap());
        assert!(!work.strengthen_verifier(id, "argon2id$1", "argon2id$3").await.unwrap());
        let kept = work.account(id).await.unwrap().unwrap();
        assert_eq!(kept.verifier.as_deref(), Some("argon2id$2"));
        assert!(work.session(&mine.token_sha256, later(1)).await.unwrap().is_some());
    }

    async fn a_disabled_account_has_no_session(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let mine = session("acme");
        work.insert_session(&mine).await.unwrap();
        assert!(work.set_enabled(&mine.account, false).await.unwrap());
        assert!(work.set_enabled(&mine.account, true).await.unwrap());
        assert_eq!(work.session(&mine.token_sha256, later(1)).await.unwrap(), None);
        assert!(!work.set_enabled(&"nobody".parse().unwrap(), true).await.unwrap());
    }

    async fn correspondents_are_found_as_a_set(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        work.insert_account(&account("jo", None)).await.unwrap();
        let acme = "acme".parse().unwrap();
        let email = "orders@acme.example".parse().unwrap();
        assert!(work.set_contact(&acme, "Orders", &email).await.unwrap());
        let named = [acme.clone(), "jo".parse().unwrap(), "nobody".parse().unwrap()];
        let found = work.correspondents(&named).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[&acme].name, "acme Ltd");
        assert_eq!(found[&acme].email, email);
        assert_eq!(found[&acme].buyer.as_str(), "acme");
    }
}
