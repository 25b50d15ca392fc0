//! Files that nobody wrote: all is taken or refused, and what is taken is within its limits.

use countersign_fuzz::Campaign;

use super::items::{self, ItemsError};
use super::prices::{self, PricesError};

const ITEMS: [&str; 3] = [
    "sku,name,unit,unit_price,currency,quantity\n\
     WATER,\"Water, 1 l\",EA,15.00,USD,100\nSALT,Salt,KGM,0.995,USD,\n",
    "sku,name,unit,unit_price,currency,quantity,per,backorder,low_stock\n\
     SALT,Salt,EA,0.99,USD,5,100,yes,3\nOIL,Oil,LTR,7.00,USD,0,,no,none\n",
    r#"[{"sku":"WATER","name":"Water","unit":"EA","unit_price":"15.00","currency":"USD","quantity":3}]"#,
];
const PRICES: [&str; 2] = [
    "buyer,sku,currency,price,per,from,to\n\
     acme,WATER,USD,1450.5,100,2026-12-01,2026-12-31\nbolt,\"A, b\",EUR,1,,2026-12-01,\n",
    "from,price,currency,sku,buyer\n2026-12-01,0.995,JPY,SALT,acme\n",
];
const WORDS: [&str; 25] = [
    ",",
    "\n",
    "\r\n",
    "\"",
    "\"\"",
    "\u{feff}",
    "-1",
    "1e9",
    "9223372036854775808",
    "0.001",
    "quantity",
    "per",
    "to",
    "buyer",
    "2026-02-30",
    "9999-12-31",
    "-009999-01-01",
    "=1+1",
    "\0",
    "EUR",
    "JPY",
    "{",
    "}",
    "[",
    "null",
];

#[test]
fn fuzzed_files_of_items_and_prices_are_taken_or_refused() {
    for seed in ITEMS {
        assert!(is_items(seed.as_bytes()), "{seed}");
    }
    for seed in PRICES {
        assert!(is_prices(seed.as_bytes()), "{seed}");
    }
    let seeds = ITEMS.iter().chain(&PRICES);
    let seeds = seeds.map(|seed| seed.as_bytes().to_vec()).collect();
    Campaign::new("files of items and prices", seeds)
        .words(&WORDS)
        .run(|input| {
            // At most one of them: no file is both.
            assert!(!(is_items(input) && is_prices(input)));
        });
}

/// Whether octets are a file of items, in one of the two forms.
fn is_items(input: &[u8]) -> bool {
    let forms = [items::csv_rows(input), items::json_rows(input)];
    let understood = forms.map(|rows| rows.and_then(|rows| items::understand(rows, None)));
    understood.iter().any(|items| match items {
        Ok(items) => {
            for item in items {
                assert!(item.on_hand.is_none_or(|units| units >= 0), "{item:?}");
            }
            true
        }
        Err(ItemsError::Rows(wrong)) => {
            assert!(!wrong.is_empty());
            false
        }
        Err(ItemsError::File(_) | ItemsError::Missing) => false,
    })
}

/// Whether octets are a file of prices.
fn is_prices(input: &[u8]) -> bool {
    match prices::understand(input) {
        Ok(prices) => {
            assert!(!prices.is_empty());
            for (_, price) in prices {
                assert!(price.to.is_none_or(|to| to >= price.key.from), "{price:?}");
            }
            true
        }
        Err(PricesError::Rows(wrong)) => {
            assert!(!wrong.is_empty());
            false
        }
        Err(PricesError::File(_) | PricesError::Missing) => false,
    }
}
