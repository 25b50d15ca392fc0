//! Signing in: an ID and a password, and what a stranger can learn from trying.
#![expect(clippy::expect_used, reason = "helpers of tests end at the spot too")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use countersign_tests::buyer::{Buyer, KeyKind, new_signer};
use countersign_tests::crowd::all_at_once;
use countersign_tests::http::{JSON, Request};
use countersign_tests::idle::{address, connect_from};
use countersign_tests::po::Po;
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use serde_json::{Value, json};

/// Sign-ins that must all be answered alike, with nothing to tell them apart.
fn bad_sign_ins() -> Vec<Vec<u8>> {
    let sign_in = |id: &str, password: &str| json!({"id": id, "password": password});
    let mut bodies: Vec<Vec<u8>> = [
        sign_in("acme", "not the password"),
        sign_in("nobody", "password of acme"),
        sign_in("acme' OR '1'='1", "password of acme"),
        sign_in("acme'; DROP TABLE accounts; --", "x"),
        sign_in("acme\n", "password of acme"),
        sign_in("acme", &"x".repeat(10_000)),
        sign_in(&"a".repeat(10_000), "password of acme"),
        sign_in("", ""),
        json!({"id": "acme"}),
        json!({"id": 7, "password": ["password of acme"]}),
    ]
    .iter()
    .map(|body| body.to_string().into_bytes())
    .collect();
    bodies.push(b"{\"id\":\"ac\xffme\",\"password\":\"password of acme\"}".to_vec());
    bodies.push(b"{\"id\":\"acme\",\"password\":\"passw\xf0rd of acme\"}".to_vec());
    bodies.push(b"\0\0\0\0".to_vec());
    bodies
}

#[test]
fn every_bad_sign_in_is_refused_alike_and_the_server_goes_on() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    let mut answers: BTreeSet<String> = BTreeSet::new();
    for body in bad_sign_ins() {
        let answer = shop.ask(&Request::new("POST", "/v1/sessions").body(JSON, body));
        let mut problem = answer.problem(401, "sign-in-not-accepted");
        // The request's own identifier is the one thing that may differ.
        problem
            .as_object_mut()
            .expect("a problem is an object")
            .remove("instance");
        answers.insert(problem.to_string());
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(shop.is_serving());
    acme.signs_in();
}

#[test]
fn every_kind_of_bad_sign_in_takes_as_long_as_a_wrong_password() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    // One of each name under which failures count: each further failure of a name is delayed.
    let bodies: [&[u8]; 5] = [
        b"{\"id\":\"acme\",\"password\":\"not the password\"}",
        b"{\"id\":\"nobody\",\"password\":\"password of acme\"}",
        b"{\"id\":\"acme' OR '1'='1\",\"password\":\"password of acme\"}",
        b"{\"id\":\"acme\\n\",\"password\":\"password of acme\"}",
        b"{\"id\":\"ac\xffme\",\"password\":\"password of acme\"}",
    ];
    // The fastest of several, taken in turn: noise only ever adds, and meets all alike. Without a
    // hash for strangers and for nonsense their answer comes fifty times sooner.
    let mut fastest = [Duration::MAX; 5];
    for _ in 0..4 {
        // Nothing has been guessed at a server that starts; whoever comes first warms it up.
        shop.restart();
        acme.signs_in();
        for (fastest, body) in fastest.iter_mut().zip(bodies) {
            let request = Request::new("POST", "/v1/sessions").body(JSON, body.to_vec());
            let start = Instant::now();
            shop.ask(&request).problem(401, "sign-in-not-accepted");
            *fastest = start.elapsed().min(*fastest);
        }
    }
    let wrong_password = fastest[0];
    assert!(
        fastest
            .iter()
            .all(|took| *took * 3 > wrong_password && *took < wrong_password * 3),
        "{fastest:?}"
    );
}

#[test]
fn a_session_is_needed_and_ends_when_asked() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    shop.ask(&Request::get("/v1/orders"))
        .problem(401, "sign-in-required");
    shop.ask(&Request::get("/v1/orders").token("made up"))
        .problem(401, "sign-in-required");
    let session = acme.signs_in();
    assert!(session.rows("/v1/orders").is_empty());
    session
        .ask(Request::new("DELETE", "/v1/sessions/current"))
        .with_status(204);
    session.get("/v1/orders").problem(401, "sign-in-required");
}

