//! Threads for what takes long and may wait, such as hashing passwords: they give way to all others, so that a
//! flood of sign-ins waits for orders, and orders never for it.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use rustix::process::nice;
use tokio::sync::oneshot;

use crate::telemetry::chain;

/// How nice the threads are (nice(2)): while others work, each gets about a tenth of what one of them gets.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Such threads; they end with this.
#[derive(Debug)]
pub(crate) struct Background {
    jobs: mpsc::Sender<Job>,
}

/// A defect ended what was to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the work panicked")]
pub(crate) struct Panicked;

impl Background {
    /// Starts so many threads of this name, of at most 15 bytes (prctl(2), `PR_SET_NAME`).
    pub(crate) fn start(name: &str, count: usize) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..count {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new().name(name.to_owned());
            thread.spawn(move || work(&waiting))?;
        }
        Ok(Self { jobs })
    }

    /// Does something on one of them.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (answer, answered) = oneshot::channel();
        // Whoever hung up misses nothing but the answer.
        let job = move || drop(answer.send(work()));
        // The threads outlive panics and end with this, so they are there to take it.
        drop(self.jobs.send(Box::new(job)));
        answered.await.map_err(|_dropped| Panicked)
    }
}

fn work(waiting: &Mutex<mpsc::Receiver<Job>>) {
    if let Err(error) = nice(NICENESS) {
        tracing::warn!(
            error = chain(&error),
            "work in the background takes the cores from orders"
        );
    }
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok(job) = job else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("work in the background panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Of the thread that asks: field 19 of stat (proc(5)), the 17th after the name in brackets.
    fn niceness() -> i32 {
        let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        fields.split(' ').nth(16).unwrap().parse().unwrap()
    }

    #[tokio::test]
    async fn they_give_way_to_all_others_and_outlive_a_panic() {
        let background = Background::start("test", 1).unwrap();
        let here = niceness();
        let panicked = background.run(|| panic!("a defect")).await;
        assert_eq!(panicked, Err::<(), _>(Panicked));
        assert_eq!(
            background.run(niceness).await.unwrap(),
            (here + NICENESS).min(19)
        );
    }
}
