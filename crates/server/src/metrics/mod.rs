//! Counters for Prometheus: how much, never whose.

mod histogram;
mod stages;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use countersign_api::Code;
use countersign_order::{Decision, Reason};

use stages::Stages;
pub(crate) use stages::{Stage, Timed};

/// What waits, at this moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backlog {
    /// Orders that wait for the writer.
    pub(crate) orders: u64,
    /// Letters that wait to be sent, if that could be read.
    pub(crate) mail: Option<u64>,
    /// Messages that wait to be sent to webhooks, if that could be read.
    pub(crate) webhooks: Option<u64>,
}

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
    /// By the code of the reason: orders that were declined.
    declined_by: Counts,
    /// By the code of the problem: orders that were refused.
    refused_by: Counts,
    stages: Stages,
}

/// Counts by a code, of which there are few.
#[derive(Debug, Default)]
struct Counts(Mutex<BTreeMap<&'static str, u64>>);

impl Counts {
    fn add(&self, code: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(code).or_default() += 1;
    }

    fn rows(&self, label: &str) -> Vec<(String, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = |(code, count): (&&str, &u64)| (format!("{{{label}=\"{code}\"}}"), *count);
        counts.iter().map(row).collect()
    }
}

impl Metrics {
    pub(crate) fn answered(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(count) = self.answers_by_class.get(class) {
            add(count);
        }
    }

    pub(crate) fn decided(&self, decision: Decision, reasons: &[Reason]) {
        add(match decision {
            Decision::Accepted => &self.accepted,
            Decision::Held => &self.held,
            Decision::Declined => &self.declined,
        });
        if decision == Decision::Declined {
            let codes: BTreeSet<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
            for code in codes {
                self.declined_by.add(code);
            }
        }
    }

    pub(crate) fn repeated(&self) {
        add(&self.repeated);
    }

    pub(crate) fn refused(&self, code: Code) {
        add(&self.refused);
        self.refused_by.add(code.as_str());
    }

    pub(crate) fn signed_in(&self, was_accepted: bool) {
        add(if was_accepted {
            &self.signed_in
        } else {
            &self.sign_ins_refused
        });
    }

    /// A stage begins; it ends when what this returns is dropped.
    pub(crate) fn begins(&self, stage: Stage) -> Timed<'_> {
        self.stages.begins(stage)
    }

    /// So many orders and refusals are settled together.
    pub(crate) fn batch(&self, size: usize) {
        self.stages.batch(size);
    }

    /// All of it in Prometheus' text format.
    pub(crate) fn to_text(&self, backlog: Backlog) -> String {
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
        let declined = self.declined_by.rows("reason");
        let help = "Declined orders, by each reason given.";
        family(
            &mut text,
            "countersign_orders_declined_total",
            "counter",
            help,
            declined,
        );
        let refused = self.refused_by.rows("code");
        let help = "Refused orders, by the problem's code.";
        family(
            &mut text,
            "countersign_orders_refused_total",
            "counter",
            help,
            refused,
        );
        backlog.write(&mut text);
        self.stages.write(&mut text);
        text
    }
}

impl Backlog {
    fn write(self, text: &mut String) {
        let help = "Orders waiting for the writer.";
        let name = "countersign_orders_waiting";
        family(text, name, "gauge", help, [(String::new(), self.orders)]);
        for (name, help, waiting) in [
            (
                "countersign_mail_waiting",
                "Letters waiting to be sent.",
                self.mail,
            ),
            (
                "countersign_webhook_messages_waiting",
                "Messages waiting to be sent to webhooks.",
                self.webhooks,
            ),
        ] {
            let rows = waiting.map(|waiting| (String::new(), waiting));
            family(text, name, "gauge", help, rows);
        }
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
    family_head(text, name, kind, help);
    for (labels, value) in rows {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "{name}{labels} {value}");
    }
}

fn family_head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _written = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_counted() {
        let metrics = Metrics::default();
        metrics.answered(201);
        metrics.decided(Decision::Declined, &[]);
        metrics.refused(Code::WrongSeller);
        drop(metrics.begins(Stage::Commit));
        metrics.batch(3);
        let text = metrics.to_text(Backlog {
            orders: 3,
            mail: Some(7),
            webhooks: None,
        });
        assert!(
            text.contains("countersign_http_answers_total{class=\"2xx\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("countersign_orders_total{outcome=\"declined\"} 1\n"),
            "{text}"
        );
        for line in [
            "countersign_orders_waiting 3",
            "countersign_mail_waiting 7",
            "countersign_orders_refused_total{code=\"wrong-seller\"} 1",
            "countersign_stage_seconds_count{stage=\"commit\"} 1",
            "countersign_stage_seconds_count{stage=\"open\"} 0",
            "countersign_batch_size_bucket{le=\"4\"} 1",
        ] {
            assert!(text.contains(&format!("{line}\n")), "{line} in {text}");
        }
        assert!(
            !text.contains("\ncountersign_webhook_messages_waiting "),
            "{text}"
        );
    }
}
