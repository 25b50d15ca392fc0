//! A primary and a standby on two machines, as it were, which change places.

use super::processes::{child_called, resume, stop};
use super::{Postgres, STANDBY, address_of};
use crate::shop::eventually;

/// Whether a commit waits for the standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// It does.
    Synchronous,
    /// It does not.
    Asynchronous,
}

/// Two machines. One of them is the primary; the other follows it unless it is dead.
#[derive(Debug)]
pub struct Pair {
    machines: [Postgres; 2],
    primary: usize,
}

impl Pair {
    /// Makes and starts both.
    #[track_caller]
    pub fn start(replication: Replication) -> Self {
        let pair = Self {
            machines: [Postgres::start(), Postgres::unmade()],
            primary: 0,
        };
        pair.standby().follows(pair.primary());
        if replication == Replication::Synchronous {
            // The standby has a file of settings of its own already.
            for machine in &pair.machines {
                machine.waits_for(STANDBY);
            }
            pair.waits_until_followed();
        }
        pair
    }

    /// Where a server finds whichever is the primary.
    pub fn address(&self) -> String {
        address_of(&[&self.machines[0], &self.machines[1]])
    }

    /// The machine that can be written to.
    pub fn primary(&self) -> &Postgres {
        &self.machines[self.primary]
    }

    /// The machine that follows it, or is dead.
    pub fn standby(&self) -> &Postgres {
        &self.machines[1 - self.primary]
    }

    /// Makes the standby the primary, whatever became of the old one.
    #[track_caller]
    pub fn promotes_the_standby(&mut self) {
        self.standby().is_promoted();
        self.primary = 1 - self.primary;
    }

    /// Makes a new standby of the machine that is not the primary.
    #[track_caller]
    pub fn is_rebuilt(&self) {
        self.standby().follows(self.primary());
    }

    /// Waits until the primary has a standby that it waits for.
    #[track_caller]
    pub fn waits_until_followed(&self) {
        eventually("a synchronous standby", || {
            let found = self.primary().sql(
                "SELECT count(*)
                 FROM pg_stat_replication
                 WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')",
            );
            found == "1"
        });
    }

    /// Whether the standby has written down all that the primary has.
    #[track_caller]
    pub fn is_level(&self) -> bool {
        let found = self.primary().sql(
            "SELECT flush_lsn = pg_current_wal_lsn()
             FROM pg_stat_replication
             WHERE state = 'streaming'",
        );
        found == "t"
    }

    /// Stops the standby from writing down what the primary sends, until it is resumed.
    #[track_caller]
    pub fn stops_receiving(&self) -> Stopped {
        let receiver = child_called(self.standby().process_id(), "walreceiver");
        let receiver = receiver.expect("the standby receives");
        stop(receiver);
        Stopped(receiver)
    }
}

/// A process that is stopped, and goes on when this value ends.
#[derive(Debug)]
pub struct Stopped(u32);

impl Drop for Stopped {
    fn drop(&mut self) {
        resume(self.0);
    }
}

impl Postgres {
    /// Lets commits wait for the standbys of this name, or for none: of a standby, once it is the primary.
    pub fn waits_for(&self, standbys: &str) {
        use std::io::Write as _;
        let path = self.data().join("postgresql.auto.conf");
        let mut settings = std::fs::File::options().append(true).open(path).unwrap();
        writeln!(settings, "synchronous_standby_names = '{standbys}'").unwrap();
        self.sql("SELECT pg_reload_conf()");
    }
}
