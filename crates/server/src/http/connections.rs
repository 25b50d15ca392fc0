//! How many connections are open: so many in all, and fewer from one source. When all places are taken,
//! the least deserving connection makes room for the next.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::config::ListenSettings;
use crate::shares::{NoneLeft, Share, Shares};
use crate::source::Source;

/// The places of all connections.
#[derive(Debug)]
pub(super) struct Connections {
    places: Arc<Semaphore>,
    by_source: Shares<Source>,
    slots: Arc<Slots>,
}

/// A place of an open connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Opened {
    // Dropped first: whoever gets the place must find a share left.
    _share: Share<Source>,
    _place: OwnedSemaphorePermit,
    slot: Slot,
    leave: Arc<Notify>,
}

/// A connection, as its requests know it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    number: u64,
    slots: Arc<Slots>,
}

/// Somebody who is signed in is being answered: the connection is needed until this is dropped.
#[derive(Debug)]
pub(super) struct Working(Slot);

#[derive(Debug, Default)]
struct Slots(Mutex<Occupied>);

#[derive(Debug, Default)]
struct Occupied {
    next: u64,
    by_number: HashMap<u64, Occupant>,
}

#[derive(Debug)]
struct Occupant {
    source: Source,
    /// Whether somebody who is signed in has asked over it.
    is_known: bool,
    /// Requests of those who are signed in, under way.
    working: u32,
    /// When it was opened, or the last such request was answered.
    idle_since: Instant,
    leave: Arc<Notify>,
}

impl Connections {
    pub(super) fn new(settings: &ListenSettings) -> Self {
        let all = count(settings.max_connections);
        let each = count(settings.max_connections_per_source);
        Self {
            places: Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS))),
            // One may be waiting for the place that another is about to leave.
            by_source: Shares::new(all.saturating_add(1), each),
            slots: Arc::default(),
        }
    }

    /// A place for a connection that was accepted, unless its source has its share: then it is not made
    /// to wait, since those behind it would wait with it. If no place is left, one is made free; if all
    /// are needed, this waits.
    pub(super) async fn open(&self, source: Source) -> Result<Opened, NoneLeft> {
        let share = self.by_source.take_one(&source)?;
        let free = Arc::clone(&self.places).try_acquire_owned();
        let place = if let Ok(place) = free {
            place
        } else {
            self.slots.dismiss_one();
            let places = Arc::clone(&self.places);
            places.acquire_owned().await.map_err(|_closed| NoneLeft)?
        };
        let (slot, leave) = Slots::occupy(&self.slots, source);
        Ok(Opened {
            _share: share,
            _place: place,
            slot,
            leave,
        })
    }
}

impl Opened {
    /// The connection, to be told when it is needed.
    pub(super) fn slot(&self) -> Slot {
        self.slot.clone()
    }

    /// Ends when the connection is to make room for another.
    pub(super) async fn dismissed(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let number = self.slot.number;
        self.slot.slots.lock().by_number.remove(&number);
    }
}

impl Slot {
    /// Keeps the connection while somebody who is signed in is answered over it.
    pub(super) fn works(&self) -> Working {
        if let Some(occupant) = self.slots.lock().by_number.get_mut(&self.number) {
            occupant.is_known = true;
            occupant.working = occupant.working.saturating_add(1);
        }
        Working(self.clone())
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let Slot { number, slots } = &self.0;
        if let Some(occupant) = slots.lock().by_number.get_mut(number) {
            occupant.working = occupant.working.saturating_sub(1);
            occupant.idle_since = Instant::now();
        }
    }
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, Occupied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn occupy(this: &Arc<Self>, source: Source) -> (Slot, Arc<Notify>) {
        let leave = Arc::new(Notify::new());
        let mut occupied = this.lock();
        let number = occupied.next;
        occupied.next = occupied.next.wrapping_add(1);
        let occupant = Occupant {
            source,
            is_known: false,
            working: 0,
            idle_since: Instant::now(),
            leave: Arc::clone(&leave),
        };
        occupied.by_number.insert(number, occupant);
        let slots = Arc::clone(this);
        (Slot { number, slots }, leave)
    }

