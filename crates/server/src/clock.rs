//! The only source of time in the program.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};

/// Tells the time in whole milliseconds, as documents and the store keep it.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved.
    pub fn manual(at: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(Mutex::new(whole_milliseconds(at)))))
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => whole_milliseconds(system_time()),
            Source::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a manual clock, backwards if the duration is negative; the system's stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Manual(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.saturating_add(by).unwrap_or(*at);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is the one that may")]
fn system_time() -> Timestamp {
    Timestamp::now()
}

/// Cuts, never rounds up: a time we state must not lie ahead of the clock.
fn whole_milliseconds(at: Timestamp) -> Timestamp {
    let round = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .mode(jiff::RoundMode::Trunc);
    at.round(round).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_whole_milliseconds() {
        let clock = Clock::manual("2026-11-23T18:04:05.123999Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "2026-11-23T18:04:05.123Z");
        clock.advance(SignedDuration::from_secs(-5));
        assert_eq!(clock.now().to_string(), "2026-11-23T18:04:00.123Z");
        assert_eq!(Clock::system().now().subsec_nanosecond() % 1_000_000, 0);
    }
}
