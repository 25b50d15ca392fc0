//! Many at once.

use std::sync::Barrier;
use std::thread;

/// Lets that many do something at the same moment, each on a thread of its own, and gathers what
/// came of it, in order.
pub fn all_at_once<T: Send>(count: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(count);
    let act = &|n| {
        start.wait();
        act(n)
    };
    thread::scope(|scope| {
        #[expect(
            clippy::needless_collect,
            reason = "all must be started before one is awaited"
        )]
        let started: Vec<_> = (0..count).map(|n| scope.spawn(move || act(n))).collect();
        started
            .into_iter()
            .map(|one| one.join().expect("nobody fails"))
            .collect()
    })
}
