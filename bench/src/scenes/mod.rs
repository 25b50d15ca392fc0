//! What is measured, kind by kind. Each runs once in a round, and adds its figures to the report.

pub(crate) mod batches;
pub(crate) mod crowds;
pub(crate) mod doors;
pub(crate) mod growth;
pub(crate) mod orders;
pub(crate) mod products;
pub(crate) mod servers;
