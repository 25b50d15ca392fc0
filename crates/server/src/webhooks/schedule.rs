//! When a delivery is tried again: the schedule that the specification gives as its example.

use jiff::SignedDuration;

/// How long is waited before each attempt, in seconds; the first is made at once.
const WAITS_SECONDS: [i64; 10] = [
    0,
    5,
    5 * 60,
    30 * 60,
    2 * 3600,
    5 * 3600,
    10 * 3600,
    14 * 3600,
    20 * 3600,
    24 * 3600,
];
/// How many attempts there are.
pub(crate) const ATTEMPTS_MAX: u32 = 10;
/// The longest wait that a receiver can ask for.
const ASKED_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How long the schedule lasts from its first attempt to its last.
pub(crate) fn patience() -> SignedDuration {
    SignedDuration::from_secs(WAITS_SECONDS.iter().sum())
}

/// How long is waited after an attempt that failed; none if it was the last one.
///
/// Chance adds up to a tenth, so that what failed together does not come back together. A receiver
/// that asks for more time gets it, up to a day; nobody is asked earlier for asking.
pub(crate) fn wait_before(
    next_attempt: u32,
    asked: Option<SignedDuration>,
    chance: u8,
) -> Option<SignedDuration> {
    let place = usize::try_from(next_attempt.checked_sub(1)?).ok()?;
    let seconds = *WAITS_SECONDS.get(place)?;
    let more_ms = seconds.saturating_mul(100) * i64::from(chance) / 256;
    let wait = SignedDuration::from_millis(seconds.saturating_mul(1000) + more_ms);
    let asked = asked.unwrap_or(SignedDuration::ZERO).min(ASKED_MAX);
    Some(wait.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_those_of_the_specification() {
        let at: Vec<i64> = (1..=ATTEMPTS_MAX)
            .map(|attempt| wait_before(attempt, None, 0).unwrap().as_secs())
            .collect();
        assert_eq!(
            at,
            [
                0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400
            ]
        );
        assert_eq!(wait_before(ATTEMPTS_MAX + 1, None, 0), None);
        assert_eq!(wait_before(0, None, 0), None);
        assert_eq!(patience().as_secs(), (75 * 60 + 35) * 60 + 5);
    }

    #[test]
    fn chance_adds_less_than_a_tenth() {
        let wait = wait_before(3, None, 255).unwrap().as_secs();
        assert!((300 + 25..300 + 30).contains(&wait), "{wait}");
    }

    #[test]
    fn a_receiver_gets_the_time_it_asks_for_within_bounds() {
        let wait = |asked| {
            let asked = SignedDuration::from_secs(asked);
            wait_before(2, Some(asked), 0).unwrap().as_secs()
        };
        assert_eq!((wait(-1), wait(1), wait(120)), (5, 5, 120));
        assert_eq!(wait(i64::MAX), 86_400);
    }
}
