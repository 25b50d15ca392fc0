//! A shop in PostgreSQL: the same shop, with as many servers as wanted.

use countersign_tests::buyer::Session;
use countersign_tests::crowd::all_at_once;
use countersign_tests::po::Po;
use countersign_tests::postgres::Postgres;
use countersign_tests::shop::{Shop, eventually, rows};

#[test]
fn a_shop_in_postgresql_trades_like_any_other() {
    let database = Postgres::start();
    let mut shop = Shop::open_in(&database);
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    eventually("a letter about it", || {
        !shop.letters(&["PO-1", "shipped"]).is_empty()
    });
    po.orders(&["WATER=98", "--number", "PO-2"]).ends_with(6);
    let acme = shop.buyer("bolt");
    let session = acme.signs_in();
    let envelope = acme.envelope(&acme.draft("B-1").line("BREAD", 2, "2.50"));
    let first = session.submits(&envelope);
    first.decision("accepted");
    shop.restart();
    let again = session_at(&shop, &session).submits(&envelope);
    assert_eq!(again.repeat()["receipt"], first.json()["receipt"]);
    shop.opd(&["order", "cancel", "B-1", "--reason", "not today"]);
    let listed = shop.opd_json(&["order", "list"]);
    assert_eq!(rows(&listed).len(), 3);
    shop.opd(&["log", "verify"]).ok();
    let refused = shop.opd(&["backup", "copy.db"]).ends_with(1);
    assert!(refused.stderr.contains("pg_basebackup"), "{refused:?}");
}

/// The same session at another server.
fn session_at(shop: &Shop, session: &Session) -> Session {
    Session {
        server: shop.front().server,
        token: session.token.clone(),
    }
}

#[test]
fn three_servers_on_one_database_sell_exactly_what_is_there() {
    const ROUNDS: usize = 20;
    let database = Postgres::start();
    let first = Shop::open_in(&database);
    let others = [first.another(), first.another()];
    let acme = first.buyer("acme");
    let session = acme.signs_in();
    let servers = [&first, &others[0], &others[1]];
    let sessions = servers.map(|shop| session_at(shop, &session));
    for round in 0..ROUNDS {
        let reason = ["--reason", "a round begins"];
        let correct = [&["stock", "correct", "WATER", "50"][..], &reason].concat();
        first.opd(&correct).ok();
        let envelope = |n: usize| {
            let draft = acme.draft(&format!("PO-{round}-{n}"));
            acme.envelope(&draft.line("WATER", 1, "15.00"))
        };
        let envelopes: Vec<Vec<u8>> = (0..200).map(envelope).collect();
        let answers = all_at_once(200, |n| sessions[n % 3].submits(&envelopes[n]));
        let accepted = answers
            .iter()
            .filter(|answer| answer.json()["decision"] == "accepted");
        assert_eq!(accepted.count(), 50, "round {round}");
        // Each server gives the receipt that any of them gave.
        for n in [0, 1, 2, 199] {
            let again = sessions[(n + 1) % 3].submits(&envelopes[n]);
            assert_eq!(again.repeat()["receipt"], answers[n].json()["receipt"]);
        }
        eventually("all is shipped", || {
            first.available(&acme, "WATER") == 0 && {
                let accepted = first.opd_json(&["order", "list", "--state", "accepted"]);
                rows(&accepted).is_empty()
            }
        });
    }
    first.opd(&["log", "verify"]).ok();
}

#[test]
fn a_server_goes_on_when_its_database_comes_back() {
    let database = Postgres::start();
    let mut shop = Shop::open_in(&database);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = |number: &str| acme.envelope(&acme.draft(number).line("WATER", 1, "15.00"));
    let before = envelope("PO-1");
    session.submits(&before).decision("accepted");
    database.dies();
    let lost = envelope("PO-2");
    let answer = session.submits(&lost);
    assert_eq!(answer.status, 503, "{answer:?}");
    database.starts();
    eventually("orders are taken in again", || {
        session.submits(&lost).status < 300
    });
    session.submits(&before).repeat();
    assert!(shop.is_serving());
    assert_eq!(shop.orders().len(), 2);
}

