//! Running one target until its time is over.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::nice;
use rustix::time::{ClockId, clock_gettime};

use crate::dice::Dice;
use crate::mutation::Material;

/// The environment variable that says for how many seconds each campaign runs.
pub const SECONDS: &str = "COUNTERSIGN_FUZZ_SECONDS";

/// The environment variable with the seed by which a run is repeated, as far as its time goes.
const SEED: &str = "COUNTERSIGN_SEED";

/// The environment variable with the seed of the one case that is to be run again.
pub const CASE: &str = "COUNTERSIGN_FUZZ_CASE";

/// No input may take a parser longer, in time of the processor.
const SLOWEST: Duration = Duration::from_secs(1);

/// Whatever takes so long by the clock on the wall never ends.
const HANGS_AFTER: Duration = Duration::from_mins(1);

/// The process may at no time have had more memory than this: inputs have a mebibyte at most.
const MEMORY_MAX_KIB: u64 = 512 * 1024;

/// One target's run.
#[derive(Debug)]
pub struct Campaign<'a> {
    name: &'static str,
    corpus: Vec<Vec<u8>>,
    words: Vec<&'a [u8]>,
}

/// What is being run, for whoever watches.
type Current = Arc<Mutex<Option<Case>>>;

/// One input.
#[derive(Debug, Clone)]
struct Case {
    name: &'static str,
    seed: u64,
    input: Vec<u8>,
    since: Instant,
}

impl<'a> Campaign<'a> {
    /// A campaign from real files.
    pub fn new(name: &'static str, corpus: Vec<Vec<u8>>) -> Self {
        assert!(!corpus.is_empty(), "{name} has nothing to begin with");
        Self {
            name,
            corpus,
            words: Vec::new(),
        }
    }

    /// With words of the format.
    #[must_use]
    pub fn words(mut self, words: &[&'a str]) -> Self {
        self.words.extend(words.iter().map(|word| word.as_bytes()));
        self
    }

    /// With octets that mean something in the format.
    #[must_use]
    pub fn octets(mut self, words: &[&'a [u8]]) -> Self {
        self.words.extend(words);
        self
    }

    /// Runs the target over every real file and then over inputs made from them, until the time is over.
    pub fn run(&self, target: impl Fn(&[u8])) {
        // Whatever else the machine does goes first.
        let _nicer = nice(10);
        let material = Material {
            corpus: &self.corpus,
            words: &self.words,
        };
        if let Some(seed) = number(CASE) {
            judge(&self.case(&material, seed), &target);
            return;
        }
        for file in &self.corpus {
            target(file);
        }
        let current = Current::default();
        watch(&current);
        let (start, first) = (Instant::now(), first_seed());
        let time = Duration::from_secs(number(SECONDS).unwrap_or(2));
        let mut cases = 0_u64;
        while start.elapsed() < time {
            let seed = first.wrapping_add(cases);
            let case = self.case(&material, seed);
            *lock(&current) = Some(case.clone());
            judge(&case, &target);
            cases += 1;
        }
        *lock(&current) = None;
        say(&format!("{}: {cases} cases from {CASE}={first}", self.name));
        assert!(cases > 0, "{} ran nothing", self.name);
        let peak = peak_memory_kib();
        assert!(peak < MEMORY_MAX_KIB, "{}: {peak} KiB of memory", self.name);
    }

    fn case(&self, material: &Material<'_>, seed: u64) -> Case {
        Case {
            name: self.name,
            seed,
            input: material.input(&mut Dice::of(seed)),
            since: Instant::now(),
        }
    }
}

impl fmt::Display for Case {
    /// How to have the case again, and its input.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, seed, input, ..
        } = self;
        let input = hex::encode(input);
        write!(formatter, "{name}: {CASE}={seed}, input {input}")
    }
}

fn judge(case: &Case, target: &impl Fn(&[u8])) {
    let before = processor_time();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(&case.input)));
    let took = processor_time().saturating_sub(before);
    assert!(outcome.is_ok(), "{case}");
    assert!(took < SLOWEST, "took {took:?}: {case}");
}

/// Ends the process when a case does not end, after telling which one it is.
fn watch(current: &Current) {
    let current = Arc::downgrade(current);
    thread::spawn(move || {
        while let Some(current) = current.upgrade() {
            let running = lock(&current);
            if let Some(case) = running.as_ref()
                && case.since.elapsed() > HANGS_AFTER
            {
                say(&format!("never ends: {case}"));
                std::process::abort();
            }
            drop(running);
            drop(current);
            thread::sleep(Duration::from_secs(1));
        }
    });
}

fn lock(current: &Current) -> MutexGuard<'_, Option<Case>> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A variable that holds a number.
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    assert!(number.is_ok(), "{variable}={text} is not a number");
    number.ok()
}

/// The seed of a run's first case: that of the whole run if there is one, and another each time otherwise.
fn first_seed() -> u64 {
    // The seeds of runs may follow one another, and the cases of one must not be those of the next.
    number(SEED).map_or_else(fresh_seed, |seed| seed.wrapping_shl(32))
}

/// Another seed in each run.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests are a program of their own"
)]
fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::from(since.subsec_nanos()) ^ since.as_secs() << 30
    })
}

/// The most memory that this process ever had.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let peak = peak.and_then(|peak| peak.parse().ok());
    assert!(peak.is_some(), "Linux says how large a process was");
    peak.unwrap_or(u64::MAX)
}

/// The time the processor spent on this thread.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

#[expect(
    clippy::print_stderr,
    reason = "the test runner shows it when a test fails"
)]
fn say(text: &str) {
    eprintln!("{text}");
}
