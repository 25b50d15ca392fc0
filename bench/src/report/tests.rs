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
