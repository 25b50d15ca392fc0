//! A hand in the database, after the fact: a thousand edits, each of them found.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use countersign_tests::backup::Backup;
use countersign_tests::books::compute_log_anew;
use countersign_tests::buyer::KeyKind;
use countersign_tests::chance::Dice;
use countersign_tests::programs::{Ran, copy_folder, program, run};
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use rusqlite::{Connection, ErrorCode};

const EDITS: u32 = 1000;

/// What is signed, column by column, and a value that differs.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("statements", "sha256", "randomblob(32)"),
    (
        "statements",
        "der",
        "CAST(substr(der, 1, 200) || randomblob(1) || substr(der, 202) AS BLOB)",
    ),
    ("statements", "issued_at", "issued_at + 1000"),
    (
        "statements",
        "kind",
        "CASE kind WHEN 'key' THEN 'receipt' ELSE 'key' END",
    ),
    ("statements", "number", "number + 1000"),
    ("statements", "account", "account || 'x'"),
    ("orders", "buyer", "buyer || 'x'"),
    ("orders", "account", "account || '/x'"),
    (
        "orders",
        "purchase_order_number",
        "purchase_order_number || 'x'",
    ),
    ("orders", "attempt", "attempt + 1"),
    ("orders", "sales_order_number", "sales_order_number + 1000"),
    (
        "orders",
        "decision",
        "CASE decision WHEN 'accepted' THEN 'declined' ELSE 'accepted' END",
    ),
    (
        "orders",
        "state",
        "CASE state WHEN 'declined' THEN 'accepted' ELSE 'declined' END",
    ),
    (
        "orders",
        "fulfilment",
        "CASE fulfilment WHEN 'partial' THEN 'complete' ELSE 'partial' END",
    ),
    ("orders", "currency", "'EUR'"),
    ("orders", "total_minor", "total_minor - 1"),
    ("orders", "note", "'thank you'"),
    ("orders", "issued_at", "issued_at + 1000"),
    ("orders", "received_at", "received_at + 1000"),
    ("orders", "decided_at", "decided_at + 1000"),
    ("orders", "held_until", "decided_at"),
    ("orders", "content_sha256", "randomblob(32)"),
    ("orders", "certificate_sha256", "randomblob(32)"),
    ("orders", "receipt", "receipt + 1"),
    (
        "orders",
        "signed_data",
        "CAST(substr(signed_data, 1, 300) || randomblob(1) || substr(signed_data, 302) AS BLOB)",
    ),
    ("order_lines", "sku", "sku || 'x'"),
    ("order_lines", "description", "description || 'x'"),
    ("order_lines", "unit", "'KGM'"),
    ("order_lines", "unit_price", "'0.01'"),
    ("order_lines", "per", "per + 1"),
    ("order_lines", "requested_delivery", "'2030-01-01'"),
    (
        "order_lines",
        "ordered = ordered + 1, reserved",
        "reserved + 1",
    ),
    (
        "order_lines",
        "ordered = ordered + 1, shipped",
        "shipped + 1",
    ),
    (
        "order_lines",
        "ordered = ordered + 1, cancelled",
        "cancelled + 1",
    ),
    ("keys", "account", "'bolt'"),
    (
        "keys",
        "certificate",
        "CAST(substr(certificate, 1, 100) || randomblob(1) || substr(certificate, 102) AS BLOB)",
    ),
    ("keys", "certificate_sha256", "randomblob(32)"),
    ("keys", "key_sha256", "randomblob(32)"),
    ("keys", "enrolled_at", "enrolled_at + 1000"),
    ("keys", "enrolment_statement", "enrolment_statement + 1000"),
    (
        "keys",
        "revoked_at = 1, revocation_reason = 'x', revocation_statement",
        "1",
    ),
    ("logs", "root", "randomblob(32)"),
    ("logs", "size", "size - 1"),
    ("logs", "edge", "randomblob(length(edge))"),
    ("logs", "first_statement", "first_statement + 1"),
];

/// A closed shop with a past: orders accepted, declined, shipped and cancelled, a key revoked.
fn past() -> Shop {
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    shop.buyer("bolt");
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    for number in 0..12 {
        let quantity = if number == 7 { 1_000_000 } else { 2 };
        let draft = acme
            .draft(&format!("PO-{number}"))
            .line("WATER", quantity, "15.00");
        session.submits(&acme.envelope(&draft)).with_status(201);
    }
    for number in ["PO-1", "PO-2", "PO-3"] {
        for step in ["prepare", "pack"] {
            shop.opd(&["order", step, number]).ok();
        }
        shop.opd(&["order", "ship", number, "--carrier", "UPS"])
            .ok();
    }
    for number in ["PO-4", "PO-5"] {
        shop.opd(&["order", "cancel", number, "--reason", "out of season"])
            .ok();
    }
    shop.close();
    shop.opd(&["log", "verify"]).ok();
    shop
}

