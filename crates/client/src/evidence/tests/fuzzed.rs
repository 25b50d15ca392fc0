//! Files that nobody made.

use countersign_api::Evidence;
use countersign_fuzz::Campaign;

use super::world::World;
use super::{deal, judge, strip};

/// Whatever a file holds, judging it ends, and a file that says something else is never believed.
#[test]
fn evidence_files() {
    let world = World::new();
    let good = deal(&world);
    let mut bare = deal(&world);
    strip(&mut bare);
    let seeds: Vec<Vec<u8>> = [&good, &bare]
        .iter()
        .map(|evidence| serde_json::to_vec(evidence).unwrap())
        .collect();
    let (witnesses, root) = ([world.witness_key()], world.trusted());
    let truths: Vec<_> = seeds
        .iter()
        .map(|seed| judge(seed, &root, &witnesses).deal)
        .collect();
    let words = [
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "\\n",
        "null",
        "0",
        "18446744073709551615",
        "-1",
        "1e9",
        "\"AAAA\"",
        "\"sha256:",
        "\u{2014} ",
        "\"statements\":[]",
        "\"checkpoints\":[]",
        "\"proof\":[]",
    ];
    Campaign::new("evidence files", seeds)
        .words(&words)
        .run(|input| {
            if let Ok(evidence) = Evidence::parse(input) {
                let written = serde_json::to_vec(&evidence).unwrap();
                assert_eq!(Evidence::parse(&written).unwrap(), evidence);
            }
            let report = judge(input, &root, &witnesses);
            assert!(
                report.verdict.is_invalid() || truths.contains(&report.deal),
                "a deal nobody made: {report:?}"
            );
        });
}
