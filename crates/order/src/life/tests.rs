use proptest::prelude::*;

use super::*;
use crate::inventory::StockLevel;

fn line(number: u32, reserved: u32, back_ordered: u32) -> LineProgress {
    LineProgress {
        line: number,
        ordered: reserved + back_ordered,
        reserved,
        back_ordered,
        shipped: 0,
        cancelled: 0,
    }
}

fn accepted(lines: &[LineProgress]) -> Progress {
    Progress {
        state: OrderState::Accepted,
        lines: lines.to_vec(),
    }
}

fn in_state(state: OrderState) -> Progress {
    Progress {
        state,
        lines: vec![line(1, 3, 2)],
    }
}

fn ship(line: u32, units: u32) -> Move {
    Move::Ship {
        lines: vec![LineUnits { line, units }],
    }
}

fn fill(line: u32, units: u32) -> Move {
    Move::Fill {
        lines: vec![LineUnits { line, units }],
    }
}

#[track_caller]
fn after(progress: Progress, moves: &[Move]) -> Progress {
    moves
        .iter()
        .fold(progress, |progress, made| progress.after(made).unwrap())
}

#[test]
fn an_order_in_stock_is_prepared_packed_and_shipped() {
    let packed = after(
        accepted(&[line(1, 3, 0), line(2, 1, 0)]),
        &[Move::Prepare, Move::Pack],
    );
    let everything = packed.ship_all();
    let shipped = after(packed, &[everything]);
    assert_eq!(shipped.state, OrderState::Shipped);
    assert!(
        shipped
            .lines
            .iter()
            .all(|line| line.shipped == line.ordered)
    );
}

#[test]
fn what_is_back_ordered_goes_when_it_comes() {
    let first = after(
        accepted(&[line(1, 3, 2)]),
        &[Move::Prepare, Move::Pack, ship(1, 3)],
    );
    assert_eq!(first.state, OrderState::PartShipped);
    assert_eq!(first.allowed_actions(), [Action::Cancel, Action::Fill]);
    let second = after(first, &[fill(1, 2), Move::Prepare, Move::Pack, ship(1, 2)]);
    assert_eq!(second.state, OrderState::Shipped);
}

#[test]
fn the_rest_of_a_part_shipped_order_can_be_cancelled() {
    let first = after(
        accepted(&[line(1, 3, 2)]),
        &[Move::Prepare, Move::Pack, ship(1, 1)],
    );
    for moves in [&[Move::Cancel][..], &[Move::Prepare, Move::Cancel]] {
        let closed = after(first.clone(), moves);
        assert_eq!(closed.state, OrderState::Closed);
        assert_eq!((closed.lines[0].shipped, closed.lines[0].cancelled), (1, 4));
    }
}

#[test]
fn a_held_order_is_accepted_or_declined() {
    assert_eq!(
        after(in_state(OrderState::Held), &[Move::Accept]).state,
        OrderState::Accepted
    );
    let declined = after(in_state(OrderState::Held), &[Move::Decline]);
    assert_eq!(declined.state, OrderState::Declined);
    assert_eq!(declined.lines[0].cancelled, 5);
}

#[test]
fn every_state_allows_its_moves_and_no_others() {
    let moves = [
        Move::Accept,
        Move::Decline,
        Move::Prepare,
        Move::Pack,
        ship(1, 1),
        Move::Cancel,
        fill(1, 1),
    ];
    for (state, allowed) in [
        (OrderState::Held, "Accept Decline Fill"),
        (OrderState::Accepted, "Prepare Cancel Fill"),
        (OrderState::Preparing, "Pack Cancel Fill"),
        (OrderState::Packed, "Ship Cancel Fill"),
        (OrderState::PartShipped, "Prepare Cancel Fill"),
        (OrderState::Shipped, ""),
        (OrderState::Closed, ""),
        (OrderState::Cancelled, ""),
        (OrderState::Declined, ""),
    ] {
        for made in &moves {
            let name = format!("{:?}", made.action());
            let result = in_state(state).after(made);
            if allowed.split(' ').any(|word| word == name) {
                assert!(result.is_ok(), "{state}: {name}");
            } else {
                assert_eq!(
                    result,
                    Err(MoveNotAllowed::State { from: state }),
                    "{state}: {name}"
                );
            }
        }
        assert_eq!(state.is_final(), allowed.is_empty());
    }
}

