//! Which bases have a table of powers: those that are used often, and never more than a few. The base g
//! of the parameters that `po keygen` uses serves all its keys, and so is always among them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use crypto_bigint::BoxedUint;

use super::comb::Comb;
use super::parameters::DsaParameters;
use crate::digest::Digest;

/// Tables kept at once: 36 MiB with numbers of 2048 bits, 52 MiB with 3072.
const TABLES_MAX: usize = 256;
/// Bases whose use is counted; the one that was used longest ago is forgotten.
const BASES_MAX: usize = 4 * TABLES_MAX;
/// Uses of a base while it is counted, before a table is made: making it costs as much as two or three.
const USES_MIN: u32 = 4;

/// Tables by their bases. What is in it can be seen in time only.
#[derive(Default)]
pub(super) struct Tables(Mutex<Bases>);

#[derive(Default)]
struct Bases {
    by_name: HashMap<Digest, Base>,
    /// Counts all uses.
    clock: u64,
}

struct Base {
    uses: u32,
    last_used: u64,
    comb: Option<Arc<Comb>>,
}

/// What a base is known by: the digest of p, q and the base.
pub(super) fn name(parameters: &DsaParameters, base: &BoxedUint) -> Digest {
    let numbers = [
        parameters.p().to_be_bytes(),
        parameters.q().to_be_bytes(),
        base.to_be_bytes(),
    ];
    Digest::of(&numbers.concat())
}

impl Tables {
    /// The tables of this process.
    pub(super) fn shared() -> &'static Self {
        static SHARED: LazyLock<Tables> = LazyLock::new(Tables::default);
        &SHARED
    }

    /// The table of a base, if it is used often enough to have one.
    pub(super) fn of(
        &self,
        name: &Digest,
        parameters: &DsaParameters,
        base: &BoxedUint,
    ) -> Option<Arc<Comb>> {
        let found = self.lock().count(name);
        match found {
            Found::Table(comb) => Some(comb),
            Found::Seldom => None,
            Found::Often => {
                // Meanwhile others go on; if two make the same table, one of them is dropped.
                let comb = Arc::new(Comb::new(parameters, base));
                self.lock().keep(name, Arc::clone(&comb));
                Some(comb)
            }
        }
    }

    /// Whether a table of this base is kept. Not counted as a use.
    pub(super) fn has(&self, name: &Digest) -> bool {
        let bases = self.lock();
        bases
            .by_name
            .get(name)
            .is_some_and(|base| base.comb.is_some())
    }

    fn lock(&self) -> MutexGuard<'_, Bases> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        let bases = self.lock();
        let tables = bases.by_name.values().filter(|base| base.comb.is_some());
        (bases.by_name.len(), tables.count())
    }
}

/// What is known of a base.
enum Found {
    Table(Arc<Comb>),
    Seldom,
    Often,
}

impl Bases {
    fn count(&mut self, name: &Digest) -> Found {
        self.clock += 1;
        if !self.by_name.contains_key(name) && self.by_name.len() >= BASES_MAX {
            let oldest = self.by_name.iter().min_by_key(|(_, base)| base.last_used);
            let oldest = oldest.map(|(name, _)| *name);
            oldest.and_then(|name| self.by_name.remove(&name));
        }
        let base = self.by_name.entry(*name).or_insert(Base {
            uses: 0,
            last_used: 0,
            comb: None,
        });
        base.uses = base.uses.saturating_add(1);
        base.last_used = self.clock;
        match &base.comb {
            Some(comb) => Found::Table(Arc::clone(comb)),
            None if base.uses >= USES_MIN => Found::Often,
            None => Found::Seldom,
        }
    }

    /// Keeps a table; if there are too many then, the one that was used longest ago goes, and its base has
    /// to be used anew.
    fn keep(&mut self, name: &Digest, comb: Arc<Comb>) {
        if let Some(base) = self.by_name.get_mut(name) {
            base.comb = Some(comb);
        }
        let tables = self.by_name.values_mut().filter(|base| base.comb.is_some());
        if tables.count() > TABLES_MAX {
            let with_table = self.by_name.values_mut().filter(|base| base.comb.is_some());
            if let Some(oldest) = with_table.min_by_key(|base| base.last_used) {
                oldest.comb = None;
                oldest.uses = 0;
            }
        }
    }
}
