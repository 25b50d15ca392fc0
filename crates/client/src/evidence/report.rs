//! What came of the judgement, and how it came about: for people and for programs.

use std::fmt;

use countersign_order::time::write_instant;
use jiff::Timestamp;
use serde::Serialize;

use super::statements::Deal;

/// What no verdict can know.
const AS_OF: &str = "All this is as of the file's newest statement and checkpoint: what the seller signed \
                     later, such as a cancellation, is not in it.";

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

    /// What this means, for people.
    const fn explained(&self) -> &'static str {
        match self {
            Self::Signed => {
                "Both parties have signed. That the order came when the receipt says, and that \
                 nothing contradicts it elsewhere, is the seller's word."
            }
            Self::Logged => {
                "Both parties have signed, and the seller's log holds it all: the seller cannot take \
                 it out of that log without being caught by whoever has seen it. No witness that you \
                 trust says when."
            }
            Self::Witnessed { .. } => {
                "Both parties have signed, the seller's log holds it all, and witnesses that you \
                 trust have seen that log: it was so at that time, and cannot have been made up later."
            }
            Self::Invalid { .. } => {
                "Do not rely on this file: the last step above does not hold, and what would have \
                 come after it was not looked at."
            }
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
    /// The certificate or key it was checked against; empty where there is none.
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
                lines.push(format!("    checked against {}", step.against));
            }
        }
        if let Verdict::Invalid { reason } = &self.verdict {
            let number = self.steps.len() + 1;
            lines.push(format!("{number:>2}. DOES NOT HOLD: {reason}"));
        }
        if let Some(deal) = &self.deal {
            lines.push(String::new());
            lines.push(deal.clone());
        }
        lines.push(String::new());
        lines.push(self.verdict.explained().to_owned());
        if !self.verdict.is_invalid() {
            lines.push(AS_OF.to_owned());
        }
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
