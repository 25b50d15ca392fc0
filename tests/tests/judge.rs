//! The Judge itself: he finds nothing in a ledger that is true, and whatever is falsified, the judgement that is
//! there for it fails. A judge that cannot fail proves nothing.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::buyer::der;
use countersign_tests::judge::{ALL, Ledger, Letter, settles};
use countersign_tests::programs::{Ran, run};
use countersign_tests::python::python;
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use rusqlite::Connection;
use serde_json::{Value, json};

/// A falsification: what must be found, and what is done to a copy of the truth.
type Lie = (&'static str, &'static str, fn(&Copy));

const LIES: &[Lie] = &[
    ("J1", "an acknowledged order is gone", |copy| {
        copy.sql("DELETE FROM orders WHERE purchase_order_number = 'PO-1'");
    }),
    ("J1", "another signed order is kept", |copy| {
        copy.sql("UPDATE orders SET signed_data = x'00' WHERE purchase_order_number = 'PO-1'");
    }),
    ("J1", "another receipt is kept", |copy| {
        copy.sql("UPDATE statements SET der = x'00' WHERE kind = 'receipt'");
    }),
    ("J2", "a receipt has another signature", |copy| {
        copy.sql(
            "UPDATE statements SET der = CAST(substr(der, 1, length(der) - 1) || x'00' AS BLOB)
             WHERE kind = 'receipt'",
        );
    }),
    ("J2", "a leaf is another", |copy| {
        copy.sql("UPDATE statements SET sha256 = zeroblob(32) WHERE number = 1");
    }),
    ("J2", "the root of the log is another", |copy| {
        copy.sql("UPDATE logs SET root = zeroblob(32)");
    }),
    ("J2", "a proof that was given is another", |copy| {
        copy.answers(|body| body["proof"]["leaf"] = json!(0));
    }),
    ("J2", "a checkpoint that was shown is not signed", |copy| {
        copy.records(|record| {
            if record["record"] == "checkpoint" {
                let note = record["note"].as_str().unwrap();
                let (origin, rest) = note.split_once('\n').unwrap();
                let (_, rest) = rest.split_once('\n').unwrap();
                record["note"] = json!(format!("{origin}\n1\n{rest}"));
            }
        });
    }),
    ("J2", "a file of evidence was changed", |copy| {
        let path = copy.folder.join("evidence/PO-1.json");
        let mut evidence: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        evidence["statements"][0]["leaf"] = json!(1);
        fs::write(&path, evidence.to_string()).unwrap();
    }),
    ("J3", "a unit is gone", |copy| {
        copy.sql("UPDATE items SET on_hand = on_hand - 1 WHERE sku = 'WATER'");
    }),
    ("J3", "a unit is reserved for nobody", |copy| {
        copy.sql("UPDATE items SET reserved = reserved + 1 WHERE sku = 'WATER'");
    }),
    ("J3", "a movement is missing", |copy| {
        copy.sql("DELETE FROM stock_movements WHERE kind = 'shipped'");
    }),
    ("J3", "more is reserved than there is", |copy| {
        copy.sql("UPDATE items SET reserved = on_hand + 1");
    }),
    ("J4", "a number has two orders", |copy| {
        copy.sql(
            "DROP INDEX one_order_per_number;
             UPDATE orders SET purchase_order_number = 'PO-1', attempt = 2
             WHERE purchase_order_number = 'PO-2'",
        );
    }),
    (
        "J4",
        "two different orders under a number were acknowledged",
        |copy| {
            copy.answers(|body| body["order"]["purchase_order_number"] = json!("PO-1"));
        },
    ),
    ("J5", "an order is signed by the key of another", |copy| {
        copy.sql("UPDATE orders SET account = 'other', buyer = 'other'");
    }),
    (
        "J5",
        "an order is signed by a key that nobody enrolled",
        |copy| {
            copy.sql("UPDATE orders SET certificate_sha256 = zeroblob(32)");
        },
    ),
    (
        "J5",
        "an order is signed by a key that was revoked",
        |copy| {
            copy.sql(
                "UPDATE keys
             SET revoked_at = 1, revocation_reason = 'lost',
                 revocation_statement = enrolment_statement",
            );
        },
    ),
    ("J5", "an order is not signed at all", |copy| {
        copy.sql(
            "UPDATE orders
             SET signed_data = CAST(substr(signed_data, 1, length(signed_data) - 1) || x'00' AS BLOB)",
        );
    }),
    ("J6", "a mail was never sent", |copy| {
        let mails = fs::read_dir(copy.folder.join("mail")).unwrap();
        for mail in mails {
            let path = mail.unwrap().path();
            if path.to_string_lossy().contains("shipped") {
                fs::remove_file(path).unwrap();
            }
        }
    }),
    ("J6", "a mail was sent twice without need", |copy| {
        let mail = copy.a_mail();
        fs::copy(&mail, mail.with_extension("again.eml")).unwrap();
    }),
    (
        "J6",
        "a mail was sent again under another Message-ID",
        |copy| {
            let mail = copy.a_mail();
            let text = fs::read_to_string(&mail).unwrap();
            let other = text.replacen("Message-ID: <", "Message-ID: <other-", 1);
            assert_ne!(text, other);
            fs::write(mail.with_extension("again.eml"), other).unwrap();
        },
    ),
    ("J7", "an order that was refused is there", |copy| {
        let refused = copy.refused();
        copy.database()
            .execute(
                "UPDATE orders SET signed_data = ?1 WHERE purchase_order_number = 'PO-2'",
                [refused],
            )
            .unwrap();
    }),
    ("J7", "stock moved for no order", |copy| {
        copy.sql(
            "INSERT INTO stock_movements (at, by, sku, kind, on_hand, reserved, order_id)
             VALUES (1, 'x', 'WATER', 'reserved', 0, 1, 'ord_none')",
        );
    }),
    ("J8", "a shipped order is packed again", |copy| {
        copy.sql(
            "INSERT INTO order_events (order_id, version, at, by, event)
             SELECT id, version + 1, 1, 'x', 'packed' FROM orders WHERE state = 'shipped'",
        );
    }),
    ("J8", "a life has a gap", |copy| {
        copy.sql("DELETE FROM order_events WHERE version = 3");
    }),
    (
        "J8",
        "an order stands where its life did not lead",
        |copy| {
            copy.sql("UPDATE orders SET state = 'closed' WHERE state = 'shipped'");
        },
    ),
    ("J9", "an index has lost rows", |copy| {
        copy.sql(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX movements_of_item ON stock_movements (number)'
             WHERE name = 'movements_of_item'",
        );
    }),
    ("J9", "a reference leads nowhere", |copy| {
        copy.sql("PRAGMA foreign_keys = OFF; UPDATE accounts SET buyer = 'nobody' WHERE buyer IS NOT NULL");
    }),
    ("J10", "a password is in the traces", |copy| {
        fs::write(copy.folder.join("opd.log"), "… password of acme …").unwrap();
    }),
    ("J10", "a password is in the database", |copy| {
        copy.sql("UPDATE accounts SET name = 'password of acme'");
    }),
    ("J11", "a statement is missing", |copy| {
        copy.sql("DELETE FROM statements WHERE number = 2");
    }),
    ("J11", "a leaf is not of its statement", |copy| {
        copy.sql("UPDATE statements SET sha256 = zeroblob(32) WHERE number = 2");
    }),
    ("J11", "the log counts another size", |copy| {
        copy.sql("UPDATE logs SET size = size + 1");
    }),
    ("J11", "an order was shipped and nobody stated it", |copy| {
        copy.sql("UPDATE statements SET kind = 'cancellation' WHERE kind = 'shipment'");
    }),
    (
        "J12",
        "what ended in the unknown was never settled",
        |copy| {
            copy.records(|record| {
                if record["record"] == "answer" {
                    *record = json!({"record": "unknown", "id": record["id"], "why": "cut"});
                }
            });
        },
    ),
    ("J12", "what was settled as refused is there", |copy| {
        let mut times = 0;
        copy.records(|record| {
            if record["record"] == "answer" {
                times += 1;
                if times == 1 {
                    *record = json!({"record": "unknown", "id": record["id"], "why": "cut"});
                } else {
                    record["status"] = json!(409);
                }
            }
        });
    }),
];

