//! Where the time of an order goes, by the server's own account: what `/metrics` says of its stages.

use anyhow::{Context as _, Result, ensure};

use crate::client::{Address, request};
use crate::report::Measure;

/// The server's stages, in their order, and what holds their time here.
pub(crate) const STAGES: [(&str, Measure); 8] = [
    ("open", Measure::StageOpenUs),
    ("verify", Measure::StageVerifyUs),
    ("turn", Measure::StageTurnUs),
    ("load", Measure::StageLoadUs),
    ("decide", Measure::StageDecideUs),
    ("sign", Measure::StageSignUs),
    ("apply", Measure::StageApplyUs),
    ("commit", Measure::StageCommitUs),
];

/// Seconds that a server has spent in each stage since it began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent([f64; STAGES.len()]);

impl Spent {
    /// Asks a server.
    pub(crate) async fn at(address: &Address) -> Result<Self> {
        let request =
            request(http::Method::GET, "/metrics", None).body(http_body_util::Full::default())?;
        let answer = address.connect().await?.ask(request).await?;
        ensure!(answer.status == http::StatusCode::OK, "no metrics");
        Self::read(std::str::from_utf8(&answer.body)?)
    }

    fn read(metrics: &str) -> Result<Self> {
        let mut spent = Self::default();
        for (seconds, (stage, _)) in spent.0.iter_mut().zip(STAGES) {
            let series = format!("countersign_stage_seconds_sum{{stage=\"{stage}\"}} ");
            let mut lines = metrics.lines();
            let sum = lines.find_map(|line| line.strip_prefix(series.as_str()));
            *seconds = sum
                .with_context(|| format!("no series {series}"))?
                .parse()?;
        }
        Ok(spent)
    }

    pub(crate) fn and(mut self, other: Self) -> Self {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine += others;
        }
        self
    }

    /// Microseconds an order since then, by stage.
    pub(crate) fn since(self, before: Self, orders: f64) -> impl Iterator<Item = (Measure, f64)> {
        let stages = STAGES.into_iter().zip(self.0).zip(before.0);
        stages
            .map(move |(((_, measure), after), before)| (measure, (after - before) * 1e6 / orders))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_sums_are_read_and_a_missing_one_is_an_error() {
        let mut metrics = String::new();
        for (number, (stage, _)) in (1..).zip(STAGES) {
            let series = "countersign_stage_seconds";
            writeln!(metrics, "{series}_sum{{stage=\"{stage}\"}} 0.00{number}").unwrap();
            writeln!(metrics, "{series}_count{{stage=\"{stage}\"}} 2").unwrap();
        }
        let spent = Spent::read(&metrics).unwrap();
        let each: Vec<_> = spent.since(Spent::default(), 2.0).collect();
        assert_eq!(each[0], (Measure::StageOpenUs, 500.0));
        assert_eq!(each[7], (Measure::StageCommitUs, 4000.0));
        Spent::read("").unwrap_err();
    }
}