#[test]
fn a_disabled_account_is_out_at_once() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    shop.opd(&["buyer", "disable", "acme"]).ok();
    session.get("/v1/orders").problem(401, "sign-in-required");
    acme.tries_password(&acme.password)
        .problem(401, "sign-in-not-accepted");
    shop.opd(&["buyer", "enable", "acme"]).ok();
    acme.signs_in();
}

#[test]
fn equal_passwords_are_stored_differently_and_none_can_be_read_back() {
    let mut shop = Shop::open();
    for id in ["acme", "globex"] {
        let mut buyer = Buyer::new(id, KeyKind::Dsa, shop.front());
        buyer.password = "the same long password".to_owned();
        shop.add(&buyer);
    }
    shop.kill();
    let mut stored = Vec::new();
    for entry in fs::read_dir(shop.data())
        .expect("the data directory")
        .flatten()
    {
        stored.extend(fs::read(entry.path()).unwrap_or_default());
    }
    let text = String::from_utf8_lossy(&stored);
    let verifiers: BTreeSet<&str> = text
        .match_indices("$argon2id$v=19$m=19456,t=2,p=1$")
        .filter_map(|(at, _)| text.get(at..at + 90))
        .collect();
    assert!(verifiers.len() >= 2, "{verifiers:?}");
    // Known from `printf 'the same long password' | sha256sum`, and the other usual hashes.
    assert!(!text.contains("the same long password"));
    for bare in bare_hashes(b"the same long password") {
        let raw = hex::decode(&bare).expect("hexadecimal");
        assert!(!text.contains(&bare), "{bare}");
        assert!(
            !stored.windows(raw.len()).any(|window| window == raw),
            "{bare}"
        );
    }
}

fn bare_hashes(password: &[u8]) -> Vec<String> {
    ["md5", "sha1", "sha256", "sha512", "sha3-256"]
        .iter()
        .map(|name| {
            let mut command = std::process::Command::new("openssl");
            command.args(["dgst", &format!("-{name}"), "-r"]);
            let said = countersign_tests::programs::run_with_input(&mut command, password).ok();
            said.text().split(' ').next().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn guessing_slows_the_guesser_and_nobody_else() {
    let shop = Shop::open();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    let mut slowed = false;
    for _ in 0..15 {
        let answer = acme.tries_password("a guess");
        slowed |= answer.status == 429;
        assert!(
            answer.status == 401 || answer.status == 429,
            "{}",
            answer.text()
        );
    }
    assert!(slowed, "fifteen guesses in a row were all examined");
    acme.tries_password("a guess").problem(429, "slow-down");
    let start = Instant::now();
    globex.signs_in();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "took {:?}",
        start.elapsed()
    );
}

/// Sign-ins at the same moment.
const AT_ONCE: usize = 100;
/// How long all of them may take: five times what they should, so that only a server that hangs fails.
const ALL_WITHIN: Duration = Duration::from_secs(25);
/// How long one may take beside as many that fail.
const ONE_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn a_hundred_sign_ins_at_once_are_all_accepted() {
    let shop = Shop::open();
    let buyers = ["acme", "bolt", "cogs", "dyne"].map(|id| shop.buyer_with(id, KeyKind::Dsa));
    let start = Instant::now();
    let mut times = all_at_once(AT_ONCE, |n| {
        let buyer = buyers.get(n % buyers.len()).expect("one of them");
        buyer.signs_in();
        start.elapsed()
    });
    times.sort();
    let [half, last] = [AT_ONCE / 2, AT_ONCE].map(|n| times.get(n - 1).expect("a hundred"));
    remark(&format!(
        "{AT_ONCE} sign-ins at once: half after {half:?}, all after {last:?}"
    ));
    assert!(*last < ALL_WITHIN, "took {last:?}");
}

#[test]
fn a_hundred_wrong_passwords_keep_out_no_other_account_and_no_other_source() {
    let shop = Shop::open();
    let (acme, bolt) = (shop.buyer("acme"), shop.buyer_with("bolt", KeyKind::Dsa));
    let server = &acme.front.server;
    let sign_in = |id: &str, password: &str| {
        let body = json!({"id": id, "password": password});
        Request::post_json("/v1/sessions", &body)
    };
    let mut guesses = Vec::new();
    for n in 0..AT_ONCE {
        let stranger = format!("stranger-{n}");
        let id = if n % 2 == 0 { "acme" } else { &stranger };
        let mut guess = server.connect().expect("a connection");
        guess
            .send(&sign_in(id, "a guess").bytes())
            .expect("the server reads");
        guesses.push(guess);
    }
    let other_account = || {
        bolt.signs_in();
    };
    let other_source = || {
        let elsewhere = connect_from(address(7), server.address()).expect("a socket");
        let mut elsewhere = server.connect_over(elsewhere).expect("a connection");
        let answer = elsewhere.ask(&sign_in("acme", &acme.password));
        answer.expect("an answer").with_status(201);
    };
    let honest: [&(dyn Fn() + Sync); 2] = [&other_account, &other_source];
    let start = Instant::now();
    let took = all_at_once(honest.len(), |n| {
        honest.get(n).expect("one of two")();
        start.elapsed()
    });
    let statuses = guesses
        .into_iter()
        .map(|mut guess| guess.receive().expect("an answer").status);
    let (wrong, slowed): (Vec<u16>, Vec<u16>) = statuses.partition(|status| *status == 401);
    remark(&format!(
        "beside {} wrong passwords and {} guesses that were slowed: another account and another source \
         after {took:?}",
        wrong.len(),
        slowed.len()
    ));
    assert!(took.iter().all(|took| *took < ONE_WITHIN), "{took:?}");
    // Of fifty guesses at one account from one source ten are compared, and an eleventh if it came beside the tenth.
    assert!(slowed.iter().all(|status| *status == 429), "{slowed:?}");
    assert!((39..=40).contains(&slowed.len()), "{slowed:?}");
}

#[test]
fn silent_connections_keep_nobody_waiting() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let address = shop.front().server.address();
    let silent: Vec<TcpStream> = (0..200)
        .map(|_| TcpStream::connect(address).expect("a connection"))
        .collect();
    let start = Instant::now();
    let session = acme.signs_in();
    session
        .submits(&acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00")))
        .decision("accepted");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "took {:?}",
        start.elapsed()
    );
    drop(silent);
}

/// Takes the place of a server: hears whatever is said to its port, and answers nothing.
fn impostor(port: u16) -> mpsc::Receiver<Vec<u8>> {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let (heard, told) = mpsc::channel();
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut bytes = Vec::new();
            socket
                .set_read_timeout(Some(Duration::from_secs(2)))
                .expect("a socket");
            // Ends when the client gives up or falls silent.
            drop(socket.read_to_end(&mut bytes));
            heard.send(bytes).expect("the test listens");
        }
    });
    told
}

