//! Death and resurrection of either side.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use countersign_tests::http::{Connection, Request};
use countersign_tests::shop::Shop;

#[test]
fn a_killed_server_answers_on_the_same_port_within_seconds() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let held: Vec<Connection> = (0..20)
        .map(|_| {
            let mut connection = session.server.connect().expect("a connection");
            let answer = connection.ask(&Request::get("/healthz"));
            answer.expect("an answer").with_status(200);
            connection
        })
        .collect();
    shop.kill();
    let start = Instant::now();
    shop.serve();
    assert_eq!(
        session.get("/v1/items").status,
        200,
        "the session outlives the process"
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "took {:?}",
        start.elapsed()
    );
    drop(held);
}

#[test]
fn a_client_that_dies_in_the_middle_of_an_order_locks_nothing() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00"));
    let bytes = Request::post_sealed("/v1/orders", envelope.clone())
        .token(&session.token)
        .bytes();
    for part in [10, bytes.len() / 2, bytes.len() - 1] {
        let mut connection = session.server.connect().expect("a connection");
        connection.send(&bytes[..part]).expect("a part is sent");
        connection.cut();
    }
    let start = Instant::now();
    let session = acme.signs_in();
    assert!(
        start.elapsed() < Duration::from_secs(25),
        "took {:?}",
        start.elapsed()
    );
    assert!(shop.orders().is_empty(), "half an order is no order");
    session.submits(&envelope).decision("accepted");
}

#[test]
fn a_second_server_on_the_same_data_is_refused_while_commands_are_welcome() {
    let shop = Shop::open();
    let refused = shop.opd(&["serve", "127.0.0.1", "0"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("already"), "{}", refused.stderr);
    shop.opd(&["stock", "receive", "WATER", "7"]).ok();
    assert_eq!(shop.available(&shop.buyer("acme"), "WATER"), 107);
}

#[test]
fn garbage_in_place_of_tls_ends_only_its_own_connection() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    for garbage in [
        &b"GET / HTTP/1.0\r\n\r\n"[..],
        &[0; 64],
        vec![0xff; 70_000].as_slice(),
        b"\x16\x03\x01\xff\xff",
    ] {
        let mut socket = TcpStream::connect(shop.front().server.address()).expect("a connection");
        // It may be closed before all of it is taken.
        drop(socket.write_all(garbage));
    }
    acme.signs_in();
    assert!(shop.is_serving());
}
