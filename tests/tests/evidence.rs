//! Evidence, on the real programs: one file proves a deal to anyone, and a seller who rewrites the past
//! is caught.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::backup::Backup;
use countersign_tests::http::Request;
use countersign_tests::openssl::verified_content;
use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, eventually, leaves_of};
use serde_json::Value;

/// A buyer who has ordered, and whose order has been shipped.
fn shipped(shop: &Shop) -> Po {
    let po = Po::joined(shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    po
}

fn evidence(po: &Po, number: &str) -> Value {
    po.run(&["evidence", number, "-o", "deal.json", "--no-input"])
        .ok();
    serde_json::from_slice(&fs::read(po.folder().join("deal.json")).unwrap()).unwrap()
}

fn fingerprint(shop: &Shop) -> String {
    let seller = shop.opd_json(&["seller", "show"]);
    seller["root_fingerprint"].as_str().unwrap().to_owned()
}

fn der(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}

#[test]
fn one_file_proves_a_deal_offline_and_whatever_is_altered_in_it_is_found() {
    let mut shop = Shop::open();
    let po = shipped(&shop);
    let file = evidence(&po, "PO-1");
    let root = fingerprint(&shop);
    let pem = shop.certificate_pem("root");
    let root_file = po.write("root.pem", &pem);
    shop.close();

    // Nothing is needed but the file and the root: no home, no server.
    let verify = |name: &str, root: &str, more: &[&str]| {
        let mut arguments = vec!["verify", name, "--root", root];
        arguments.extend(more);
        let mut command = po.command(&arguments);
        countersign_tests::programs::run(command.env("PO_HOME", "/nowhere"))
    };
    let by_fingerprint = verify("deal.json", &root, &[]).ok();
    assert_eq!(by_fingerprint.text(), "logged\n");
    let by_certificate = verify("deal.json", root_file.to_str().unwrap(), &["--json"]).ok();
    let judged = by_certificate.json();
    assert_eq!(judged["verdict"], "logged");
    assert!(judged["steps"].as_array().unwrap().len() >= 8, "{judged}");
    let explained = verify("deal.json", &root, &["--explain"]).ok().text();
    for said in [
        "the root is the one that is trusted",
        "acme ordered PO-1",
        "shipment 1 of 3 units",
        &root,
    ] {
        assert!(explained.contains(said), "{explained}");
    }

    let other = format!("sha256:{}", "0".repeat(64));
    let refused = verify("deal.json", &other, &[]);
    assert_eq!(refused.code, Some(3));
    assert!(
        refused.text().starts_with("INVALID: "),
        "{}",
        refused.text()
    );
    let mut altered = file.clone();
    altered["statements"][1] = file["statements"][0].clone();
    po.write("altered.json", altered.to_string());
    assert_eq!(verify("altered.json", &root, &[]).code, Some(3));
    let missing = verify("missing.json", &root, &[]);
    assert_eq!(missing.code, Some(5), "{missing:?}");

    // Every signed part is plain CMS.
    let buyer = der(&file["order"]["certificate"]);
    po.write("buyer.pem", pem_of(&buyer));
    let order = der(&file["order"]["signed_data"]);
    let buyer_pem = pem_of(&buyer);
    let document: Value =
        serde_json::from_slice(&verified_content(po.folder(), &order, &buyer_pem)).unwrap();
    assert_eq!(document["purchase_order_number"], "PO-1");
    let statements = file["statements"].as_array().unwrap().iter();
    let of_key = file["order"]["key_statements"].as_array().unwrap().iter();
    for statement in statements
        .chain(of_key)
        .chain([&file["seller"]["statement"]])
    {
        let signed = der(&statement["statement"]);
        let content = verified_content(po.folder(), &signed, &pem);
        let said: Value = serde_json::from_slice(&content).unwrap();
        assert!(
            said["document"]
                .as_str()
                .unwrap()
                .starts_with("countersign/"),
            "{said}"
        );
    }
}

#[test]
fn a_cancelled_order_is_proved_with_what_its_buyer_signed() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    po.run(&[
        "cancel",
        "PO-1",
        "--reason",
        "ordered twice",
        "--yes",
        "--no-input",
    ])
    .ok();
    let file = evidence(&po, "PO-1");
    let root = fingerprint(&shop);
    let verify = |name: &str| po.run(&["verify", name, "--root", &root, "--explain"]);
    let explained = verify("deal.json").ok().text();
    assert!(
        explained.contains("cancelled by the buyer: ordered twice"),
        "{explained}"
    );

    let [request] = file["cancellation_requests"].as_array().unwrap().as_slice() else {
        panic!("{}", file["cancellation_requests"]);
    };
    let signer = pem_of(&der(&request["certificate"]));
    let content = verified_content(po.folder(), &der(&request["signed_data"]), &signer);
    let asked: Value = serde_json::from_slice(&content).unwrap();
    assert_eq!(asked["document"], "countersign/cancellation-request/1");
    assert_eq!(asked["purchase_order_number"], "PO-1");

    // Neither goes without the other.
    for missing in ["statements", "cancellation_requests"] {
        let mut altered = file.clone();
        altered[missing].as_array_mut().unwrap().pop();
        po.write("altered.json", altered.to_string());
        assert_eq!(
            verify("altered.json").code,
            Some(3),
            "without its {missing}"
        );
    }
}

