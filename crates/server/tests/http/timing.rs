//! What the time of an answer tells a stranger: whether an ID is known must not be heard in it.

use std::time::{Duration, Instant};

use jiff::SignedDuration;

use crate::support::{Client, TestServer};

/// Answers of each kind that are compared, taken in turn.
const SAMPLES: usize = 5_000;
/// Noise of the machine may hide what is equal; a difference is there every time.
const SERIES: u32 = 3;
/// Who asks: as many as passwords are hashed at once.
const STRANGERS: [&str; 2] = ["one", "other"];

/// How long the answers took.
#[derive(Default)]
struct Times {
    wrong: Vec<Duration>,
    unknown: Vec<Duration>,
}

impl Times {
    fn join(mut self, other: Self) -> Self {
        self.wrong.extend(other.wrong);
        self.unknown.extend(other.unknown);
        self
    }
}

/// One stranger's share of a series. Each asks for an account of its own and for one that is not there.
async fn ask(server: &TestServer, stranger: &str) -> Times {
    let mut client = server.client().await;
    let (known, other) = (format!("known-{stranger}"), format!("unknown-{stranger}"));
    let mut times = Times::default();
    for number in 0..SAMPLES / STRANGERS.len() {
        // Failures are forgiven with time: none is slowed down here.
        server.clock.advance(SignedDuration::from_mins(10));
        if number % 2 == 0 {
            times.wrong.push(refused_in(&mut client, &known).await);
            times.unknown.push(refused_in(&mut client, &other).await);
        } else {
            times.unknown.push(refused_in(&mut client, &other).await);
            times.wrong.push(refused_in(&mut client, &known).await);
        }
    }
    times
}

async fn refused_in(client: &mut Client, id: &str) -> Duration {
    let start = Instant::now();
    let answer = client.signs_in(id, "not the password").await;
    let took = start.elapsed();
    assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_wrong_password_takes_as_long_as_an_unknown_account() {
    let server = TestServer::start().await;
    for stranger in STRANGERS {
        server.buyer(&format!("known-{stranger}")).await;
    }
    let [here, there] = STRANGERS;
    let mut medians = Vec::new();
    for _ in 0..SERIES {
        let (mine, theirs) = tokio::join!(ask(&server, here), ask(&server, there));
        let times = mine.join(theirs);
        let (wrong, unknown) = (median(times.wrong), median(times.unknown));
        medians.push((wrong, unknown));
        if wrong.abs_diff(unknown) * 100 <= wrong {
            return;
        }
    }
    panic!("medians of a wrong password and of an unknown account: {medians:?}");
}
