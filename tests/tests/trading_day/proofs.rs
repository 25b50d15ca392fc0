//! The evidence of each order: fetched while the shop is open, judged when nobody answers any more.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::buyer::sha256;
use countersign_tests::openssl::verified_content;
use countersign_tests::programs::run;
use serde_json::{Value, json};

use crate::Day;
use crate::deals::{DEALS, Deal};

/// What proves one order.
pub(crate) struct Proof {
    deal: &'static Deal,
    /// The file's name, in the home of the buyer.
    name: String,
    file: Value,
    /// The seller's statements about it, oldest first.
    pub(crate) statements: Vec<Stated>,
}

/// A statement whose signature was checked.
pub(crate) struct Stated {
    /// The `SignedData` in DER.
    pub(crate) signed: Vec<u8>,
    /// Its content.
    pub(crate) said: Value,
}

fn der(text: &Value) -> Vec<u8> {
    STANDARD.decode(text.as_str().unwrap()).unwrap()
}

fn pem_of(der: &[u8]) -> String {
    let certificate = countersign_envelope::Certificate::from_der(der);
    certificate.unwrap().to_pem()
}

/// Has each buyer fetch the evidence of each of its orders.
pub(crate) fn fetched(day: &Day) -> Vec<Proof> {
    let root = day.shop.certificate_pem("root");
    let fetched = DEALS.iter().map(|deal| {
        let po = day.po(deal.number);
        let id = day.order_of(deal)["id"].as_str().unwrap().to_owned();
        let name = format!("{id}.json");
        po.run(&["evidence", &id, "-o", &name, "--no-input"]).ok();
        let bytes = fs::read(po.folder().join(&name)).unwrap();
        let file: Value = serde_json::from_slice(&bytes).unwrap();
        let statements = file["statements"].as_array().unwrap().iter();
        let statements = statements.map(|statement| {
            let signed = der(&statement["statement"]);
            let content = verified_content(po.folder(), &signed, &root);
            let said = serde_json::from_slice(&content).unwrap();
            Stated { signed, said }
        });
        Proof {
            deal,
            name,
            statements: statements.collect(),
            file,
        }
    });
    fetched.collect()
}

pub(crate) fn hold_offline(day: &Day, proofs: &[Proof]) {
    for proof in proofs {
        says_what_happened(proof);
        is_what_the_buyer_signed(day, proof);
        is_believed_by_whoever_trusts_the_root(day, proof);
    }
}

/// The statements are those that were expected, and each names the one before it.
fn says_what_happened(proof: &Proof) {
    let deal = proof.deal;
    let told: Vec<_> = proof
        .statements
        .iter()
        .map(|statement| {
            let said = &statement.said;
            let document = said["document"].as_str().unwrap();
            let document = document.trim_start_matches("countersign/");
            let outcome = said["decision"].as_str().or_else(|| said["by"].as_str());
            (document.trim_end_matches("/1"), outcome.unwrap_or_default())
        })
        .collect();
    assert_eq!(told, deal.statements, "{}", deal.number);
    let mut previous = Value::Null;
    for statement in &proof.statements {
        assert_eq!(statement.said["previous"], previous, "{}", statement.said);
        previous = json!(sha256(&statement.signed));
        // A receipt names its order itself, what follows in a member of its own.
        let said = &statement.said;
        let order = Some(said).filter(|said| said["document"] == "countersign/receipt/1");
        let order = order.unwrap_or_else(|| &said["order"]);
        assert_eq!(order["purchase_order_number"], deal.number);
        assert_eq!(order["attempt"], deal.attempt);
        assert_eq!(order["buyer"], deal.buyer());
    }
}

/// The order verifies with the buyer's certificate alone, and so does a request to cancel it.
fn is_what_the_buyer_signed(day: &Day, proof: &Proof) {
    let (deal, folder) = (proof.deal, day.po(proof.deal.number).folder());
    let signed = |part: &Value| -> Value {
        let certificate = pem_of(&der(&part["certificate"]));
        let content = verified_content(folder, &der(&part["signed_data"]), &certificate);
        serde_json::from_slice(&content).unwrap()
    };
    let order = signed(&proof.file["order"]);
    assert_eq!(order["purchase_order_number"], deal.number);
    assert_eq!(order["buyer"], deal.buyer());
    let requests = proof.file["cancellation_requests"].as_array();
    let requests: Vec<_> = requests.into_iter().flatten().map(signed).collect();
    let is_by_buyer = deal.statements.contains(&("cancellation", "buyer"));
    assert_eq!(requests.len(), usize::from(is_by_buyer), "{}", deal.number);
    for request in requests {
        assert_eq!(request["document"], "countersign/cancellation-request/1");
        assert_eq!(request["reason"], "ordered twice");
    }
}

fn is_believed_by_whoever_trusts_the_root(day: &Day, proof: &Proof) {
    let root = day.shop.front().root.fingerprint().to_string();
    let mut verify = day
        .po(proof.deal.number)
        .command(&["verify", &proof.name, "--root", &root]);
    let judged = run(verify.env("PO_HOME", "/nowhere")).ok().text();
    assert_eq!(judged, "logged\n", "{}", proof.deal.number);
}
