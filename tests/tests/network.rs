//! A hostile network: connections that say nothing, that say little, that never read, and requests whose
//! end is said twice. Buyers are served meanwhile, and the server's memory stays bounded.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::io::ErrorKind::WouldBlock;
use std::io::Read as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::http::{Connection, JSON, Request};
use countersign_tests::idle::{address, connect_from, may_open_many};
use countersign_tests::programs::resident_kib;
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use serde_json::json;

/// Connections that say nothing: ten times what the server keeps open.
const SILENT: u32 = 10_000;
/// From so many addresses, all within what one may hold.
const SOURCES: u32 = 100;
/// The resident memory that the server may take.
const RESIDENT_MAX_MIB: u64 = 200;
/// A hang guard for one order, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Orders whose time is taken.
const ORDERS: u32 = 50;

fn resident_mib(shop: &Shop) -> u64 {
    resident_kib(shop.process_id()) / 1024
}

/// Orders on new connections, one after the other; the time of each, sorted.
fn order_times(buyer: &Buyer, session: &Session, name: &str) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..ORDERS)
        .map(|n| {
            let draft = buyer.draft(&format!("{name}-{n}"));
            let envelope = buyer.envelope(&draft.line("WATER", 1, "15.00"));
            let start = Instant::now();
            session.submits(&envelope).decision("accepted");
            let took = start.elapsed();
            assert!(took < PATIENCE, "an order took {took:?}");
            took
        })
        .collect();
    times.sort();
    times
}

fn report(what: &str, times: &[Duration], shop: &Shop) {
    remark(&format!(
        "{what}: orders p50 {:?}, longest {:?}; server {} MiB",
        times[times.len() / 2],
        times[times.len() - 1],
        resident_mib(shop)
    ));
}

fn stocked_shop(settings: &[(&str, &str)]) -> (Shop, Buyer, Session) {
    let shop = Shop::open_with(settings);
    shop.sells(&[("WATER", "15.00", 100_000)]);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    (shop, acme, session)
}

#[test]
fn ten_thousand_silent_connections_keep_no_buyer_out() {
    may_open_many();
    // Longer than opening them takes on a loaded machine: none may end by being idle.
    let (shop, acme, session) = stocked_shop(&[("OPD_LISTEN_IDLE_TIMEOUT_SECONDS", "600")]);
    let server = session.server.clone();
    report("alone", &order_times(&acme, &session, "ALONE"), &shop);
    // One over which somebody signed in, and which then rests, outlasts all of them.
    let mut known = server.connect().expect("a connection");
    let get = Request::get("/v1/orders").token(&session.token);
    assert_eq!(known.ask(&get).expect("an answer").status, 200);
    let silent: Vec<TcpStream> = (0..SILENT)
        .filter_map(|n| connect_from(address(n % SOURCES), server.address()).ok())
        .collect();
    assert!(silent.len() > 5_000, "only {} connections", silent.len());
    let times = order_times(&acme, &session, "CROWD");
    report(&format!("{} silent", silent.len()), &times, &shop);
    assert_eq!(known.ask(&get).expect("it was kept").status, 200);
    assert!(resident_mib(&shop) <= RESIDENT_MAX_MIB);
}

/// Handshakes that are begun and not ended.
const HALF_HANDSHAKES: u32 = 300;
/// A server's part of a handshake is never shorter: it holds a certificate and a signature.
const SERVERS_PART_BYTES: usize = 500;

#[test]
fn half_handshakes_keep_no_buyer_out_and_are_cut_off() {
    may_open_many();
    let (shop, acme, session) = stocked_shop(&[("OPD_LISTEN_HANDSHAKE_TIMEOUT_SECONDS", "2")]);
    let server = &session.server;
    let half: Vec<TcpStream> = (0..HALF_HANDSHAKES)
        .map(|n| {
            let socket = connect_from(address(n % SOURCES), server.address());
            let half = socket.and_then(|socket| server.begin_handshake(socket));
            half.expect("the server takes it")
        })
        .collect();
    let times = order_times(&acme, &session, "HALF");
    report(&format!("{HALF_HANDSHAKES} half handshakes"), &times, &shop);
    for mut socket in half {
        let mut answer = Vec::new();
        // It ends, in order or not, before the socket's own patience does.
        let ended = socket.read_to_end(&mut answer);
        let is_kept = ended.is_err_and(|error| error.kind() == WouldBlock);
        assert!(!is_kept, "a half handshake is kept");
        let size = answer.len();
        assert!(
            size >= SERVERS_PART_BYTES,
            "the server's part: {size} bytes"
        );
    }
}

/// Connections over which little is said.
const SLOW_CONNECTIONS: u32 = 2_000;

/// What a slow peer says at first, and what it goes on with.
const SLOW: [(&str, &[u8], &[u8]); 3] = [
    (
        "header",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        b"X-A: b\r\n",
    ),
    (
        "body",
        b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
          Content-Length: 4000\r\n\r\n",
        b" ",
    ),
    ("nothing", b"", b""),
];

