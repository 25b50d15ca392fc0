//! What must have become of each order of the day, written down beforehand.

/// An order, and everything that must follow from it.
pub(crate) struct Deal {
    /// The buyer's number for it; the first letter says whose it is.
    pub(crate) number: &'static str,
    /// Which order under that number this is.
    pub(crate) attempt: u32,
    /// What happened to it, and by whom.
    pub(crate) timeline: &'static [(&'static str, &'static str)],
    /// The seller's statements about it, and what each says was decided or whose doing it was.
    pub(crate) statements: &'static [(&'static str, &'static str)],
    /// The letters about it: their kind, and who gets them.
    pub(crate) letters: &'static [(&'static str, &'static str)],
}

impl Deal {
    /// Whose order it is.
    pub(crate) fn buyer(&self) -> &'static str {
        buyer_of(self.number)
    }

    /// The state that it ended in.
    pub(crate) fn state(&self) -> &'static str {
        self.timeline.last().unwrap().0
    }
}

/// Whose numbers begin with this letter.
pub(crate) fn buyer_of(number: &str) -> &'static str {
    match number.split_once('-').unwrap().0 {
        "A" => "acme",
        "B" => "bolt",
        "C" => "cargo",
        other => panic!("nobody's: {other}"),
    }
}

const ACME: &str = "acme@buyer.example";
const BOLT: &str = "bolt@buyer.example";
const CARGO: &str = "cargo@buyer.example";
/// Where bolt takes in goods.
pub(crate) const GATE: &str = "gate@bolt.example";

const ACCEPTED: (&str, &str) = ("receipt", "accepted");
const HELD: (&str, &str) = ("receipt", "held");
const DECLINED: (&str, &str) = ("receipt", "declined");
const SHIPPED: (&str, &str) = ("shipment", "");