/// A shop that traded and is closed, with the ledger of its client.
struct Truth {
    shop: Shop,
    ledger: Ledger,
}

impl Truth {
    /// Two orders, sent twice each and shipped, and one that was refused.
    fn made() -> Self {
        let mut shop = Shop::open();
        let acme = shop.buyer("acme");
        let session = acme.signs_in();
        let ledger = Ledger::open(&shop);
        let mut answers = Vec::new();
        for number in ["PO-1", "PO-2"] {
            let draft = acme.draft(number).line("WATER", 2, "15.00");
            let letter = Letter::order(&acme, &draft);
            let answer = ledger.sends_alone(&session, &letter).unwrap();
            answers.push(answer.with_status(201).json());
            ledger.sends_alone(&session, &letter).unwrap().repeat();
        }
        let other = Letter::order(&acme, &acme.draft("PO-1").line("WATER", 1, "15.00"));
        let refused = ledger.sends_alone(&session, &other).unwrap();
        refused.problem(409, "number-already-used");
        let note = answers[1]["checkpoint"].as_str().unwrap();
        ledger.checkpoint(note);
        ledger.header(json!({
            "tokens": {"acme": session.token},
            "secrets": [acme.password, session.token],
        }));
        for number in ["PO-1", "PO-2"] {
            shop.wait_for_state(number, "shipped");
        }
        settles(&shop);
        let id = answers[0]["order"]["id"].as_str().unwrap();
        let evidence = session
            .get(&format!("/v1/orders/{id}/evidence"))
            .with_status(200);
        fs::create_dir(shop.folder().join("evidence")).unwrap();
        fs::write(shop.folder().join("evidence/PO-1.json"), evidence.body).unwrap();
        assert!(!der(&answers[0], "receipt").is_empty());
        let demanded = ALL.map(|name| if name == "J12" { "J1" } else { name });
        ledger.judged(&shop, &demanded).ok();
        assert_eq!(shop.close(), Some(0));
        // Then all of it is in one file.
        let database = Connection::open(shop.data().join("opd.db")).unwrap();
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        database.query_row(sql, (), |_| Ok(())).unwrap();
        Self { shop, ledger }
    }

