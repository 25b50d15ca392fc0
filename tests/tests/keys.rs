//! Keys: who may enrol one, and which are good enough.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_envelope::{Signer, SigningKey};
use countersign_tests::buyer::{
    Buyer, KeyKind, Session, certified, certified_between, new_key, new_signer,
};
use countersign_tests::chance::now;
use countersign_tests::forgery::Forger;
use countersign_tests::http::{Answer, Request};
use countersign_tests::mail::attachment;
use countersign_tests::openssl::openssl;
use countersign_tests::python::careless;
use countersign_tests::shop::{ORIGIN, Shop, eventually};
use serde_json::{Value, json};

/// The document a new key signs to prove that its holder has it.
fn enrolment(buyer: &Buyer, session: &Session, certificate: &Signer) -> Vec<u8> {
    let challenge = session
        .ask(Request::new("POST", "/v1/keys/challenges"))
        .with_status(201)
        .json();
    json!({
        "document": "countersign/key-enrolment/1",
        "seller": ORIGIN,
        "seller_root": buyer.front.root.fingerprint().to_string(),
        "account": buyer.id,
        "certificate_sha256": certificate.certificate().fingerprint().to_string(),
        "challenge": challenge["challenge"],
        "issued_at": now().to_string(),
    })
    .to_string()
    .into_bytes()
}

fn signed(signer: &Signer, document: &[u8]) -> Value {
    json!(STANDARD.encode(signer.sign(document, now()).expect("a signature")))
}

fn enrols(session: &Session, new: &Signer, more: &Value) -> Answer {
    let mut body = json!({"certificate": STANDARD.encode(new.certificate().der())});
    let members = body.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    session.ask(Request::post_json("/v1/keys", &body))
}

#[test]
fn a_password_alone_never_adds_a_key() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let fresh = new_signer("acme", KeyKind::Dsa);
    let document = enrolment(&acme, &session, &fresh);
    let possession = signed(&fresh, &document);
    enrols(&session, &fresh, &json!({"possession": possession}))
        .problem(403, "enrolment-not-authorised");
    // The new key cannot allow itself, nor can an invite that does not exist.
    let document = enrolment(&acme, &session, &fresh);
    let itself = signed(&fresh, &document);
    enrols(
        &session,
        &fresh,
        &json!({"possession": itself, "authorisation": itself}),
    )
    .problem(403, "enrolment-not-authorised");
    let document = enrolment(&acme, &session, &fresh);
    enrols(
        &session,
        &fresh,
        &json!({"possession": signed(&fresh, &document), "invite": "made-up"}),
    )
    .problem(403, "enrolment-not-authorised");
    let order = acme.with_key(fresh);
    session
        .submits(&order.envelope(&order.draft("PO-1").line("WATER", 1, "15.00")))
        .problem(403, "signature-not-accepted");
}

#[test]
fn what_is_no_certificate_is_refused_and_a_private_key_by_name() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    openssl(
        shop.folder(),
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out private.der",
    )
    .ok();
    let private = fs::read(shop.folder().join("private.der")).expect("openssl wrote it");
    for (what, certificate, said) in [
        ("a private key", private, "private key"),
        ("a bomb", [0x30, 0x80].repeat(20_000), ""),
        ("nothing", Vec::new(), ""),
    ] {
        let body = json!({
            "certificate": STANDARD.encode(certificate),
            "possession": "AAAA",
            "authorisation": "AAAA",
        });
        let problem = session
            .ask(Request::post_json("/v1/keys", &body))
            .problem(400, "key-not-accepted");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(said), "{what}: {problem}");
    }
    assert_eq!(session.rows("/v1/keys").len(), 1);
}

#[test]
fn an_active_key_allows_the_next_and_the_enrolment_is_stated_and_mailed() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let fresh = new_signer("acme", KeyKind::Dsa);
    let document = enrolment(&acme, &session, &fresh);
    let (possession, authorisation) = (signed(&fresh, &document), signed(&acme.signer, &document));
    let body = enrols(
        &session,
        &fresh,
        &json!({"possession": possession, "authorisation": authorisation}),
    );
    assert_eq!(body.with_status(201).json()["state"], "active");
    let fingerprint = fresh.certificate().fingerprint().to_string();
    let letters = || shop.letters(&["acme@buyer.example", &fingerprint]);
    eventually("the enrolment is mailed", || !letters().is_empty());
    let statement = letters()
        .iter()
        .find_map(|letter| attachment(letter, "key.p7m"));
    let statement = acme.statement(&statement.expect("the statement is attached"));
    assert_eq!(statement["document"], "countersign/key/1");
    assert_eq!(
        (&statement["action"], &statement["authorised_by"]),
        (&json!("enrolled"), &json!("key"))
    );
    // The same document is no good twice: its challenge is spent.
    let other = new_signer("acme", KeyKind::Dsa);
    let possession = signed(&other, &document);
    let again = enrols(
        &session,
        &other,
        &json!({"possession": possession, "authorisation": authorisation}),
    );
    again.problem(400, "key-not-accepted");
    let order = acme.with_key(fresh);
    session
        .submits(&order.envelope(&order.draft("PO-1").line("WATER", 1, "15.00")))
        .decision("accepted");
}