#[test]
fn who_is_slow_is_cut_off_and_holds_up_nobody() {
    may_open_many();
    let (shop, acme, session) = stocked_shop(&[
        ("OPD_LISTEN_IDLE_TIMEOUT_SECONDS", "3"),
        ("OPD_LISTEN_BODY_TIMEOUT_SECONDS", "3"),
        ("OPD_LISTEN_HANDSHAKE_TIMEOUT_SECONDS", "3"),
    ]);
    report("alone", &order_times(&acme, &session, "ALONE"), &shop);
    let mut slow: Vec<(&str, Connection, &[u8])> = Vec::new();
    for (n, (what, first, more)) in (0..SLOW_CONNECTIONS).zip(SLOW.iter().cycle()) {
        let socket = connect_from(address(n % SOURCES), session.server.address());
        // Those that are sent away before they have said a word are not slow any more.
        let connection = socket.and_then(|socket| session.server.connect_over(socket));
        if let Ok(mut connection) = connection
            && connection.send(first).is_ok()
        {
            slow.push((what, connection, more));
        }
    }
    assert!(slow.len() > 500, "only {} connections", slow.len());
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(4) {
        for (_, connection, more) in &mut slow {
            // One that was cut off may refuse to be written to.
            drop(connection.send(more));
        }
        let name = format!("SLOW-{}", start.elapsed().as_millis());
        let times = order_times(&acme, &session, &name);
        report(&format!("{} slow", slow.len()), &times, &shop);
    }
    for (what, connection, _) in &mut slow {
        let (_, is_closed) = connection.rest(Duration::from_secs(10));
        assert!(is_closed, "a connection slow in its {what} is kept");
    }
    drop(shop);
}

#[test]
fn who_never_reads_is_cut_off() {
    let (shop, acme, session) = stocked_shop(&[("OPD_LISTEN_IDLE_TIMEOUT_SECONDS", "2")]);
    let mut connection = session.server.connect().expect("a connection");
    // More answers than the buffers of both sides hold.
    let request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400);
    drop(connection.send(&request));
    order_times(&acme, &session, "UNREAD");
    std::thread::sleep(Duration::from_secs(5));
    let (said, is_closed) = connection.rest(Duration::from_secs(10));
    assert!(is_closed, "still open after {} bytes", said.len());
    let answers = said
        .windows(12)
        .filter(|part| part == b"HTTP/1.1 200")
        .count();
    assert!(answers < 400, "all {answers} answers were kept for it");
    drop(shop);
}

fn answers(said: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(said);
    let starts = text.match_indices("HTTP/1.1 ");
    starts
        .filter_map(|(at, start)| {
            text.get(at + start.len()..at + start.len() + 3)?
                .parse()
                .ok()
        })
        .collect()
}

/// The end of a body in chunks.
const CHUNKS: &str = "0\r\n\r\n";

/// Headers that say where a request ends twice, or wrongly, and the body after them.
const AMBIGUOUS: [(&str, &str, &str); 16] = [
    (
        "length, then chunks",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        CHUNKS,
    ),
    (
        "chunks, then length",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        CHUNKS,
    ),
    (
        "two lengths",
        "Content-Length: 0\r\nContent-Length: 5\r\n",
        "12345",
    ),
    ("two lengths in one", "Content-Length: 0, 5\r\n", "12345"),
    ("a signed length", "Content-Length: +0\r\n", ""),
    ("a negative length", "Content-Length: -1\r\n", ""),
    (
        "a length in hexadecimal",
        "Content-Length: 0x5\r\n",
        "12345",
    ),
    (
        "a length beyond all",
        "Content-Length: 99999999999999999999\r\n",
        "",
    ),
    (
        "an unknown coding",
        "Transfer-Encoding: xchunked\r\n",
        CHUNKS,
    ),
    (
        "a coding before chunks",
        "Transfer-Encoding: gzip, chunked\r\n",
        CHUNKS,
    ),
    (
        "chunks that are not last",
        "Transfer-Encoding: chunked, gzip\r\n",
        CHUNKS,
    ),
    (
        "chunks twice",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        CHUNKS,
    ),
    (
        "a space before the colon",
        "Content-Length : 5\r\n",
        "12345",
    ),
    (
        "a folded header",
        "X-A: b\r\n Content-Length: 5\r\n",
        "12345",
    ),
    (
        "a bad chunk",
        "Transfer-Encoding: chunked\r\n",
        "-1\r\n\r\n",
    ),
    (
        "an endless chunk",
        "Transfer-Encoding: chunked\r\n",
        "fffffffffffffffff\r\n",
    ),
];

