//! Counters for Prometheus: how much, never whose.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign_order::Decision;

/// What the server has done since it started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    answers_by_class: [AtomicU64; 5],
    accepted: AtomicU64,
    held: AtomicU64,
    declined: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    signed_in: AtomicU64,
    sign_ins_refused: AtomicU64,
}

impl Metrics {
    pub(super) fn answered(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(count) = self.answers_by_class.get(class) {
            add(count);
        }
    }

    pub(super) fn decided(&self, decision: Decision) {
        add(match decision {
            Decision::Accepted => &self.accepted,
            Decision::Held => &self.held,
            Decision::Declined => &self.declined,
        });
    }

    pub(super) fn repeated(&self) {
        add(&self.repeated);
    }

    pub(super) fn refused(&self) {
        add(&self.refused);
    }

    pub(super) fn signed_in(&self, was_accepted: bool) {
        add(if was_accepted {
            &self.signed_in
        } else {
            &self.sign_ins_refused
        });
    }

    /// All counters in Prometheus' text format.
    pub(super) fn to_text(&self, orders_waiting: usize) -> String {
        let mut text = String::new();
        let by_class = (1..).zip(&self.answers_by_class);
        let classes =
            by_class.map(|(class, count)| (format!("{{class=\"{class}xx\"}}"), value(count)));
        let answers = "countersign_http_answers_total";
        family(&mut text, answers, "counter", "HTTP answers.", classes);
        let orders = outcomes(&[
            ("accepted", &self.accepted),
            ("held", &self.held),
            ("declined", &self.declined),
            ("repeated", &self.repeated),
            ("refused", &self.refused),
        ]);
        let help = "Orders, by their outcome.";
        family(
            &mut text,
            "countersign_orders_total",
            "counter",
            help,
            orders,
        );
        let sign_ins = outcomes(&[
            ("accepted", &self.signed_in),
            ("refused", &self.sign_ins_refused),
        ]);
        let help = "Sign-ins, by their outcome.";
        family(
            &mut text,
            "countersign_sign_ins_total",
            "counter",
            help,
            sign_ins,
        );
        let waiting = u64::try_from(orders_waiting).unwrap_or(u64::MAX);
        let help = "Orders waiting for the writer.";
        let rows = [(String::new(), waiting)];
        family(&mut text, "countersign_orders_waiting", "gauge", help, rows);
        text
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

fn value(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

/// Counts with their outcome as a label.
fn outcomes(counts: &[(&str, &AtomicU64)]) -> Vec<(String, u64)> {
    let row = |(outcome, count): &(&str, &AtomicU64)| {
        (format!("{{outcome=\"{outcome}\"}}"), value(count))
    };
    counts.iter().map(row).collect()
}

/// Writes what is counted under one name, each row with its labels.
fn family(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    rows: impl IntoIterator<Item = (String, u64)>,
) {
    // Writing to a string cannot fail.
    let _written = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (labels, value) in rows {
        let _written = writeln!(text, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_counted() {
        let metrics = Metrics::default();
        metrics.answered(201);
        metrics.decided(Decision::Declined);
        let text = metrics.to_text(3);
        assert!(
            text.contains("countersign_http_answers_total{class=\"2xx\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("countersign_orders_total{outcome=\"declined\"} 1\n"),
            "{text}"
        );
        assert!(text.contains("countersign_orders_waiting 3\n"), "{text}");
    }
}
