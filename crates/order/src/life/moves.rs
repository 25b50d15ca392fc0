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
    Pack,
    /// Hands units to the carrier.
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
    /// How many units of it; not zero.
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
}

impl Move {
    /// What this is, without the particulars.
    pub const fn action(&self) -> Action {
        match self {
            Self::Accept => Action::Accept,
            Self::Decline => Action::Decline,
            Self::Prepare => Action::Prepare,
            Self::Pack => Action::Pack,
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
            Move::Pack => self.state = OrderState::Packed,
            Move::Decline => {
                self.lines.iter_mut().for_each(cancel_open);
                self.state = OrderState::Declined;
            }
            Move::Cancel => {
                self.lines.iter_mut().for_each(cancel_open);
                self.state = rolled_up(&self.lines);
            }
            Move::Ship { lines } => {
                self.take(lines, |line| (&mut line.reserved, &mut line.shipped))?;
                self.state = rolled_up(&self.lines);
            }
            Move::Fill { lines } => {
                self.take(lines, |line| (&mut line.back_ordered, &mut line.reserved))?;
            }
        }
        Ok(self)
    }

    /// The move that ships everything set aside.
    pub fn ship_all(&self) -> Move {
        let set_aside = self.lines.iter().filter(|line| line.reserved > 0);
        let lines = set_aside.map(|line| LineUnits {
            line: line.line,
            units: line.reserved,
        });
        Move::Ship {
            lines: lines.collect(),
        }
    }

    /// Moves units of each line named from one place to another.
    fn take(
        &mut self,
        wanted: &[LineUnits],
        places: impl Fn(&mut LineProgress) -> (&mut u32, &mut u32),
    ) -> Result<(), MoveNotAllowed> {
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable_by_key(|wanted| wanted.line);
        let is_named_twice = wanted
            .windows(2)
            .any(|two| matches!(two, [a, b] if a.line == b.line));
        if wanted.is_empty() || is_named_twice {
            return Err(MoveNotAllowed::Lines);
        }
        for LineUnits {
            line: number,
            units,
        } in wanted
        {
            let found = self.lines.binary_search_by_key(&number, |line| line.line);
            let line = found.ok().and_then(|place| self.lines.get_mut(place));
            let (from, to) = places(line.ok_or(MoveNotAllowed::Lines)?);
            if units == 0 || units > *from {
                return Err(MoveNotAllowed::Units {
                    line: number,
                    available: *from,
                });
            }
            *from -= units;
            *to += units;
        }
        Ok(())
    }
}

fn cancel_open(line: &mut LineProgress) {
    line.cancelled += line.open();
    (line.reserved, line.back_ordered) = (0, 0);
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