/// Every order that came to be, by number.
pub(crate) const DEALS: [Deal; 12] = [
    // Shipped in two parts.
    Deal {
        number: "A-1",
        attempt: 1,
        timeline: &[
            ("accepted", "automatic"),
            ("preparing", "kim"),
            ("packed", "kim"),
            ("part_shipped", "kim"),
            ("preparing", "lee"),
            ("packed", "lee"),
            ("shipped", "lee"),
        ],
        statements: &[ACCEPTED, SHIPPED, SHIPPED],
        letters: &[
            ("order-accepted", ACME),
            ("order-part-shipped", ACME),
            ("order-shipped", ACME),
        ],
    },
    // Back-ordered in part, and filled when goods come in.
    Deal {
        number: "A-2",
        attempt: 1,
        timeline: &[
            ("accepted", "automatic"),
            ("preparing", "kim"),
            ("packed", "kim"),
            ("part_shipped", "kim"),
            ("back_order_filled", "kim"),
            ("preparing", "kim"),
            ("packed", "kim"),
            ("shipped", "kim"),
        ],
        statements: &[ACCEPTED, SHIPPED, SHIPPED],
        letters: &[
            ("order-accepted", ACME),
            ("order-part-shipped", ACME),
            ("back-order-filled", ACME),
            ("order-shipped", ACME),
        ],
    },
    // Cancelled by its buyer.
    Deal {
        number: "A-3",
        attempt: 1,
        timeline: &[("accepted", "automatic"), ("cancelled", "acme")],
        statements: &[ACCEPTED, ("cancellation", "buyer")],
        letters: &[("order-accepted", ACME), ("order-cancelled", ACME)],
    },
    // Held, and approved.
    Deal {
        number: "A-4",
        attempt: 1,
        timeline: &[
            ("held", "automatic"),
            ("accepted", "lee"),
            ("preparing", "kim"),
            ("packed", "kim"),
            ("shipped", "kim"),
        ],
        statements: &[HELD, ACCEPTED, SHIPPED],
        letters: &[
            ("order-held", ACME),
            ("order-accepted", ACME),
            ("order-shipped", ACME),
        ],
    },
    // Cancelled by a clerk.
    Deal {
        number: "B-1",
        attempt: 1,
        timeline: &[("accepted", "automatic"), ("cancelled", "kim")],
        statements: &[ACCEPTED, ("cancellation", "seller")],
        letters: &[("order-accepted", BOLT), ("order-cancelled", BOLT)],
    },
    // Held, and answered by nobody.
    Deal {
        number: "B-2",
        attempt: 1,
        timeline: &[("held", "automatic"), ("declined", "automatic")],
        statements: &[HELD, DECLINED],
        letters: &[("order-held", BOLT), ("order-declined", BOLT)],
    },
    // At the price of a contract.
    Deal {
        number: "B-3",
        attempt: 1,
        timeline: &[
            ("accepted", "automatic"),
            ("preparing", "lee"),
            ("packed", "lee"),
            ("shipped", "lee"),
        ],
        statements: &[ACCEPTED, SHIPPED],
        letters: &[
            ("order-accepted", BOLT),
            ("order-shipped", BOLT),
            ("order-shipped", GATE),
        ],
    },
    // Waits behind another order for the same goods.
    Deal {
        number: "B-4",
        attempt: 1,
        timeline: &[
            ("accepted", "automatic"),
            ("back_order_filled", "lee"),
            ("preparing", "lee"),
            ("packed", "lee"),
            ("shipped", "lee"),
        ],
        statements: &[ACCEPTED, SHIPPED],
        letters: &[
            ("order-accepted", BOLT),
            ("back-order-filled", BOLT),
            ("order-shipped", BOLT),
            ("order-shipped", GATE),
        ],
    },
    // Signed at a price that has changed …
    Deal {
        number: "C-1",
        attempt: 1,
        timeline: &[("declined", "automatic")],
        statements: &[DECLINED],
        letters: &[("order-declined", CARGO)],
    },
    // … and signed again at the price of now.
    Deal {
        number: "C-1",
        attempt: 2,
        timeline: &[
            ("accepted", "automatic"),
            ("preparing", "kim"),
            ("packed", "kim"),
            ("shipped", "kim"),
        ],
        statements: &[ACCEPTED, SHIPPED],
        letters: &[("order-accepted", CARGO), ("order-shipped", CARGO)],
    },
    // Shipped by the operator, at the server.
    Deal {
        number: "C-2",
        attempt: 1,
        timeline: &[
            ("accepted", "automatic"),
            ("preparing", "operator"),
            ("packed", "operator"),
            ("shipped", "operator"),
        ],
        statements: &[ACCEPTED, SHIPPED],
        letters: &[("order-accepted", CARGO), ("order-shipped", CARGO)],
    },
    // Still waits to be prepared in the evening. Of C-4, which a revoked key signed, there is nothing.
    Deal {
        number: "C-3",
        attempt: 1,
        timeline: &[("accepted", "automatic")],
        statements: &[ACCEPTED],
        letters: &[("order-accepted", CARGO)],
    },
];

/// The letters about accounts: their kind, the account, and who gets them.
pub(crate) const OF_ACCOUNTS: [(&str, &str, &str); 4] = [
    ("key-enrolled", "acme", ACME),
    ("key-enrolled", "bolt", BOLT),
    ("key-enrolled", "cargo", CARGO),
    ("key-revoked", "cargo", CARGO),
];

/// What webhooks are told, in order: the kind, and the number or the account.
pub(crate) const EVENTS: [(&str, &str); 31] = [
    ("key.enrolled", "acme"),
    ("key.enrolled", "bolt"),
    ("key.enrolled", "cargo"),
    ("order.accepted", "B-3"),
    ("order.shipped", "B-3"),
    ("order.accepted", "A-1"),
    ("order.part_shipped", "A-1"),
    ("order.shipped", "A-1"),
    ("order.accepted", "A-2"),
    ("order.part_shipped", "A-2"),
    ("order.accepted", "B-4"),
    ("order.back_order_filled", "A-2"),
    ("order.back_order_filled", "B-4"),
    ("order.shipped", "A-2"),
    ("order.shipped", "B-4"),
    ("order.accepted", "A-3"),
    ("order.cancelled", "A-3"),
    ("order.accepted", "B-1"),
    ("order.cancelled", "B-1"),
    ("order.held", "A-4"),
    ("order.accepted", "A-4"),
    ("order.shipped", "A-4"),
    ("order.held", "B-2"),
    ("order.declined", "B-2"),
    ("order.declined", "C-1"),
    ("order.accepted", "C-1"),
    ("order.shipped", "C-1"),
    ("order.accepted", "C-2"),
    ("order.shipped", "C-2"),
    ("order.accepted", "C-3"),
    ("key.revoked", "cargo"),
];