/// A copy of a shop's data to work on.
struct Copy {
    data: PathBuf,
    pristine: Backup,
}

impl Copy {
    fn of(shop: &Shop, name: &str) -> Self {
        let data = shop.folder().join(name);
        copy_folder(&shop.data(), &data);
        let pristine = Backup::of(&data);
        let copy = Self { data, pristine };
        // Nothing is exposed before anything is edited.
        drop(copy.restore());
        copy.verified().ok();
        copy
    }

    fn restore(&self) -> Connection {
        self.pristine.put_back(&self.data);
        let connection = Connection::open(self.data.join("opd.db")).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
            .unwrap();
        connection
    }

    fn verified(&self) -> Ran {
        let mut command = program("opd", &self.data);
        command.env("OPD_DATA", &self.data);
        run(command.args(["log", "verify"]))
    }
}

/// An edit: its kind, and what was done.
struct Edit {
    kind: String,
    sql: String,
}

const TABLES: [&str; 5] = ["statements", "orders", "order_lines", "keys", "logs"];
/// What two statements exchange.
const SWAPPED: [&str; 5] = ["der", "sha256", "sha256, der", "issued_at", "account"];

/// Every kind of edit.
fn kinds() -> Vec<String> {
    let deleted = TABLES.iter().map(|table| format!("delete from {table}"));
    let swapped = SWAPPED.iter().map(|columns| format!("swap {columns}"));
    let columns = COLUMNS
        .iter()
        .map(|(table, column, _)| format!("{table}: {column}"));
    let kinds = deleted.chain(swapped).chain(columns);
    kinds.chain(["repeat a statement".to_owned()]).collect()
}

/// Makes one edit; none if this one changes nothing, or is not possible.
fn edit(connection: &Connection, dice: &mut Dice) -> Option<Edit> {
    let (kind, sql, rows) = match dice.below(8) {
        0 => {
            let table = TABLES[dice.below(TABLES.len())];
            let row = row(connection, table, dice)?;
            let kind = format!("delete from {table}");
            (kind, format!("DELETE FROM {table} {row}"), 1)
        }
        1 => {
            let (one, other) = (dice.below(10), dice.below(10));
            let columns = SWAPPED[dice.below(SWAPPED.len())];
            if one == other {
                return None;
            }
            let swapped = format!(
                "UPDATE statements SET ({columns}) = (SELECT {columns} FROM statements AS o
                 WHERE o.number = {one} + {other} - statements.number)
                 WHERE number IN ({one}, {other})"
            );
            (format!("swap {columns}"), swapped, 2)
        }
        2 => (
            "repeat a statement".to_owned(),
            "INSERT INTO statements (number, kind, order_id, account, issued_at, sha256, der)
             SELECT (SELECT max(number) + 1 FROM statements), kind, order_id, account, issued_at, sha256, der
             FROM statements ORDER BY random() LIMIT 1"
                .to_owned(),
            1,
        ),
        _ => {
            let (table, column, value) = COLUMNS[dice.below(COLUMNS.len())];
            let row = row(connection, table, dice)?;
            let kind = format!("{table}: {column}");
            (kind, format!("UPDATE {table} SET {column} = {value} {row}"), 1)
        }
    };
    let before = dump(connection);
    let changed = match connection.execute(&sql, ()) {
        Ok(changed) => changed,
        Err(error) => {
            // What the database itself does not allow is no edit; anything else is a mistake of this test.
            let code = error.sqlite_error_code();
            assert_eq!(code, Some(ErrorCode::ConstraintViolation), "{sql}: {error}");
            return None;
        }
    };
    (changed == rows && dump(connection) != before).then_some(Edit { kind, sql })
}

/// A random row of a table, as a condition.
fn row(connection: &Connection, table: &str, dice: &mut Dice) -> Option<String> {
    let key = match table {
        "order_lines" => "order_id || '/' || line",
        "statements" => "number",
        "logs" => "generation",
        _ => "id",
    };
    let keys: Vec<String> = connection
        .prepare(&format!(
            "SELECT CAST({key} AS TEXT) FROM {table} ORDER BY 1"
        ))
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let chosen = keys.get(dice.below(keys.len().max(1)))?;
    Some(format!("WHERE CAST({key} AS TEXT) = '{chosen}'"))
}

