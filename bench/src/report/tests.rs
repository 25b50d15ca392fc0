use super::*;

fn report(speed: f64) -> Report {
    let mut report = Report {
        machine: BTreeMap::from([("cpu".to_owned(), "2 × a processor".to_owned())]),
        plan: Plan::quick(),
        rows: Vec::new(),
    };
    for (round, disturbed) in [1.0, 3.0, 2.0].into_iter().enumerate() {
        for (clients, per_second) in [(1, 100.0), (64, 600.0)] {
            let scene = Scene {
                kind: Kind::Orders,
                store: StoreKind::Sqlite,
                key: KeyKind::Rsa3072,
                stored: 10,
                clients,
            };
            let figures = Figures::from([
                (Measure::PerSecond, speed * per_second / disturbed),
                (Measure::CpuUs, 200.0 * disturbed),
                (Measure::PrimitivesUs, 100.0 * disturbed),
                (Measure::P99Us, crate::load::count(round)),
            ]);
            report.add(scene, figures);
        }
        let scene = Scene {
            kind: Kind::Verification,
            store: StoreKind::Sqlite,
            key: KeyKind::Dsa2048,
            stored: 10,
            clients: 0,
        };
        let figures = Figures::from([
            (Measure::VerifyWarmUs, 200.0 * disturbed),
            (Measure::VerifyColdUs, 1000.0 * disturbed),
            (Measure::OpensslVerifyUs, 400.0 * disturbed),
        ]);
        report.add(scene, figures);
    }
    report
}

#[test]
fn ratios_are_of_one_round_and_say_whether_they_are_met() {
    let report = report(1.0);
    let find = |what: &str| {
        let mut ratios = report.ratios().into_iter();
        ratios.find(|ratio| ratio.what.contains(what)).unwrap()
    };
    // What disturbed a round disturbed both of its figures.
    let speed = find("RSA-3072: orders/s, 64 clients ÷ 1");
    assert_eq!((speed.value, speed.is_met()), (Some(6.0), Some(true)));
    let cost = find("RSA-3072: server CPU for an order ÷ that of its primitives");
    assert_eq!((cost.value, cost.is_met()), (Some(2.0), Some(false)));
    let warm = find("a key that signs often");
    assert_eq!((warm.value, warm.is_met()), (Some(2.0), Some(true)));
    let cold = find("a key not seen before");
    assert_eq!((cold.value, cold.is_met()), (Some(0.4), Some(false)));
    let unmeasured = find("two servers");
    assert_eq!((unmeasured.value, unmeasured.is_met()), (None, None));
}

#[test]
fn a_report_is_read_as_it_was_written_and_stands_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/bench.json");
    report(1.0).write(&path).unwrap();
    let read = Report::read(&path).unwrap();
    assert_eq!(read.page(), report(1.0).page());
    let beside = read.beside(&report(2.0));
    let line = beside.lines().nth(2).unwrap();
    assert!(line.contains(" 2.00 |"), "{beside}");
}

#[test]
fn the_page_has_short_lines_and_a_row_for_each_scene() {
    let page = report(1.0).page();
    let is_prose = |line: &&str| !line.starts_with('|');
    assert!(
        page.lines()
            .filter(is_prose)
            .all(|line| line.chars().count() <= 120)
    );
    assert!(page.contains("| SQLite | RSA-3072 |       1 |"), "{page}");
    assert!(!page.contains("## A crowd"), "{page}");
    // The median of 600, 200 and 300.
    assert!(page.contains("|      300 |"), "{page}");
}

#[test]
fn the_middle_of_an_even_number_lies_between() {
    assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(median(Vec::new()), None);
}