#[test]
fn a_declined_order_cannot_be_accepted() {
    let from = OrderState::Declined;
    assert_eq!(
        in_state(from).after(&Move::Accept),
        Err(MoveNotAllowed::State { from })
    );
}

#[test]
fn nothing_is_prepared_while_nothing_is_there() {
    let waiting = Progress {
        state: OrderState::PartShipped,
        lines: vec![line(1, 0, 2)],
    };
    let from = OrderState::PartShipped;
    assert_eq!(
        waiting.after(&Move::Prepare),
        Err(MoveNotAllowed::State { from })
    );
}

#[test]
fn no_more_is_shipped_than_is_set_aside() {
    let packed = || after(accepted(&[line(1, 3, 2)]), &[Move::Prepare, Move::Pack]);
    let too_many = MoveNotAllowed::Units {
        line: 1,
        available: 3,
    };
    for units in [0, 4, u32::MAX] {
        assert_eq!(packed().after(&ship(1, units)), Err(too_many));
    }
}

#[test]
fn no_more_is_filled_than_is_back_ordered() {
    let too_many = MoveNotAllowed::Units {
        line: 1,
        available: 2,
    };
    assert_eq!(
        in_state(OrderState::Accepted).after(&fill(1, 3)),
        Err(too_many)
    );
}

#[test]
fn a_move_names_lines_of_the_order_each_once() {
    let packed = || after(accepted(&[line(1, 3, 0)]), &[Move::Prepare, Move::Pack]);
    let one = LineUnits { line: 1, units: 1 };
    for lines in [
        vec![],
        vec![one, one],
        vec![LineUnits { line: 2, units: 1 }],
    ] {
        assert_eq!(
            packed().after(&Move::Ship { lines }),
            Err(MoveNotAllowed::Lines)
        );
    }
}

#[test]
fn a_state_has_one_word_everywhere() {
    for state in OrderState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        assert_eq!(OrderState::named(state.as_str()), Some(state));
    }
    assert_eq!(OrderState::named("lost"), None);
}

fn any_move() -> impl Strategy<Value = Move> {
    let lines = || {
        let one = (1..=4_u32, 0..=4_u32).prop_map(|(line, units)| LineUnits { line, units });
        prop::collection::vec(one, 1..3)
    };
    prop_oneof![
        1 => Just(Move::Accept),
        1 => Just(Move::Decline),
        3 => Just(Move::Prepare),
        3 => Just(Move::Pack),
        4 => lines().prop_map(|lines| Move::Ship { lines }),
        1 => Just(Move::Cancel),
        3 => lines().prop_map(|lines| Move::Fill { lines }),
    ]
}

proptest! {
    #[test]
    fn moves_never_lose_a_unit(
        units in prop::collection::vec((0..=4_u32, 0..=4_u32), 1..=3),
        is_held in any::<bool>(),
        moves in prop::collection::vec(any_move(), 0..60),
    ) {
        let lines: Vec<_> = units.iter().zip(1..).map(|(&(r, b), n)| line(n, r, b)).collect();
        prop_assume!(lines.iter().any(|line| line.reserved > 0));
        let mut progress = accepted(&lines);
        if is_held {
            progress.state = OrderState::Held;
        }
        let mut stock = vec![StockLevel { on_hand: 100, reserved: 50 }; lines.len()];
        for (level, line) in stock.iter_mut().zip(&lines) {
            level.reserved += i64::from(line.reserved);
        }
        for made in moves {
            let Ok(after) = progress.clone().after(&made) else { continue };
            prop_assert!(progress.allowed_actions().contains(&made.action()));
            for ((before, after), level) in progress.lines.iter().zip(&after.lines).zip(&mut stock) {
                let accounted = after.reserved + after.back_ordered + after.shipped + after.cancelled;
                prop_assert_eq!(after.ordered, accounted);
                prop_assert!(after.shipped >= before.shipped && after.cancelled >= before.cancelled);
                let change = before.stock_change(after);
                level.on_hand += change.on_hand;
                level.reserved += change.reserved;
                prop_assert_eq!(level.reserved, 50 + i64::from(after.reserved));
                prop_assert_eq!(level.on_hand, 100 - i64::from(after.shipped));
            }
            progress = after;
        }
        let is_open = progress.lines.iter().any(|line| line.open() > 0);
        prop_assert_eq!(progress.state.is_final(), !is_open);
    }
}