/// Everything that is signed, to see whether anything changed.
fn dump(connection: &Connection) -> String {
    TABLES
        .iter()
        .map(|table| {
            let mut statement = connection
                .prepare(&format!("SELECT * FROM {table}"))
                .unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map((), |row| {
                (0..columns)
                    .map(|column| row.get_ref(column).map(|value| format!("{value:?},")))
                    .collect::<Result<String, _>>()
            });
            rows.unwrap().map(Result::unwrap).collect::<String>()
        })
        .collect()
}

#[test]
fn a_thousand_edits_after_the_fact_are_all_exposed() {
    let shop = past();
    let next = AtomicU32::new(0);
    let exposed = Mutex::new(BTreeMap::<String, u32>::new());
    let false_proofs = AtomicU32::new(0);
    thread::scope(|scope| {
        for worker in 0..2 {
            let (shop, next, exposed, false_proofs) = (&shop, &next, &exposed, &false_proofs);
            scope.spawn(move || {
                let copy = Copy::of(shop, &format!("copy-{worker}"));
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= EDITS {
                        break;
                    }
                    let mut dice = Dice::of(seed.into());
                    let made = loop {
                        let connection = copy.restore();
                        if let Some(made) = edit(&connection, &mut dice) {
                            break made;
                        }
                    };
                    let said = copy.verified();
                    // It failed, or something is not what was signed.
                    let is_exposed = matches!(said.code, Some(1 | 3));
                    assert!(is_exposed, "seed {seed}, {}: {said:?}", made.sql);
                    if said.code == Some(3) {
                        false_proofs.fetch_add(1, Ordering::Relaxed);
                    }
                    *exposed.lock().unwrap().entry(made.kind).or_default() += 1;
                }
            });
        }
    });
    let exposed = exposed.into_inner().unwrap();
    remark(&format!(
        "{EDITS} edits of {} kinds, {} of them with exit code 3",
        exposed.len(),
        false_proofs.into_inner()
    ));
    let never_made: Vec<_> = kinds()
        .into_iter()
        .filter(|kind| !exposed.contains_key(kind))
        .collect();
    assert!(never_made.is_empty(), "never made: {never_made:?}");
}

/// Whoever can compute can make a log of fewer statements that holds together. What was published
/// of the longer one exposes it.
#[test]
fn a_log_that_was_cut_and_computed_anew_is_exposed_by_what_was_published() {
    let shop = past();
    let copy = Copy::of(&shop, "cut");
    let connection = copy.restore();
    let order: String = connection
        .query_row(
            "SELECT order_id FROM statements WHERE number = (SELECT max(number) FROM statements)",
            (),
            |row| row.get(0),
        )
        .unwrap();
    // The last cancellation never was: its statement goes, and its order is open again.
    connection
        .execute_batch(&format!(
            "DELETE FROM statements WHERE number = (SELECT max(number) FROM statements);
             UPDATE orders SET state = 'accepted' WHERE id = '{order}';
             UPDATE order_lines SET reserved = cancelled, cancelled = 0 WHERE order_id = '{order}';"
        ))
        .unwrap();
    compute_log_anew(&connection);
    drop(connection);
    let said = copy.verified();
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.text().contains("were published"), "{}", said.text());
    // Without anything that was published, nobody could tell.
    fs::remove_file(copy.data.join("log.checkpoint")).unwrap();
    copy.verified().ok();
}

#[test]
fn a_search_for_exposed_keys_passes_over_nothing_that_it_cannot_read() {
    let mut shop = Shop::open();
    let acme = shop.buyer_with("acme", KeyKind::Dsa);
    let draft = acme.draft("PO-1").line("WATER", 1, "15.00");
    acme.signs_in().submits(&acme.envelope(&draft));
    shop.kill();
    shop.opd(&["key", "check"]).ok();
    let database = Connection::open(shop.data().join("opd.db")).unwrap();
    for (edit, what) in [
        ("UPDATE orders SET signed_data = x'00'", "order"),
        ("UPDATE keys SET certificate = x'00'", "certificate"),
    ] {
        database.execute(edit, []).unwrap();
        let refused = shop.opd(&["key", "check"]).ends_with(1);
        let said = format!("the stored {what} makes no sense");
        assert!(refused.stderr.contains(&said), "{refused:?}");
    }
}
