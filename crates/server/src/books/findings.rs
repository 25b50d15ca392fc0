//! What does not agree, and where.

use std::fmt::Debug;

use serde::Serialize;

/// How many findings are listed; the rest is counted.
const LISTED_MAX: usize = 100;

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// Which row or statement.
    pub(crate) place: String,
    /// What is wrong with it.
    pub(crate) what: String,
}

/// All that does not agree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    listed: Vec<Finding>,
    count: usize,
}

impl Findings {
    /// Notes that something does not agree.
    pub(crate) fn add(&mut self, place: &str, what: impl Into<String>) {
        self.count += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(Finding {
                place: place.to_owned(),
                what: what.into(),
            });
        }
    }

    /// Notes if what is stored differs from what was signed.
    pub(super) fn same<T: PartialEq + Debug>(
        &mut self,
        place: &str,
        column: &str,
        stored: &T,
        signed: &T,
    ) {
        if stored != signed {
            self.add(
                place,
                format!("{column} is {stored:?}, and {signed:?} was signed"),
            );
        }
    }

    /// Whether everything agrees.
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How much does not agree.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// The first of it.
    pub(crate) fn listed(&self) -> &[Finding] {
        &self.listed
    }
}