    fn copy(&self) -> Copy {
        let folder = tempfile::tempdir().unwrap();
        let data = self.shop.data();
        for (from, name) in [
            (data.join("opd.db"), "opd.db"),
            (data.join("keys/root.cert.pem"), "root.cert.pem"),
            (self.shop.folder().join("opd.log"), "opd.log"),
            (self.ledger.path().to_owned(), "ledger.jsonl"),
        ] {
            fs::copy(from, folder.path().join(name)).unwrap();
        }
        for (from, name) in [
            (data.join("mail"), "mail"),
            (self.shop.folder().join("evidence"), "evidence"),
        ] {
            fs::create_dir(folder.path().join(name)).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(
                    &path,
                    folder.path().join(name).join(path.file_name().unwrap()),
                )
                .unwrap();
            }
        }
        Copy {
            root: self.shop.front().root.fingerprint().to_string(),
            folder: folder.path().to_owned(),
            _kept: folder,
        }
    }
}

/// A copy of all the Judge sees, to be falsified.
struct Copy {
    root: String,
    folder: PathBuf,
    _kept: tempfile::TempDir,
}

impl Copy {
    fn database(&self) -> Connection {
        let database = Connection::open(self.folder.join("opd.db")).unwrap();
        database
            .execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
            .unwrap();
        database
    }

    fn sql(&self, sql: &str) {
        self.database().execute_batch(sql).unwrap();
    }

    fn records(&self, mut change: impl FnMut(&mut Value)) {
        let path = self.folder.join("ledger.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            let mut record: Value = serde_json::from_str(line).unwrap();
            change(&mut record);
            format!("{record}\n")
        });
        let lines: String = lines.collect();
        assert_ne!(text, lines, "nothing was falsified");
        fs::write(path, lines).unwrap();
    }

    fn answers(&self, change: impl Fn(&mut Value)) {
        self.records(|record| {
            if record["record"] == "answer" && record["status"].as_u64() < Some(400) {
                let body = STANDARD.decode(record["body"].as_str().unwrap()).unwrap();
                let mut body: Value = serde_json::from_slice(&body).unwrap();
                change(&mut body);
                record["body"] = json!(STANDARD.encode(body.to_string()));
            }
        });
    }

    /// The signed octets of the message that was refused.
    fn refused(&self) -> Vec<u8> {
        let text = fs::read_to_string(self.folder.join("ledger.jsonl")).unwrap();
        let records: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let refused = records.iter().find(|one| one["status"] == 409).unwrap();
        let is_it = |one: &&Value| one["record"] == "sent" && one["id"] == refused["id"];
        let sent = records.iter().find(is_it).unwrap();
        STANDARD.decode(sent["signed"].as_str().unwrap()).unwrap()
    }

    fn a_mail(&self) -> PathBuf {
        let mails = fs::read_dir(self.folder.join("mail")).unwrap();
        let mut mails: Vec<_> = mails.map(|mail| mail.unwrap().path()).collect();
        mails.sort();
        let told = |path: &&PathBuf| path.to_string_lossy().contains("order-");
        mails.iter().find(told).unwrap().clone()
    }

    fn judged(&self) -> Ran {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judge/judge.py");
        let mut judge = Command::new(python());
        judge.current_dir(&self.folder).arg("-B").arg(script);
        judge.args(["ledger.jsonl", "--database", "opd.db", "--mail", "mail"]);
        judge.args(["--evidence", "evidence", "--root", &self.root]);
        judge.args(["--root-certificate", "root.cert.pem", "--scan", "opd.log"]);
        run(&mut judge)
    }
}

#[test]
fn whatever_is_falsified_the_judgement_that_is_there_for_it_fails() {
    let truth = Truth::made();
    truth.copy().judged().ok();
    let mut proved: Vec<&str> = Vec::new();
    for (judgement, lie, falsify) in LIES {
        let copy = truth.copy();
        falsify(&copy);
        let verdict = copy.judged().ends_with(1).text();
        remark(&format!("{judgement}: {lie}"));
        let wanted = format!("{judgement:<4}VIOLATED");
        assert!(verdict.contains(&wanted), "{judgement}, {lie}:\n{verdict}");
        proved.push(judgement);
    }
    proved.dedup();
    assert_eq!(proved, ALL, "each judgement has been seen to fail");
}

#[test]
fn a_ledger_that_makes_no_sense_is_not_judged() {
    let truth = Truth::made();
    for nonsense in [
        "no JSON",
        r#"{"record":"gossip"}"#,
        r#"{"record":"answer","id":9,"status":201,"body":""}"#,
        r#"{"record":"sent","id":1,"account":"a","bytes":"AA==","sha256":"00"}"#,
    ] {
        let copy = truth.copy();
        fs::write(copy.folder.join("ledger.jsonl"), nonsense).unwrap();
        copy.judged().ends_with(2);
    }
}