#[test]
fn a_database_that_may_lose_what_it_took_is_refused_unless_one_machine_is_enough() {
    let database = Postgres::start();
    let mut shop = Shop::open_in(&database);
    shop.close();
    shop.unset("OPD_STORAGE_DURABILITY");
    let refused = shop.opd(&["serve", "0"]).ends_with(1);
    let says = &refused.stderr;
    assert!(says.contains("synchronous_standby_names"), "{says}");
}

#[test]
fn over_the_network_a_server_verifies_its_database_and_shows_a_password() {
    let mut database = Postgres::start();
    let mut shop = Shop::open_in(&database);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    shop.close();
    database.grants();
    let address = database.opens_to_the_network("wisteria on the wall");
    shop.set("OPD_STORAGE_DATABASE", &address);
    let refused = |shop: &Shop, why: &str| {
        let refused = shop.opd(&["serve", "0"]);
        assert_ne!(refused.code, Some(0), "{refused:?}");
        assert!(refused.stderr.contains(why), "{why}: {refused:?}");
        assert!(!refused.stderr.contains("wisteria"), "{refused:?}");
    };
    refused(&shop, "UnknownIssuer");
    let authority = database.authority();
    shop.set("OPD_STORAGE_AUTHORITIES", authority.to_str().unwrap());
    refused(&shop, "password");
    let file = shop.write("database-password", "wisteria on the door\n");
    shop.set("OPD_STORAGE_PASSWORD_FILE", file.to_str().unwrap());
    refused(&shop, "password authentication failed");
    shop.write("database-password", "wisteria on the wall\n");
    shop.serve();
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00"));
    session_at(&shop, &session)
        .submits(&envelope)
        .decision("accepted");
    let encrypted = database.sql(
        "SELECT DISTINCT usename, ssl
         FROM pg_stat_ssl
         JOIN pg_stat_activity USING (pid)
         WHERE application_name = 'countersign'",
    );
    assert_eq!(encrypted, "opd|t");
}

#[test]
fn a_server_serves_from_the_database_that_is_typed_whatever_the_settings_name() {
    let database = Postgres::start();
    let mut shop = Shop::open_in(&database);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    shop.close();
    shop.set("OPD_STORAGE_DATABASE", "data/opd.db");
    let refused = shop.opd(&["serve", "0"]).ends_with(5);
    assert!(refused.stderr.contains("no database at data/opd.db"));

    let typed = ["--database", &database.address()];
    shop.tries_to_serve_with(&typed).unwrap();
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00"));
    session.submits(&envelope).decision("accepted");
    let kept = database.sql("SELECT purchase_order_number FROM orders");
    assert_eq!(kept, "PO-1");
    assert!(!shop.data().join("opd.db").exists());
    shop.close();

    let nobody = "postgres:///shop?host=/nowhere&user=postgres";
    let another = database.address().replace("/shop?", "/another?");
    for (wrong, code, words) in [
        ("mysql://db.example/shop", 1, "postgres://USER@HOST/NAME"),
        ("postgres://opd:secret@db.example/shop", 1, "password_file"),
        (
            "postgres:opd:secret@db.example/shop",
            1,
            "postgres://USER@HOST/NAME",
        ),
        ("postgres://db.example:port/shop", 1, "makes no sense"),
        (nobody, 5, "no connection to PostgreSQL at /nowhere: "),
        (&another, 1, "\"another\" does not exist"),
    ] {
        let refused = shop.opd(&["serve", "0", "--database", wrong]);
        let refused = refused.ends_with(code);
        assert!(refused.stderr.contains(words), "{wrong}: {refused:?}");
        assert!(!refused.stderr.contains("secret"), "{refused:?}");
    }
}
