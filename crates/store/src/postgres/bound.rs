//! Statements bound to their values, so that several can be sent before the first is answered.

use std::fmt;

use tokio_postgres::types::ToSql;

/// A statement and what it is bound to.
#[must_use = "it runs only when a unit of work is given it"]
pub(super) struct Bound<'a> {
    pub(super) sql: &'static str,
    values: Vec<Box<dyn ToSql + Sync + Send + 'a>>,
    /// How many rows it must change; any number, if nothing is said.
    pub(super) rows: Option<u64>,
}

impl<'a> Bound<'a> {
    /// A statement without values.
    pub(super) fn new(sql: &'static str) -> Self {
        Self {
            sql,
            values: Vec::new(),
            rows: None,
        }
    }

    /// Binds the next of its parameters.
    pub(super) fn to(mut self, value: impl ToSql + Sync + Send + 'a) -> Self {
        self.values.push(Box::new(value));
        self
    }

    /// Demands that it changes so many rows. Otherwise what it rests on is not what it was: a conflict.
    pub(super) fn changing(mut self, rows: usize) -> Self {
        self.rows = Some(u64::try_from(rows).unwrap_or(u64::MAX));
        self
    }

    /// The values in order.
    pub(super) fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let mut values: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(self.values.len());
        for value in &self.values {
            values.push(value.as_ref());
        }
        values
    }
}

impl fmt::Debug for Bound<'_> {
    /// Leaves the values out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bound")
            .field("sql", &self.sql)
            .finish_non_exhaustive()
    }
}
