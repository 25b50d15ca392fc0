//! The moves: each takes an order at rest and gives back the next, or says why not.

use thiserror::Error;

use super::{Action, LineProgress, OrderState, Progress};

/// Something done to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Accepts a held order.
    Accept,
    /// Declines a held order.
    Decline,
    /// Starts picking.
    Prepare,
    /// Says that it is ready to go.
    Pack {
        /// How many units of which lines are packed, none among them, each line once; of the others
        /// all that is reserved.
        lines: Vec<LineUnits>,
        /// Whether what is reserved of the lines named, and not packed, is not there: it waits again.
        is_short: bool,
    },
    /// Hands packed units to the carrier.
    Ship {
        /// How many units of which lines; at least one, each line once.
        lines: Vec<LineUnits>,
    },
    /// Cancels what is not shipped.
    Cancel,
    /// Sets aside stock that came in for what is back-ordered.
    Fill {
        /// How many units of which lines; at least one, each line once.
        lines: Vec<LineUnits>,
    },
}

/// So many units of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineUnits {
    /// The line's number.
    pub line: u32,
    /// How many units of it; zero only of what is packed.
    pub units: u32,
}

/// Why a move cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoveNotAllowed {
    /// The order is in a state that does not know this move.
    #[error("the order is {from}")]
    State {
        /// The state.
        from: OrderState,
    },
    /// The move names no line, a line that does not exist, or one twice.
    #[error("the lines named are not lines of the order, each once")]
    Lines,
    /// The move asks more of a line than is there for it.
    #[error("line {line} has no more than {available} for this")]
    Units {
        /// The line's number.
        line: u32,
        /// Units that the move could take.
        available: u32,
    },
    /// Nothing is packed, and nothing is said to be missing.
    #[error("nothing would be packed")]
    Nothing,
}

impl Move {
    /// What this is, without the particulars.
    pub const fn action(&self) -> Action {
        match self {
            Self::Accept => Action::Accept,
            Self::Decline => Action::Decline,
            Self::Prepare => Action::Prepare,
            Self::Pack { .. } => Action::Pack,
            Self::Ship { .. } => Action::Ship,
            Self::Cancel => Action::Cancel,
            Self::Fill { .. } => Action::Fill,
        }
    }
}

impl Progress {
    /// Where the order stands after a move.
    pub fn after(mut self, made: &Move) -> Result<Self, MoveNotAllowed> {
        if !self.allowed_actions().contains(&made.action()) {
            return Err(MoveNotAllowed::State { from: self.state });
        }
        match made {
            Move::Accept => self.state = OrderState::Accepted,
            Move::Prepare => self.state = OrderState::Preparing,
            Move::Pack { lines, is_short } => self.pack(lines, *is_short)?,
            Move::Decline => {
                self.lines.iter_mut().for_each(cancel_open);
                self.state = OrderState::Declined;
            }
            Move::Cancel => {
                self.lines.iter_mut().for_each(cancel_open);
                self.state = rolled_up(&self.lines);
            }
            Move::Ship { lines } => {
                self.take(
                    lines,
                    |line| line.packed,
                    |line, units| {
                        line.reserved -= units;
                        line.shipped += units;
                    },
                )?;
                self.lines.iter_mut().for_each(|line| line.packed = 0);
                self.state = rolled_up(&self.lines);
            }
            Move::Fill { lines } => {
                self.take(
                    lines,
                    |line| line.back_ordered,
                    |line, units| {
                        line.back_ordered -= units;
                        line.reserved += units;
                    },
                )?;
            }
        }
        Ok(self)
    }

    /// The move that packs everything set aside.
    pub const fn pack_all() -> Move {
        Move::Pack {
            lines: Vec::new(),
            is_short: false,
        }
    }

    /// The move that ships everything packed.
    pub fn ship_all(&self) -> Move {
        let packed = self.lines.iter().filter(|line| line.packed > 0);
        let lines = packed.map(|line| LineUnits {
            line: line.line,
            units: line.packed,
        });
        Move::Ship {
            lines: lines.collect(),
        }
    }

    fn pack(&mut self, named: &[LineUnits], is_short: bool) -> Result<(), MoveNotAllowed> {
        for line in &mut self.lines {
            line.packed = line.reserved;
        }
        for (place, units) in self.places(named)? {
            if let Some(line) = self.lines.get_mut(place) {
                if units > line.reserved {
                    return Err(MoveNotAllowed::Units {
                        line: line.line,
                        available: line.reserved,
                    });
                }
                line.packed = units;
                if is_short {
                    line.back_ordered += line.reserved - units;
                    line.reserved = units;
                }
            }
        }
        let any = |units: fn(&LineProgress) -> u32| self.lines.iter().any(|line| units(line) > 0);
        self.state = match (any(|line| line.packed), any(|line| line.shipped)) {
            (true, _) => OrderState::Packed,
            (false, _) if !is_short => return Err(MoveNotAllowed::Nothing),
            (false, true) => OrderState::PartShipped,
            (false, false) => OrderState::Accepted,
        };
        Ok(())
    }

    /// Moves units of each line named, as many as are available for it at most.
    fn take(
        &mut self,
        wanted: &[LineUnits],
        available: impl Fn(&LineProgress) -> u32,
        put: impl Fn(&mut LineProgress, u32),
    ) -> Result<(), MoveNotAllowed> {
        if wanted.is_empty() {
            return Err(MoveNotAllowed::Lines);
        }
        for (place, units) in self.places(wanted)? {
            if let Some(line) = self.lines.get_mut(place) {
                let available = available(line);
                if units == 0 || units > available {
                    return Err(MoveNotAllowed::Units {
                        line: line.line,
                        available,
                    });
                }
                put(line, units);
            }
        }
        Ok(())
    }

    /// Where the lines named stand among the order's, each once.
    fn places(&self, named: &[LineUnits]) -> Result<Vec<(usize, u32)>, MoveNotAllowed> {
        let place = |named: &LineUnits| {
            let number = named.line;
            let found = self.lines.binary_search_by_key(&number, |line| line.line);
            let place = found.map_err(|_absent| MoveNotAllowed::Lines)?;
            Ok((place, named.units))
        };
        let mut places = named.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        let is_named_twice = places
            .windows(2)
            .any(|two| matches!(two, [a, b] if a.0 == b.0));
        if is_named_twice {
            Err(MoveNotAllowed::Lines)
        } else {
            Ok(places)
        }
    }
}

fn cancel_open(line: &mut LineProgress) {
    line.cancelled += line.open();
    (line.reserved, line.packed, line.back_ordered) = (0, 0, 0);
}

/// Where an order stands when all that matters is where its units are.
fn rolled_up(lines: &[LineProgress]) -> OrderState {
    let any = |units: fn(&LineProgress) -> u32| lines.iter().any(|line| units(line) > 0);
    match (
        any(LineProgress::open),
        any(|line| line.shipped),
        any(|line| line.cancelled),
    ) {
        (true, _, _) => OrderState::PartShipped,
        (false, true, false) => OrderState::Shipped,
        (false, true, true) => OrderState::Closed,
        (false, false, _) => OrderState::Cancelled,
    }
}