#[test]
fn a_key_is_revoked_with_the_password_and_signs_no_more() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let key = session.rows("/v1/keys")[0]["id"]
        .as_str()
        .expect("an ID")
        .to_owned();
    let path = format!("/v1/keys/{key}/revocation");
    let wrong = json!({"password": "not mine", "reason": "lost"});
    session
        .ask(Request::post_json(&path, &wrong))
        .problem(401, "sign-in-not-accepted");
    let right = json!({"password": acme.password, "reason": "lost"});
    session
        .ask(Request::post_json(&path, &right))
        .with_status(200);
    session
        .submits(&acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00")))
        .problem(403, "key-not-active");
    let letters = || shop.letters(&["acme@buyer.example", "Subject: A key of acme is revoked"]);
    eventually("the revocation is mailed", || !letters().is_empty());
    let statement = attachment(&letters()[0], "key.p7m").expect("the statement is attached");
    let statement = acme.statement(&statement);
    assert_eq!(
        (&statement["action"], &statement["reason"]),
        (&json!("revoked"), &json!("lost"))
    );
}

#[test]
fn what_a_certificate_says_of_its_time_counts_for_nothing_and_the_place_in_the_log_for_all() {
    let shop = Shop::open();
    let acme = shop.buyer_with("acme", KeyKind::Dsa);
    for (id, from, until) in [
        ("expired", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"),
        (
            "not-yet-valid",
            "2090-01-01T00:00:00Z",
            "2091-01-01T00:00:00Z",
        ),
    ] {
        let [from, until] = [from, until].map(|time| time.parse().expect("a time"));
        let signer = certified_between(new_key(KeyKind::Dsa), id, from, until);
        let buyer = Buyer {
            id: id.to_owned(),
            password: format!("password of {id}"),
            ..acme.with_key(signer)
        };
        shop.add(&buyer);
        let session = buyer.signs_in();
        let order = |number| buyer.envelope(&buyer.draft(number).line("WATER", 1, "15.00"));
        session.submits(&order("PO-1")).decision("accepted");
        // Signed while the key was active, and there only when it was not.
        let late = order("PO-2");
        revoke(&shop, &buyer);
        session.submits(&late).problem(403, "key-not-active");
    }
}

#[test]
fn one_key_belongs_to_one_account() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    shop.buyer("globex");
    let certificate = shop.write("shared.cert.pem", acme.certificate().to_pem());
    let certificate = certificate.to_str().expect("a path");
    let refused = shop.opd(&["key", "add", "globex", certificate, "--json"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert_eq!(refused.problem()["code"], "key-in-use");
    // The same key in another certificate is still the same key.
    let key = shop.write("key.pem", key_pem(&shop));
    let both = [("one.pem", "acme"), ("two.pem", "globex")];
    for (file, _) in both {
        let subject = format!("req -x509 -key key.pem -subj /CN={file} -days 30 -out {file}");
        openssl(shop.folder(), &subject).ok();
    }
    assert!(key.exists());
    shop.opd(&["key", "add", "acme", "one.pem"]).ok();
    let refused = shop.opd(&["key", "add", "globex", "two.pem", "--json"]);
    assert_eq!(refused.code, Some(6), "{refused:?}");
    assert_eq!(refused.problem()["code"], "key-in-use");
}

fn key_pem(shop: &Shop) -> Vec<u8> {
    openssl(
        shop.folder(),
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out new.pem",
    )
    .ok();
    fs::read(shop.folder().join("new.pem")).expect("openssl wrote it")
}

#[test]
fn keys_that_are_too_weak_or_no_certificates_are_refused_by_name() {
    let shop = Shop::open();
    shop.buyer("acme");
    let make = |arguments: &str| openssl(shop.folder(), arguments).ok();
    make(
        "req -x509 -newkey rsa:1024 -nodes -keyout weak.key.pem -subj /CN=weak -out weak.cert.pem",
    );
    make("ecparam -name prime256v1 -genkey -noout -out ec.key.pem");
    make("req -x509 -key ec.key.pem -subj /CN=ec -out ec.cert.pem");
    make("genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out old.params.pem");
    make("genpkey -paramfile old.params.pem -out old.key.pem");
    make("req -x509 -key old.key.pem -sha256 -subj /CN=old -out old.cert.pem");
    for (file, said) in [
        ("weak.cert.pem", "RSA-1024 is not accepted"),
        ("ec.cert.pem", "not with P-256"),
        (
            "old.cert.pem",
            "keys of this algorithm or size are not supported",
        ),
        ("weak.key.pem", "private key"),
    ] {
        let refused = shop.opd(&["key", "add", "acme", file]);
        assert_eq!(refused.code, Some(1), "{file}: {refused:?}");
        assert!(refused.stderr.contains(said), "{file}: {}", refused.stderr);
    }
}

#[test]
fn keys_that_share_a_prime_are_found_and_named_until_they_are_revoked() {
    let shop = Shop::founded(&[]);
    let acme = shop.buyer("acme");
    shop.opd(&["key", "check"]).ok();
    careless(shop.folder(), &["write-sharing", "globex", "initech"]);
    let [globex, initech] = ["globex", "initech"].map(|id| {
        let pem = fs::read_to_string(shop.folder().join(id)).expect("a key was written");
        let key = SigningKey::from_pem(&pem, None).expect("good by itself");
        let buyer = Buyer {
            id: id.to_owned(),
            ..acme.with_key(certified(key, id))
        };
        shop.add(&buyer);
        buyer
    });
    let shares =
        |buyer: &Buyer, other| exposure(buyer, &format!("shares a prime with {}", key_of(other)));
    let found = [shares(&globex, &initech), shares(&initech, &globex)];
    assert_eq!(exposed(&shop), found);
    // Whoever has the public half of the revoked key still computes the other's secret.
    revoke(&shop, &globex);
    assert_eq!(exposed(&shop), found[1..]);
    let said = shop.opd(&["key", "check"]).ends_with(3);
    let line = format!(
        "{}: shares a prime with {}\n",
        key_of(&initech),
        key_of(&globex)
    );
    assert_eq!(said.text(), line);
    revoke(&shop, &initech);
    assert_eq!(exposed(&shop), NOBODY);
}

#[test]
fn a_nonce_used_twice_is_found_and_named_though_the_orders_are_good() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let acme = shop.buyer_with("acme", KeyKind::Dsa);
    let session = acme.signs_in();
    for number in ["PO-1", "PO-2"] {
        let order = acme.envelope(&acme.draft(number).line("WATER", 1, "15.00"));
        session.submits(&order).decision("accepted");
    }
    assert_eq!(exposed(&shop), NOBODY);
    // One uses it for its enrolment and an order, one for an order and its cancellation, one for two orders.
    let acme_too = Forger::stranger(&shop, "acme", KeyKind::Dsa);
    let document = enrolment(&acme, &session, &acme_too.buyer.signer);
    let documents = json!({
        "possession": STANDARD.encode(with_the_nonce(&acme_too, NONCES[0], &document)),
        "authorisation": signed(&acme.signer, &document),
    });
    let key = enrols(&session, &acme_too.buyer.signer, &documents);
    let key = id_of(&key.with_status(201).json());
    let order = id_of(&orders_with_the_nonce(&acme_too, NONCES[0], "PO-3")["order"]);
    let globex = Forger::enrolled(&shop, "globex", KeyKind::Dsa);
    let ordered = orders_with_the_nonce(&globex, NONCES[1], "PO-1");
    let request = globex.buyer.cancellation(&ordered).bytes();
    let request = with_the_nonce(&globex, NONCES[1], &request);
    let request = globex.buyer.seals(&request);
    let cancelled = globex.buyer.signs_in().cancels(&ordered, &request);
    cancelled.with_status(201);
    let ordered = id_of(&ordered["order"]);
    let initech = Forger::enrolled(&shop, "initech", KeyKind::Dsa);
    let [first, second] = ["PO-1", "PO-2"].map(|number| {
        let answer = orders_with_the_nonce(&initech, NONCES[2], number);
        id_of(&answer["order"])
    });
    let used = |forger: &Forger, documents: String| {
        exposure(&forger.buyer, &format!("signed {documents} with one nonce"))
    };
    let found = [
        used(
            &acme_too,
            format!("the enrolment of {key} and order {order}"),
        ),
        used(
            &globex,
            format!("order {ordered} and the cancellation of {ordered}"),
        ),
        used(&initech, format!("order {second} and order {first}")),
    ];
    assert_eq!(exposed(&shop), found);
    for forger in [acme_too, globex, initech] {
        revoke(&shop, &forger.buyer);
    }
    assert_eq!(exposed(&shop), NOBODY);
}

#[test]
fn a_nonce_that_two_keys_used_is_found_and_both_are_named_until_they_are_revoked() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let [globex, initech] = ["globex", "initech"].map(|id| {
        let forger = Forger::enrolled(&shop, id, KeyKind::Dsa);
        let order = id_of(&orders_with_the_nonce(&forger, NONCES[0], "PO-1")["order"]);
        (forger.buyer, order)
    });
    let used = |(buyer, order): &(Buyer, String), (other, others): &(Buyer, String)| {
        let key = key_of(other);
        let why =
            format!("signed order {order} with the nonce with which {key} signed order {others}");
        exposure(buyer, &why)
    };
    let found = [used(&globex, &initech), used(&initech, &globex)];
    assert_eq!(exposed(&shop), found);
    // Whoever has the secret of the revoked key still computes the other's.
    revoke(&shop, &globex.0);
    assert_eq!(exposed(&shop), found[1..]);
    revoke(&shop, &initech.0);
    assert_eq!(exposed(&shop), NOBODY);
}