/// What people did that was theirs to do, in order: who, what, and to what.
pub(crate) const AUDIT: &[(&str, &str, &str)] = &[
    ("operator", "import-items", "items"),
    ("operator", "add-webhook", "1"),
    ("operator", "add-buyer", "acme"),
    ("operator", "invite", "acme"),
    ("acme", "redeem-invite", "acme"),
    ("acme", "enrol-key", "acme"),
    ("operator", "add-buyer", "bolt"),
    ("operator", "invite", "bolt"),
    ("bolt", "redeem-invite", "bolt"),
    ("bolt", "enrol-key", "bolt"),
    ("operator", "add-buyer", "cargo"),
    ("operator", "invite", "cargo"),
    ("cargo", "redeem-invite", "cargo"),
    ("cargo", "enrol-key", "cargo"),
    ("operator", "add-webhook", "2"),
    ("operator", "set-correspondence", "bolt"),
    ("operator", "add-clerk", "kim"),
    ("operator", "add-clerk", "lee"),
    ("operator", "import-prices", "prices"),
    ("lee", "prepare-order", "B-3"),
    ("lee", "pack-order", "B-3"),
    ("lee", "ship-order", "B-3"),
    ("kim", "prepare-order", "A-1"),
    ("kim", "pack-order", "A-1"),
    ("kim", "ship-order", "A-1"),
    ("lee", "prepare-order", "A-1"),
    ("lee", "pack-order", "A-1"),
    ("lee", "ship-order", "A-1"),
    ("kim", "prepare-order", "A-2"),
    ("kim", "pack-order", "A-2"),
    ("kim", "ship-order", "A-2"),
    ("kim", "receive-stock", "SALT"),
    ("lee", "receive-stock", "SALT"),
    ("kim", "prepare-order", "A-2"),
    ("kim", "pack-order", "A-2"),
    ("kim", "ship-order", "A-2"),
    ("lee", "prepare-order", "B-4"),
    ("lee", "pack-order", "B-4"),
    ("lee", "ship-order", "B-4"),
    ("acme", "cancel-order", "A-3"),
    ("kim", "cancel-order", "B-1"),
    ("lee", "approve-order", "A-4"),
    ("kim", "prepare-order", "A-4"),
    ("kim", "pack-order", "A-4"),
    ("kim", "ship-order", "A-4"),
    ("automatic", "expire-hold", "B-2"),
    ("operator", "import-items", "items"),
    ("kim", "prepare-order", "C-1"),
    ("kim", "pack-order", "C-1"),
    ("kim", "ship-order", "C-1"),
    ("operator", "prepare-order", "C-2"),
    ("operator", "pack-order", "C-2"),
    ("operator", "ship-order", "C-2"),
    ("lee", "correct-stock", "BREAD"),
    ("operator", "revoke-key", "cargo"),
];

/// What moved the stock of SALT, in order: what, how many units, for which order, and by whom.
pub(crate) const SALT: &[(&str, i64, &str, &str)] = &[
    ("corrected", 5, "", "operator"),
    ("reserved", 5, "A-2", "automatic"),
    ("shipped", -5, "A-2", "kim"),
    ("received", 3, "", "kim"),
    ("reserved", 3, "A-2", "kim"),
    ("received", 2, "", "lee"),
    ("reserved", 1, "B-4", "lee"),
    ("shipped", -3, "A-2", "kim"),
    ("shipped", -1, "B-4", "lee"),
];