fn pem_of(der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

#[test]
fn a_database_older_than_its_log_is_refused_and_a_successor_goes_on() {
    let mut shop = Shop::open();
    let po = shipped(&shop);
    shop.close();
    let old = Backup::of(&shop.data());
    shop.serve();
    po.orders(&["WATER=1", "--number", "PO-2"]).ok();
    shop.wait_for_state("PO-2", "shipped");
    po.run(&["evidence", "PO-2", "-o", "lost.json", "--no-input"])
        .ok();
    let root = fingerprint(&shop);
    shop.close();

    old.put_back(&shop.data());
    for command in [
        &["serve", "0"][..],
        &["order", "list"],
        &["stock", "receive", "WATER", "1"],
    ] {
        let refused = shop.opd(command);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(
            refused.stderr.contains("older than its log"),
            "{}",
            refused.stderr
        );
    }
    let verified = shop.opd(&["log", "verify"]);
    assert_eq!(verified.code, Some(3), "{verified:?}");

    let passphrase = shop.folder().join("passphrase");
    let recover = [
        "log",
        "recover",
        "--reason",
        "the disk failed",
        "--passphrase-file",
    ];
    let recover: Vec<&str> = recover.into_iter().chain(passphrase.to_str()).collect();
    let recovered = shop.opd(&recover).ok().text();
    assert!(recovered.contains("shop.example/2"), "{recovered}");
    assert_eq!(shop.opd(&recover).code, Some(6), "nothing is lost any more");
    shop.opd(&["log", "verify"]).ok();

    shop.serve();
    po.orders(&["WATER=2", "--number", "PO-3"]).ok();
    shop.wait_for_state("PO-3", "shipped");
    let file = evidence(&po, "PO-3");
    assert_eq!(file["statements"][0]["log"], "shop.example/2");
    assert_eq!(file["order"]["key_statements"][0]["log"], "shop.example");
    po.run(&["verify", "deal.json", "--root", &root]).ok();
    // The buyer has seen more of the first log than there is now, which the root has explained.
    let old = ["evidence", "PO-1", "-o", "old.json", "--no-input"];
    let said = po.run(&old).ok().stderr;
    assert!(said.contains("another log follows shop.example"), "{said}");
    each_log_is_there_by_its_number(&shop);
    // What was lost to the seller still proves what was agreed.
    po.run(&["verify", "lost.json", "--root", &root]).ok();
}

/// And the paths without one never change what they show.
fn each_log_is_there_by_its_number(shop: &Shop) {
    let shown = |path: &str| shop.ask(&Request::get(path));
    let newest = shown("/log/checkpoint").text();
    assert!(newest.starts_with("shop.example/2\n"), "{newest}");
    assert_eq!(shown("/log/2/checkpoint").text(), newest);
    let first = shown("/log/1/checkpoint").text();
    assert!(first.starts_with("shop.example\n"), "{first}");
    let leaf = |log: &str| {
        shown(&format!("/log{log}/tile/0/000.p/1"))
            .with_status(200)
            .body
    };
    assert_eq!(leaf(""), leaf("/1"));
    assert_ne!(leaf(""), leaf("/2"));
    shown("/log/3/checkpoint").problem(404, "not-found");
}

#[test]
fn the_checkpoint_is_remembered_within_moments() {
    let shop = Shop::open();
    let po = shipped(&shop);
    let id = po.run(&["status", "PO-1", "--json"]).ok().json()["id"].clone();
    let kept = po.folder().join(format!(
        "home/sellers/shop.example/orders/{}/checkpoint.txt",
        id.as_str().unwrap()
    ));
    let answered = leaves_of(&fs::read_to_string(kept).unwrap());
    eventually("the checkpoint file follows", || {
        fs::read_to_string(shop.data().join("log.checkpoint"))
            .is_ok_and(|note| leaves_of(&note) >= answered)
    });
}
