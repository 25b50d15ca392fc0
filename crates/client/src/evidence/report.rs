//! What came of the judgement, and how it came about: for people and for programs.

use std::fmt;

use countersign_order::time::write_instant;
use jiff::Timestamp;
use serde::Serialize;

use super::statements::Deal;

/// What an evidence file is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Both parties have signed. Time and order are the seller's word.
    Signed,
    /// The seller's log holds it all, too.
    Logged,
    /// Witnesses have seen that log.
    Witnessed {
        /// How many of the trusted witnesses.
        by: usize,
        /// Of how many.
        of: usize,
        /// When the last of these had seen it, by its clock.
        not_later_than: String,
    },
    /// Something is wrong.
    Invalid {
        /// What.
        reason: String,
    },
}

impl Verdict {
    /// Witnessed by so many.
    pub(super) fn witnessed(by: usize, of: usize, last: Timestamp) -> Self {
        Self::Witnessed {
            by,
            of,
            not_later_than: write_instant(last),
        }
    }

    /// Whether the file proves nothing.
    pub(crate) const fn is_invalid(&self) -> bool {
        match self {
            Self::Invalid { .. } => true,
            Self::Signed | Self::Logged | Self::Witnessed { .. } => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed => f.write_str("signed"),
            Self::Logged => f.write_str("logged"),
            Self::Witnessed {
                by,
                of,
                not_later_than,
            } => write!(
                f,
                "witnessed by {by} of {of}, not later than {not_later_than}"
            ),
            Self::Invalid { reason } => write!(f, "INVALID: {reason}"),
        }
    }
}

/// The judgement of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// What it is worth.
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
    /// What was agreed, in a few words; absent if the file is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deal: Option<String>,
    /// What was checked, in this order. The step that fails is the reason of the verdict.
    pub(crate) steps: Vec<Step>,
}

/// Something that was checked and holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// What holds.
    pub(crate) checked: String,
    /// The fingerprint or name of the key it was checked against; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) against: String,
}

impl Report {
    /// The same, of a file that is not what it should be.
    pub(crate) fn refuted(self, reason: &str) -> Self {
        Self {
            verdict: Verdict::Invalid {
                reason: reason.to_owned(),
            },
            deal: None,
            ..self
        }
    }

    /// The judgement as a person reads it, step by step.
    pub(crate) fn explained(&self) -> String {
        let mut lines = Vec::new();
        for (number, step) in (1..).zip(&self.steps) {
            lines.push(format!("{number:>2}. {}", step.checked));
            if !step.against.is_empty() {
                lines.push(format!("    by {}", step.against));
            }
        }
        if let Some(deal) = &self.deal {
            lines.push(String::new());
            lines.push(deal.clone());
        }
        lines.push(String::new());
        lines.push(match &self.verdict {
            Verdict::Signed => "Both parties have signed. That the order came when the receipt says, \
                 and that nothing contradicts it elsewhere, is the seller's word."
                .to_owned(),
            Verdict::Logged => "Both parties have signed, and the seller's log holds it all: the \
                 seller cannot take it out of that log without being caught by whoever has seen it. \
                 No witness that you trust says when."
                .to_owned(),
            Verdict::Witnessed { .. } => "Both parties have signed, the seller's log holds it all, \
                 and witnesses that you trust have seen that log: it was so at that time, and \
                 cannot have been made up later."
                .to_owned(),
            Verdict::Invalid { .. } => "Do not rely on this file: what comes after the last step \
                 above does not hold."
                .to_owned(),
        });
        lines.push(
            "It is judged as of its checkpoint; a later cancellation would not be in it."
                .to_owned(),
        );
        lines.join("\n")
    }
}

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    deal: Option<String>,
}

impl Steps {
    /// Something holds.
    pub(super) fn passed(&mut self, checked: &str, against: &str) {
        self.steps.push(Step {
            checked: checked.to_owned(),
            against: against.to_owned(),
        });
    }

    /// Everything holds: says what was agreed.
    pub(super) fn conclude(&mut self, deal: &Deal) {
        self.deal = Some(deal.to_string());
    }

    pub(super) fn report(self, verdict: Verdict) -> Report {
        Report {
            deal: self.deal.filter(|_| !verdict.is_invalid()),
            steps: self.steps,
            verdict,
        }
    }
}