/// What is aimed at, and some of the words about it: whoever changes one changes it here, too.
const TARGETS: [(&str, &str); 25] = [
    (
        "RSA-3072: server CPU for an order ÷ that of its primitives",
        "≤ 1.35",
    ),
    (
        "RSA-3072: server CPU for an order ÷ that of OpenSSL",
        "≤ 2.40",
    ),
    ("RSA-3072: p99 ÷ p50", "≤ 2.50"),
    ("RSA-3072: orders/s, 64 clients ÷ 1 client", "≥ 5.00"),
    (
        "RSA-3072: server CPU for an order, 256 clients ÷ 64",
        "≤ 1.05",
    ),
    ("RSA-3072: memory of the server, MiB, 256 clients", "≤ 200"),
    (
        "DSA-2048: server CPU for an order ÷ that of its primitives",
        "≤ 1.20",
    ),
    ("DSA-2048: p99 ÷ p50", "≤ 2.50"),
    ("DSA-2048: orders/s, 64 clients ÷ 1 client", "≥ 3.30"),
    (
        "DSA-2048: server CPU for an order, 256 clients ÷ 64",
        "≤ 1.05",
    ),
    ("DSA-2048: memory of the server, MiB, 256 clients", "≤ 200"),
    (
        "DSA-3072: server CPU for an order ÷ that of its primitives",
        "≤ 1.20",
    ),
    ("DSA-3072: p99 ÷ p50", "≤ 2.50"),
    ("a key that signs often", "≥ 1.50"),
    ("a key not seen before", "≥ 0.50"),
    ("orders/s, 1,000,000 orders stored ÷ 10,000", "≥ 0.90"),
    ("p99, 1,000,000 orders stored ÷ 10,000", "≤ 1.50"),
    ("PostgreSQL: orders/s, all on one product", "≥ 0.90"),
    ("PostgreSQL: orders/s into the store", "≥ 4.00"),
    ("SQLite: orders/s into the store", "≥ 4.00"),
    ("PostgreSQL: orders/s, two servers ÷ one", "≥ 0.95"),
    ("with 10,000 idle connections", "≤ 200"),
    ("beside 10,000 idle connections", "≤ 100"),
    ("beside 2,000 slow connections", "≤ 2.00"),
    ("beside 500 sign-ins at once", "≤ 2.00"),
];

#[test]
fn the_published_page_is_of_a_whole_run_and_says_what_was_aimed_at() {
    let page = include_str!("../../../docs/reference/performance.md");
    assert!(page.contains("medians of 5 rounds"));
    for fact in ["cpu", "memory", "kernel", "postgresql", "date"] {
        assert!(page.contains(&format!("\n| {fact} ")), "{fact}");
    }
    assert!(page.contains("| `cargo xtask bench -- "), "the command");
    let (_, ratios) = page.split_once("## Ratios").unwrap();
    let (ratios, _) = ratios.split_once("\n## ").unwrap();
    let rows = ratios.lines().filter(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = rows
        .map(|row| row.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), TARGETS.len(), "{rows:?}");
    for (row, (what, target)) in rows.iter().zip(TARGETS) {
        assert!(row[1].contains(what), "{row:?}: {what}");
        assert_eq!(row[2], target, "{what}");
        assert_ne!(row[3], "–", "{what} was not measured");
    }
}

#[test]
fn what_is_aimed_at_is_what_the_published_page_says() {
    let all = report(1.0).ratios();
    assert_eq!(all.len(), TARGETS.len());
    for (ratio, (what, target)) in all.iter().zip(TARGETS) {
        // Of a run without them it is not known how many there were.
        let what = what.replace(
            "1,000,000 orders stored ÷ 10,000",
            "many orders stored ÷ few",
        );
        let what = what
            .replace("10,000 ", "")
            .replace("2,000 ", "")
            .replace("500 ", "");
        assert!(ratio.what.contains(&what), "{}: {what}", ratio.what);
        assert_eq!(ratio.target.text(), target, "{what}");
    }
}

#[test]
fn a_whole_run_has_every_key_client_and_store_and_five_rounds() {
    let plan = Plan::full();
    assert_eq!(plan.rounds, 5);
    assert_eq!(plan.clients, [1, 8, 32, 64, 100, 256]);
    assert_eq!(plan.stored, [10_000, 1_000_000]);
    assert_eq!(plan.buyers, 10_000);
    assert_eq!(plan.stores, [StoreKind::Sqlite, StoreKind::Postgres]);
    assert_eq!(plan.all_keys().count(), 3);
}
