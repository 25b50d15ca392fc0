//! Distributions for Prometheus: counts of what was at most so large.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many values lay below each bound, and their sum.
#[derive(Debug)]
pub(super) struct Histogram<const BOUNDS: usize> {
    bounds: [u64; BOUNDS],
    counts: [AtomicU64; BOUNDS],
    count: AtomicU64,
    sum: AtomicU64,
}

impl<const BOUNDS: usize> Histogram<BOUNDS> {
    /// Bounds grow.
    pub(super) fn new(bounds: [u64; BOUNDS]) -> Self {
        Self {
            bounds,
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
            count: AtomicU64::new(0),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a value.
    pub(super) fn record(&self, value: u64) {
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            if value <= *bound {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Writes its series. Each value is told as a number of `unit`s to the whole; `label` is empty, or one
    /// label with its value.
    pub(super) fn write(&self, text: &mut String, name: &str, label: &str, unit: u32) {
        let told = |value: u64| in_units(value, unit);
        let (comma, braced) = if label.is_empty() {
            ("", String::new())
        } else {
            (",", format!("{{{label}}}"))
        };
        // Writing to a string cannot fail.
        let series = self.bounds.iter().zip(&self.counts);
        for (bound, count) in series {
            let (bound, count) = (told(*bound), count.load(Ordering::Relaxed));
            let _written = writeln!(
                text,
                "{name}_bucket{{{label}{comma}le=\"{bound}\"}} {count}"
            );
        }
        let count = self.count.load(Ordering::Relaxed);
        let sum = told(self.sum.load(Ordering::Relaxed));
        let _written = write!(
            text,
            "{name}_bucket{{{label}{comma}le=\"+Inf\"}} {count}\n\
             {name}_sum{braced} {sum}\n{name}_count{braced} {count}\n"
        );
    }
}

/// A decimal without trailing zeros; `unit` is a power of ten.
fn in_units(value: u64, unit: u32) -> String {
    let unit = u64::from(unit);
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = usize::try_from(unit.ilog10()).unwrap_or_default();
    let text = format!("{whole}.{rest:0digits$}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_below_every_bound_it_keeps() {
        let histogram = Histogram::new([100, 2_500]);
        for value in [100, 101, 9_000] {
            histogram.record(value);
        }
        let mut text = String::new();
        histogram.write(&mut text, "it", "of=\"x\"", 1_000_000);
        assert_eq!(
            text,
            "it_bucket{of=\"x\",le=\"0.0001\"} 1\nit_bucket{of=\"x\",le=\"0.0025\"} 2\n\
             it_bucket{of=\"x\",le=\"+Inf\"} 3\nit_sum{of=\"x\"} 0.009201\nit_count{of=\"x\"} 3\n"
        );
        text.clear();
        histogram.write(&mut text, "it", "", 1);
        assert!(text.starts_with("it_bucket{le=\"100\"} 1\n"), "{text}");
        assert!(text.ends_with("it_sum 9201\nit_count 3\n"), "{text}");
    }
}
