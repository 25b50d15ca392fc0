//! CPU time: of this thread, and of another process.

use std::fs;
use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::Pid;
use rustix::time::{ClockId, clock_gettime};

/// How often something small is done; what counts is the median.
const TIMES: usize = 51;
/// Nanoseconds of a clock tick, in which the kernel counts: `USER_HZ` is 100 on every Linux.
const TICK_NS: u64 = 10_000_000;
/// Octets of a kibibyte.
const KIB: u64 = 1024;

/// The CPU that this thread takes to do something, as the median of many times.
pub(crate) fn of<T>(mut act: impl FnMut() -> T) -> Duration {
    let once = |_| {
        let start = now();
        black_box(act());
        now().saturating_sub(start)
    };
    median((0..TIMES).map(once).collect())
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// The one in the middle.
pub(crate) fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// What a process has taken of the CPU since it began, by the kernel's account (proc(5), `stat`).
pub(crate) fn taken_by(process: Pid) -> Result<Duration> {
    let path = format!("/proc/{}/stat", process.as_raw_nonzero());
    let stat = fs::read_to_string(&path)?;
    // The name is in brackets and may hold spaces; what is counted stands after it.
    let (_, fields) = stat.rsplit_once(')').context("no process name")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || -> Result<u64> { Ok(fields.next().context("no times")?.parse()?) };
    Ok(Duration::from_nanos((ticks()? + ticks()?) * TICK_NS))
}

/// The octets of memory that a process has now, and had at most (proc(5), `status`).
pub(crate) fn memory_of(process: Pid) -> Result<(u64, u64)> {
    let path = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = fs::read_to_string(&path)?;
    let of = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.context("no memory")?.parse::<u64>()? * KIB)
    };
    Ok((of("VmRSS:")?, of("VmHWM:")?))
}
