//! Two reports side by side.

use super::table::{Table, cell, counted};
use super::{Measure, Report, Row};

impl Report {
    /// This report and a later one, scene by scene: later by earlier.
    pub(crate) fn beside(&self, later: &Self) -> String {
        let mut table = Table::new([
            "later ÷ earlier",
            "store",
            "key",
            "stored",
            "clients",
            "a second",
            "p50",
            "p99",
            "CPU",
            "memory",
        ]);
        for row in &self.rows {
            let Some(other) = later.find(|scene| *scene == row.scene) else {
                continue;
            };
            let ratio = |measure| cell(ratio(row, other, measure));
            table.row([
                format!("{:?}", row.scene.kind),
                row.scene.store.name().to_owned(),
                row.scene.key.name().to_owned(),
                counted(row.scene.stored),
                counted(row.scene.clients),
                ratio(Measure::PerSecond),
                ratio(Measure::P50Us),
                ratio(Measure::P99Us),
                ratio(Measure::CpuUs),
                ratio(Measure::MemoryMib),
            ]);
        }
        let mut ratios = Table::new(["what", "target", "earlier", "later"]);
        for (earlier, later) in self.ratios().into_iter().zip(later.ratios()) {
            ratios.row([
                earlier.what,
                earlier.target.text(),
                cell(earlier.value),
                cell(later.value),
            ]);
        }
        format!("{}\n{}", table.text(), ratios.text())
    }
}

fn ratio(earlier: &Row, later: &Row, measure: Measure) -> Option<f64> {
    Some(later.median(measure)? / earlier.median(measure)?)
}