/// Nonces of careless machines.
const NONCES: [&str; 3] = ["8675309", "5318008", "1234567"];

/// Orders with a signature that is good and has this nonce.
#[track_caller]
fn orders_with_the_nonce(forger: &Forger, nonce: &str, number: &str) -> Value {
    let draft = forger.buyer.draft(number).line("WATER", 1, "15.00");
    let signed = with_the_nonce(forger, nonce, &draft.bytes());
    let order = forger.buyer.seals(&signed);
    forger.buyer.signs_in().submits(&order).decision("accepted")
}

fn with_the_nonce(forger: &Forger, nonce: &str, content: &[u8]) -> Vec<u8> {
    let parts = forger.content(content);
    parts.with_signature(&forger.signature_with_nonce(nonce, &parts.covered()))
}

#[track_caller]
fn id_of(thing: &Value) -> String {
    thing["id"].as_str().expect("an ID").to_owned()
}

/// What `opd key check` finds when no key is exposed.
const NOBODY: [Value; 0] = [];

/// What `opd key check` finds.
#[track_caller]
fn exposed(shop: &Shop) -> Vec<Value> {
    let said = shop.opd(&["key", "check", "--json"]);
    let found = said.json()["exposed"].as_array().expect("a list").clone();
    said.ends_with(if found.is_empty() { 0 } else { 3 });
    found
}

