use proptest::prelude::*;

use super::*;
use crate::inventory::StockLevel;

fn line(number: u32, reserved: u32, back_ordered: u32) -> LineProgress {
    LineProgress {
        line: number,
        ordered: reserved + back_ordered,
        reserved,
        packed: 0,
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
    let mut one = line(1, 3, 2);
    if state == OrderState::Packed {
        one.packed = one.reserved;
    }
    Progress {
        state,
        lines: vec![one],
    }
}

fn pack(lines: &[(u32, u32)], is_short: bool) -> Move {
    let lines = lines.iter().map(|&(line, units)| LineUnits { line, units });
    Move::Pack {
        lines: lines.collect(),
        is_short,
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
        &[Move::Prepare, Progress::pack_all()],
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
        &[Move::Prepare, Progress::pack_all(), ship(1, 3)],
    );
    assert_eq!(first.state, OrderState::PartShipped);
    assert_eq!(first.allowed_actions(), [Action::Cancel, Action::Fill]);
    let second = after(
        first,
        &[fill(1, 2), Move::Prepare, Progress::pack_all(), ship(1, 2)],
    );
    assert_eq!(second.state, OrderState::Shipped);
}

#[test]
fn the_rest_of_a_part_shipped_order_can_be_cancelled() {
    let first = after(
        accepted(&[line(1, 3, 2)]),
        &[Move::Prepare, Progress::pack_all(), ship(1, 1)],
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
        Progress::pack_all(),
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
    let packed = || {
        after(
            accepted(&[line(1, 3, 2)]),
            &[Move::Prepare, Progress::pack_all()],
        )
    };
    let too_many = MoveNotAllowed::Units {
        line: 1,
        available: 3,
    };
    for units in [0, 4, u32::MAX] {
        assert_eq!(packed().after(&ship(1, units)), Err(too_many));
    }
}

#[test]
fn what_is_packed_goes_and_what_is_not_stays_reserved() {
    let packed = after(
        accepted(&[line(1, 3, 0), line(2, 2, 0)]),
        &[Move::Prepare, pack(&[(1, 1)], false)],
    );
    assert_eq!(packed.state, OrderState::Packed);
    let everything = packed.ship_all();
    let first = after(packed, &[everything]);
    assert_eq!(first.state, OrderState::PartShipped);
    assert_eq!((first.lines[0].reserved, first.lines[0].packed), (2, 0));
    assert_eq!((first.lines[0].shipped, first.lines[1].shipped), (1, 2));
    let second = after(first, &[Move::Prepare, Progress::pack_all(), ship(1, 2)]);
    assert_eq!(second.state, OrderState::Shipped);
}

#[test]
fn what_came_in_after_packing_does_not_go_with_it() {
    let packed = after(
        accepted(&[line(1, 3, 2)]),
        &[Move::Prepare, Progress::pack_all(), fill(1, 2)],
    );
    assert_eq!((packed.lines[0].reserved, packed.lines[0].packed), (5, 3));
    let everything = packed.ship_all();
    let first = after(packed, &[everything]);
    assert_eq!((first.lines[0].shipped, first.lines[0].reserved), (3, 2));
    assert_eq!(first.state, OrderState::PartShipped);
}

#[test]
fn what_is_not_found_waits_again_and_leaves_the_stock() {
    let preparing = after(accepted(&[line(1, 3, 0), line(2, 1, 0)]), &[Move::Prepare]);
    let packed = after(preparing.clone(), &[pack(&[(1, 1)], true)]);
    assert_eq!(packed.state, OrderState::Packed);
    let one = packed.lines[0];
    assert_eq!((one.reserved, one.packed, one.back_ordered), (1, 1, 2));
    assert_eq!(preparing.lines[0].missing(&one), 2);
    let change = preparing.lines[0].stock_change(&one);
    assert_eq!((change.on_hand, change.reserved), (-2, -2));
}

#[test]
fn an_order_of_which_nothing_is_found_waits_as_it_did_before() {
    let nothing = pack(&[(1, 0)], true);
    let waits = after(
        accepted(&[line(1, 3, 0)]),
        &[Move::Prepare, nothing.clone()],
    );
    assert_eq!(waits.state, OrderState::Accepted);
    assert_eq!(waits.lines[0].back_ordered, 3);
    let shipped_before = after(
        accepted(&[line(1, 3, 0)]),
        &[
            Move::Prepare,
            pack(&[(1, 1)], false),
            ship(1, 1),
            Move::Prepare,
        ],
    );
    assert_eq!(
        after(shipped_before, &[nothing]).state,
        OrderState::PartShipped
    );
}

#[test]
fn something_is_packed_and_no_more_than_is_set_aside() {
    let preparing = || after(accepted(&[line(1, 3, 2)]), &[Move::Prepare]);
    let refused = |made: &Move| preparing().after(made).unwrap_err();
    assert_eq!(refused(&pack(&[(1, 0)], false)), MoveNotAllowed::Nothing);
    let available = 3;
    for is_short in [true, false] {
        let too_many = MoveNotAllowed::Units { line: 1, available };
        assert_eq!(refused(&pack(&[(1, 4)], is_short)), too_many);
        assert_eq!(refused(&pack(&[(2, 1)], is_short)), MoveNotAllowed::Lines);
        let twice = pack(&[(1, 1), (1, 1)], is_short);
        assert_eq!(refused(&twice), MoveNotAllowed::Lines);
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
    let packed = || {
        after(
            accepted(&[line(1, 3, 0)]),
            &[Move::Prepare, Progress::pack_all()],
        )
    };
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
        3 => Just(Progress::pack_all()),
        2 => (lines(), any::<bool>()).prop_map(|(lines, is_short)| Move::Pack { lines, is_short }),
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
        let mut lost = vec![0; lines.len()];
        for (level, line) in stock.iter_mut().zip(&lines) {
            level.reserved += i64::from(line.reserved);
        }
        for made in moves {
            let Ok(after) = progress.clone().after(&made) else { continue };
            prop_assert!(progress.allowed_actions().contains(&made.action()));
            let lines = progress.lines.iter().zip(&after.lines);
            for (((before, after), level), lost) in lines.zip(&mut stock).zip(&mut lost) {
                let accounted = after.reserved + after.back_ordered + after.shipped + after.cancelled;
                prop_assert_eq!(after.ordered, accounted);
                prop_assert!(after.shipped >= before.shipped && after.cancelled >= before.cancelled);
                prop_assert!(after.packed <= after.reserved);
                let change = before.stock_change(after);
                *lost += i64::from(before.missing(after));
                level.on_hand += change.on_hand;
                level.reserved += change.reserved;
                prop_assert_eq!(level.reserved, 50 + i64::from(after.reserved));
                prop_assert_eq!(level.on_hand, 100 - i64::from(after.shipped) - *lost);
            }
            progress = after;
        }
        let is_open = progress.lines.iter().any(|line| line.open() > 0);
        prop_assert_eq!(progress.state.is_final(), !is_open);
    }
}
