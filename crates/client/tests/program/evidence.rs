//! Evidence as a buyer asks for it, and as anyone judges it.

use std::fs;

use countersign_transparency::{KeyName, SigningKey, VerifyingKey, WitnessKey};

use crate::buyer::Buyer;
use crate::shop::Shop;

const ROOT: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn a_file_that_proves_nothing_is_not_written_unless_that_is_wanted() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    let file = buyer.path("evidence.json");
    let arguments = ["evidence", "PO-1", "--output", file.to_str().unwrap()];
    let run = buyer.runs(arguments).ends_with(3);
    assert!(run.err.contains("INVALID"), "{}", run.err);
    assert!(run.out.is_empty(), "{}", run.out);
    assert!(!file.exists());
    let run = buyer
        .runs(arguments.into_iter().chain(["--keep-invalid"]))
        .ends_with(3);
    assert!(run.out.starts_with("INVALID: "), "{}", run.out);
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("of no kind"), "{kept}");
    // What is there is never written over.
    let run = buyer.runs(arguments.into_iter().chain(["--keep-invalid"]));
    run.ends_with(1);
}

#[test]
fn a_verdict_needs_no_home_and_makes_none() {
    let buyer = Buyer::new();
    let file = buyer.path("evidence.json");
    fs::write(&file, "{}").unwrap();
    let file = file.to_str().unwrap();
    let run = buyer.runs(["verify", file, "--root", ROOT]).ends_with(3);
    assert!(
        run.out
            .starts_with("INVALID: the file is not an evidence file")
    );
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    let run = buyer
        .runs(["verify", file, "--root", ROOT, "--json"])
        .ends_with(3);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["verdict"], "invalid");
    assert!(!buyer.home().exists());
}

#[test]
fn what_cannot_be_judged_is_no_verdict() {
    let buyer = Buyer::new();
    let there = buyer.path("there.json");
    fs::write(&there, "{}").unwrap();
    let there = there.to_str().unwrap();
    let key = SigningKey::from_seed(&[1; 32]).unwrap().public_key();
    let name: KeyName = "witness.example".parse().unwrap();
    let witness = WitnessKey::new(name.clone(), key).to_string();
    let log = VerifyingKey::new(name, key).to_string();
    let damaged = witness.replace('+', "+0");
    for (arguments, code, said) in [
        (["nowhere.json", ROOT, &witness], 5, "nowhere.json"),
        ([there, "nowhere.pem", &witness], 5, "--root takes"),
        ([there, there, &witness], 1, "there.json"),
        ([there, ROOT, "nowhere"], 5, "--witness takes"),
        ([there, ROOT, there], 1, "--witness takes"),
        ([there, ROOT, &log], 1, "signatures of type 1, not 4"),
        ([there, ROOT, &damaged], 1, "--witness takes"),
    ] {
        let [file, root, witness] = arguments;
        let run = buyer.runs(["verify", file, "--root", root, "--witness", witness]);
        let run = run.ends_with(code);
        assert!(run.err.contains(said), "{}", run.err);
        assert!(run.out.is_empty(), "{}", run.out);
    }
}