fn exposure(buyer: &Buyer, why: &str) -> Value {
    let fingerprint = buyer.certificate().public_key().fingerprint();
    json!({"account": buyer.id, "key_fingerprint": fingerprint.to_string(), "why": why})
}

fn key_of(buyer: &Buyer) -> String {
    let fingerprint = buyer.certificate().public_key().fingerprint();
    format!("key {fingerprint} of {}", buyer.id)
}

#[track_caller]
fn revoke(shop: &Shop, buyer: &Buyer) {
    let fingerprint = buyer.certificate().fingerprint().to_string();
    let revoke = [
        "key",
        "revoke",
        &buyer.id,
        &fingerprint,
        "--reason",
        "exposed",
    ];
    shop.opd(&revoke).ok();
}

#[test]
fn a_dsa_key_made_by_openssl_is_enrolled_and_one_with_a_false_generator_is_not() {
    let shop = Shop::open();
    shop.buyer("acme");
    let make = |arguments: &str| openssl(shop.folder(), arguments).ok();
    make(
        "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 -out params.pem",
    );
    make("genpkey -paramfile params.pem -out dsa.key.pem");
    make(
        "req -x509 -key dsa.key.pem -sha256 -subj /CN=dsa -days 30 -outform DER -out dsa.cert.der",
    );
    let mut der = fs::read(shop.folder().join("dsa.cert.der")).expect("openssl wrote it");
    fs::write(shop.folder().join("good.cert.der"), &der).expect("a file");
    let last_of_generator = end_of_generator(&der) - 1;
    der[last_of_generator] ^= 2;
    fs::write(shop.folder().join("false.cert.der"), &der).expect("a file");
    for name in ["good", "false"] {
        make(&format!(
            "x509 -inform DER -in {name}.cert.der -out {name}.cert.pem"
        ));
    }
    let refused = shop.opd(&["key", "add", "acme", "false.cert.pem"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("g does not generate"),
        "{}",
        refused.stderr
    );
    shop.opd(&["key", "add", "acme", "good.cert.pem"]).ok();
}

/// Where the generator ends in a certificate for a DSA key: the third number after the algorithm's
/// identifier (RFC 3279, section 2.3.2).
fn end_of_generator(der: &[u8]) -> usize {
    const ID_DSA: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
    let found = der
        .windows(ID_DSA.len())
        .position(|window| window == ID_DSA);
    // The header of the sequence of p, q and g, with a length of two octets.
    let mut at = found.expect("the algorithm is named") + ID_DSA.len() + 4;
    for _ in ["p", "q", "g"] {
        let (header, size) = match der[at + 1] {
            0x82 => (4, usize::from(der[at + 2]) << 8 | usize::from(der[at + 3])),
            short => (2, usize::from(short)),
        };
        at += header + size;
    }
    at
}
