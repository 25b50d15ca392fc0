//! CPU time: of this thread, and of another process.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::Pid;
use rustix::time::{ClockId, clock_gettime};

/// How often something small is done; what counts is the median.
const TIMES: usize = 51;
/// Nanoseconds of a clock tick, in which the kernel counts: `USER_HZ` is 100 on every Linux.
const TICK_NS: u64 = 10_000_000;
/// Kibibytes of a mebibyte.
const KIB_IN_A_MIB: f64 = 1024.0;

/// The CPU that this thread takes to do something, as the median of many times.
pub(crate) fn of<T>(mut act: impl FnMut() -> T) -> Duration {
    of_each(0..TIMES, |_| act())
}

/// The CPU that this thread takes to do something with one of these, as the median of all.
pub(crate) fn of_each<T, R>(
    all: impl IntoIterator<Item = T>,
    mut act: impl FnMut(T) -> R,
) -> Duration {
    let once = |one| {
        let start = now();
        black_box(act(one));
        now().saturating_sub(start)
    };
    median(all.into_iter().map(once).collect())
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// The one in the middle.
fn median<T: Ord + Copy + Default>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// What a process has taken of the CPU since it began, by the kernel's account (proc(5), `stat`).
pub(crate) fn taken_by(process: Pid) -> Result<Duration> {
    Account::of(process).map(|account| account.own)
}

/// What its thread of this name has taken of the CPU.
pub(crate) fn taken_by_thread(process: Pid, name: &str) -> Result<Duration> {
    for entry in fs::read_dir(format!("/proc/{}/task", process.as_raw_nonzero()))? {
        let thread = entry?.path();
        // Others may end meanwhile.
        let is_it =
            fs::read_to_string(thread.join("comm")).is_ok_and(|comm| comm.trim_end() == name);
        if is_it {
            return Account::at(&thread.join("stat")).map(|account| account.own);
        }
    }
    bail!("the process has no thread {name}")
}

/// What the kernel says of a process, or of a thread.
struct Account {
    parent: i32,
    /// CPU of its own.
    own: Duration,
    /// CPU of its children that ended.
    ended: Duration,
}

impl Account {
    fn of(process: Pid) -> Result<Self> {
        let path = format!("/proc/{}/stat", process.as_raw_nonzero());
        Self::at(Path::new(&path))
    }

    fn at(path: &Path) -> Result<Self> {
        let stat = fs::read_to_string(path)?;
        // The name is in brackets and may hold spaces; what is counted stands after it.
        let (_, fields) = stat.rsplit_once(')').context("no process name")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |place: usize| fields.get(place).context("no such field");
        let time = |place: usize| -> Result<Duration> {
            let ticks = field(place)?.parse::<u64>()? + field(place + 1)?.parse::<u64>()?;
            Ok(Duration::from_nanos(ticks * TICK_NS))
        };
        Ok(Self {
            parent: field(1)?.parse()?,
            own: time(11)?,
            ended: time(13)?,
        })
    }
}

/// The most mebibytes of memory that a process has had (proc(5), `status`).
pub(crate) fn memory_of(process: Pid) -> Result<f64> {
    let path = format!("/proc/{}/status", process.as_raw_nonzero());
    let status = fs::read_to_string(&path)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.context("no memory")?.parse::<f64>()? / KIB_IN_A_MIB)
}

/// What a process and its children have taken of the CPU, those that ended and those that run.
pub(crate) fn taken_by_family(parent: Pid) -> Result<Duration> {
    let account = Account::of(parent)?;
    let mut all = account.own + account.ended;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse().ok());
        let Some(process) = number.and_then(Pid::from_raw) else {
            continue;
        };
        // One that has ended meanwhile has no account any more; its parent has it.
        if let Ok(account) = Account::of(process)
            && account.parent == parent.as_raw_nonzero().get()
        {
            all += account.own;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rustix::process::getpid;

    use super::*;

    #[test]
    fn a_thread_is_found_by_its_name_and_a_missing_one_is_an_error() {
        let busy = || {
            let start = now();
            while now().saturating_sub(start) < Duration::from_millis(50) {}
            taken_by_thread(getpid(), "busy").unwrap()
        };
        let thread = thread::Builder::new().name("busy".to_owned());
        let taken = thread.spawn(busy).unwrap().join().unwrap();
        assert!(taken >= Duration::from_millis(20), "{taken:?}");
        taken_by_thread(getpid(), "nobody").unwrap_err();
    }
}