#[test]
fn a_request_whose_end_is_said_twice_hides_no_other() {
    let mut shop = Shop::open();
    let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let head = "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for (what, headers, body) in AMBIGUOUS {
        let mut connection = shop.front().server.connect().expect("a connection");
        let bytes = format!("{head}{headers}\r\n{body}{hidden}");
        drop(connection.send(bytes.as_bytes()));
        let (said, is_closed) = connection.rest(Duration::from_secs(5));
        let answers = answers(&said);
        assert!(is_closed, "{what}: kept open after {answers:?}");
        assert!(
            !answers.contains(&200),
            "{what}: the hidden request was answered"
        );
        assert!(answers.len() <= 1, "{what}: {answers:?}");
    }
    // The control: said once, both are answered.
    let mut connection = shop.front().server.connect().expect("a connection");
    let bytes = format!("{head}Content-Length: 2\r\n\r\n{{}}{hidden}");
    connection.send(bytes.as_bytes()).expect("the server reads");
    let (said, _) = connection.rest(Duration::from_secs(5));
    assert_eq!(answers(&said), [401, 200]);
    assert!(shop.is_serving());
}

#[test]
fn what_is_too_much_is_refused_before_it_is_held() {
    let (shop, acme, session) = stocked_shop(&[]);
    let before = resident_mib(&shop);
    let token = &session.token;
    let tries: [(&str, Vec<u8>); 4] = [
        (
            "a million headers",
            [
                b"GET /healthz HTTP/1.1\r\n".to_vec(),
                b"A: b\r\n".repeat(1_000_000),
            ]
            .concat(),
        ),
        (
            "a header of 8 MiB",
            [
                b"GET /healthz HTTP/1.1\r\nA: ".to_vec(),
                vec![b'x'; 8 << 20],
            ]
            .concat(),
        ),
        (
            "a path of 1 MiB",
            [
                b"GET /".to_vec(),
                vec![b'x'; 1 << 20],
                b" HTTP/1.1\r\n\r\n".to_vec(),
            ]
            .concat(),
        ),
        (
            "a body of 10 GB",
            format!(
                "POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
                 Content-Type: application/pkcs7-mime\r\nContent-Length: 10000000000\r\n\r\n"
            )
            .into_bytes(),
        ),
    ];
    for (what, bytes) in tries {
        let mut connection = session.server.connect().expect("a connection");
        // The server may close before it has read all of it.
        let mut sent = connection.send(&bytes);
        let mut more = 0;
        while what.starts_with("a body") && sent.is_ok() && more < 64 << 20 {
            sent = connection.send(&vec![0x30; 1 << 20]);
            more += 1 << 20;
        }
        let (said, is_closed) = connection.rest(Duration::from_secs(5));
        assert!(is_closed, "{what}: kept open");
        for status in answers(&said) {
            assert!([400, 413, 414, 431].contains(&status), "{what}: {status}");
        }
        assert!(
            !what.starts_with("a body") || sent.is_err(),
            "{what} was read"
        );
    }
    // HTTP/2 is not spoken: what it could be bombed with is not there.
    let mut connection = session.server.connect().expect("a connection");
    drop(connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"));
    let (said, is_closed) = connection.rest(Duration::from_secs(5));
    assert!(is_closed && !answers(&said).contains(&200));
    order_times(&acme, &session, "AFTER");
    let grown = resident_mib(&shop).saturating_sub(before);
    assert!(grown <= 64, "the server grew by {grown} MiB");
}

/// Sign-ins at once, with passwords that are wrong.
const SIGN_INS: u32 = 500;

#[test]
fn a_flood_of_sign_ins_leaves_orders_alone() {
    let (shop, acme, session) = stocked_shop(&[]);
    report("alone", &order_times(&acme, &session, "ALONE"), &shop);
    let server = session.server.clone();
    let mut flood = Vec::new();
    for n in 0..SIGN_INS {
        let socket = connect_from(address(n), server.address()).expect("a socket");
        let mut connection = server.connect_over(socket).expect("a connection");
        let body = json!({"id": format!("guess-{n}"), "password": "x".repeat(100)});
        let request = Request::new("POST", "/v1/sessions").body(JSON, body.to_string().into());
        connection.send(&request.bytes()).expect("the server reads");
        flood.push(connection);
    }
    report(
        &format!("{SIGN_INS} sign-ins"),
        &order_times(&acme, &session, "FLOOD"),
        &shop,
    );
    let (mut answered, mut wrong) = (0, 0);
    for mut connection in flood {
        // One may have had to make room for another.
        if let Ok(answer) = connection.receive() {
            // Wrong, or too many at once; nobody learns more.
            assert!([401, 429, 503].contains(&answer.status), "{answer:?}");
            answered += 1;
            wrong += u32::from(answer.status == 401);
        }
    }
    remark(&format!("{answered} answered, {wrong} of them as wrong"));
    assert!(answered > SIGN_INS / 2, "only {answered} were answered");
    assert!(wrong > 0, "no password was looked at");
    acme.signs_in();
}