#[test]
fn an_impostor_on_the_sellers_port_hears_nothing_of_the_account() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    let po = Po::trusting(&shop);
    po.write("password", &acme.password);
    shop.kill();
    let heard = impostor(shop.port());
    let refused = po.run(&["login", "127.0.0.1", &po.port(), "acme", "--no-input"]);
    assert_eq!(refused.code, Some(7), "{refused:?}");
    let mut said = heard
        .recv_timeout(Duration::from_secs(10))
        .expect("po tried");
    said.extend(heard.try_iter().flatten());
    let text = String::from_utf8_lossy(&said);
    assert!(
        !text.contains("acme") && !text.contains("password"),
        "{text}"
    );
}

#[test]
fn another_seller_on_the_sellers_port_is_not_signed_in_to() {
    let (mut shop, mut other) = (Shop::open(), Shop::founded(&[]));
    let acme = shop.buyer("acme");
    let po = Po::trusting(&shop);
    po.write("password", &acme.password);
    shop.kill();
    other.serve_on(shop.port());
    // The same ID and password are good there: only the root tells the difference.
    other.add(&acme.with_key(new_signer("acme", KeyKind::Dsa)));
    let refused = po.run(&["login", "127.0.0.1", &po.port(), "acme", "--no-input"]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    let metrics = other.metrics();
    for outcome in ["accepted", "refused"] {
        let never = format!("countersign_sign_ins_total{{outcome=\"{outcome}\"}} 0\n");
        assert!(metrics.contains(&never), "it was told something: {metrics}");
    }
}

#[test]
fn the_first_answer_a_stranger_gets_tells_only_who_the_seller_is() {
    let shop = Shop::open();
    let seller: Value = shop
        .ask(&Request::get("/v1/seller"))
        .with_status(200)
        .json();
    assert_eq!(seller["origin"], "shop.example");
    let pem = seller["certificates"]["root"]
        .as_str()
        .expect("the root certificate");
    assert_eq!(pem.trim(), shop.certificate_pem("root").trim());
    shop.ask(&Request::get("/v1/items"))
        .problem(401, "sign-in-required");
    shop.ask(&Request::get("/v1/nothing"))
        .problem(404, "not-found");
    shop.ask(&Request::get("/healthz")).with_status(200);
    shop.ask(&Request::get("/readyz")).with_status(200);
}