    /// Sends one connection away over which nobody is being answered: rather one over which nobody ever
    /// signed in, then one of the source that has most, then the one that was idle for longest.
    fn dismiss_one(&self) {
        let mut occupied = self.lock();
        let mut of_source: HashMap<Source, usize> = HashMap::new();
        for occupant in occupied.by_number.values() {
            *of_source.entry(occupant.source).or_default() += 1;
        }
        let idle = occupied.by_number.iter().filter(|(_, it)| it.working == 0);
        let chosen = idle.min_by_key(|(_, it)| {
            let of_source = of_source.get(&it.source).copied();
            (it.is_known, Reverse(of_source), it.idle_since)
        });
        let chosen = chosen.map(|(number, _)| *number);
        if let Some(occupant) = chosen.and_then(|number| occupied.by_number.remove(&number)) {
            tracing::debug!(source = ?occupant.source, "a connection makes room for another");
            occupant.leave.notify_one();
        }
    }
}

fn count(limit: NonZeroU32) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use tokio::time::{advance, timeout};

    use super::*;

    fn places(all: u32, each: u32) -> Connections {
        Connections::new(&ListenSettings {
            max_connections: all.try_into().unwrap(),
            max_connections_per_source: each.try_into().unwrap(),
            ..ListenSettings::default()
        })
    }

    fn source(last: u8) -> Source {
        IpAddr::from([127, 0, 0, last]).into()
    }

    async fn is_dismissed(opened: &Opened) -> bool {
        timeout(Duration::ZERO, opened.dismissed()).await.is_ok()
    }

    /// Opens one more where all places are taken: whoever is sent away goes.
    async fn one_more(connections: &Connections, from: u8, open: &mut Vec<Opened>) -> usize {
        let opening = connections.open(source(from));
        tokio::pin!(opening);
        assert!(timeout(Duration::ZERO, opening.as_mut()).await.is_err());
        let mut gone = None;
        for (index, opened) in open.iter().enumerate() {
            if is_dismissed(opened).await {
                assert_eq!(gone.replace(index), None, "two were sent away");
            }
        }
        let gone = gone.unwrap();
        drop(open.remove(gone));
        open.push(opening.await.unwrap());
        gone
    }

    #[tokio::test(start_paused = true)]
    async fn the_source_with_most_makes_room_with_its_oldest() {
        let connections = places(4, 3);
        let mut open = Vec::new();
        for from in [1, 2, 2, 2] {
            open.push(connections.open(source(from)).await.unwrap());
            advance(Duration::from_secs(1)).await;
        }
        assert_eq!(one_more(&connections, 3, &mut open).await, 1);
        assert_eq!(one_more(&connections, 4, &mut open).await, 1);
        // Now everybody has one: the oldest goes.
        assert_eq!(one_more(&connections, 5, &mut open).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_signed_in_goes_last_and_who_is_being_answered_stays() {
        let connections = places(2, 2);
        let mut open = Vec::new();
        for from in [1, 2] {
            open.push(connections.open(source(from)).await.unwrap());
        }
        drop(open[0].slot().works());
        assert_eq!(one_more(&connections, 3, &mut open).await, 1);
        let answered = (open[0].slot().works(), open[1].slot().works());
        let waiting = timeout(Duration::from_secs(9), connections.open(source(4)));
        assert!(waiting.await.is_err(), "all are needed");
        drop(answered);
        one_more(&connections, 4, &mut open).await;
    }

    #[tokio::test]
    async fn a_source_has_its_share_and_no_more() {
        let connections = places(4, 2);
        let held = [
            connections.open(source(1)).await.unwrap(),
            connections.open(source(1)).await.unwrap(),
        ];
        assert_eq!(connections.open(source(1)).await.unwrap_err(), NoneLeft);
        connections.open(source(2)).await.unwrap();
        drop(held);
        connections.open(source(1)).await.unwrap();
    }
}
