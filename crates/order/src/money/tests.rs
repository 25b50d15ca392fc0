use proptest::prelude::*;

use super::currency::CODES;
use super::*;
use crate::quantity::Quantity;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn price(text: &str) -> UnitPrice {
    text.parse().unwrap()
}

fn units(units: u32) -> Quantity {
    units.try_into().unwrap()
}

fn amount(quantity: u32, unit_price: &str, per: u32, code: &str) -> Result<String, MoneyError> {
    line_amount(
        units(quantity),
        price(unit_price),
        units(per),
        currency(code),
    )
    .map(Money::amount)
}

#[test]
fn every_currency_is_found_by_its_code() {
    for (digits, codes) in CODES {
        assert!(codes.is_sorted());
        for code in codes {
            assert_eq!(currency(code).minor_digits(), digits);
            assert_eq!(currency(code).code(), *code);
        }
    }
    for wrong in ["", "usd", "US", "USDX", "XAU", "XXX", "DEM"] {
        assert_eq!(
            wrong.parse::<Currency>(),
            Err(MoneyError::Currency),
            "{wrong:?}"
        );
    }
}

#[test]
fn an_amount_has_exactly_the_digits_of_its_currency() {
    for (text, code) in [
        ("45.00", "USD"),
        ("0.01", "EUR"),
        ("45", "JPY"),
        ("1.234", "KWD"),
        ("1.2345", "CLF"),
    ] {
        assert_eq!(Money::parse(text, currency(code)).unwrap().amount(), text);
    }
    for (text, code) in [
        ("45", "USD"),
        ("45.0", "USD"),
        ("45.000", "USD"),
        ("45.00", "JPY"),
        ("1.23", "KWD"),
    ] {
        assert!(
            matches!(
                Money::parse(text, currency(code)),
                Err(MoneyError::FractionDigits { .. })
            ),
            "{text} {code}"
        );
    }
}

#[test]
fn an_amount_that_does_not_fit_is_refused() {
    let usd = currency("USD");
    assert_eq!(
        Money::parse("92233720368547758.07", usd).unwrap().minor,
        i64::MAX
    );
    assert_eq!(
        Money::parse("92233720368547758.08", usd),
        Err(MoneyError::Overflow)
    );
    assert_eq!(
        Money::parse("999999999999999999999.00", usd),
        Err(MoneyError::Overflow)
    );
    let most = Money {
        minor: i64::MAX,
        currency: usd,
    };
    assert_eq!(most.checked_add_minor(1), Err(MoneyError::Overflow));
}

#[test]
fn a_decimal_has_one_form() {
    for wrong in [
        "", ".", "1.", ".5", "-1", "+1", "01", "00", "1e2", "1,5", "NaN", "١", " 1", "1 ", "0x1",
        "1_0",
    ] {
        assert_eq!(
            wrong.parse::<UnitPrice>(),
            Err(MoneyError::Decimal),
            "{wrong:?}"
        );
        assert_eq!(
            Money::parse(wrong, currency("JPY")),
            Err(MoneyError::Decimal),
            "{wrong:?}"
        );
    }
}

#[test]
fn prices_compare_as_numbers() {
    assert_eq!(price("15"), price("15.00"));
    assert_eq!(price("15"), price("15.000000"));
    assert!(price("15.000001") > price("15"));
    assert!(price("15").is_same_rate(units(1), price("1500"), units(100)));
    assert!(!price("15").is_same_rate(units(1), price("1500"), units(101)));
}

#[test]
fn a_price_is_written_with_at_least_the_digits_of_its_currency() {
    assert_eq!(price("15").in_currency(currency("USD")), "15.00");
    assert_eq!(price("15.5").in_currency(currency("USD")), "15.50");
    assert_eq!(price("0.005").in_currency(currency("USD")), "0.005");
    assert_eq!(price("100.00").in_currency(currency("JPY")), "100");
    assert_eq!(price("0").in_currency(currency("JPY")), "0");
    assert_eq!(price("15.500").to_string(), "15.5");
    assert_eq!(price("100").to_string(), "100");
}

#[test]
fn a_price_has_limits() {
    assert!("0.000001".parse::<UnitPrice>().is_ok());
    assert!("999999999999.999999".parse::<UnitPrice>().is_ok());
    assert_eq!(
        "1000000000000".parse::<UnitPrice>(),
        Err(MoneyError::Overflow)
    );
    assert_eq!(
        "0.0000001".parse::<UnitPrice>(),
        Err(MoneyError::FractionDigits {
            found: 7,
            allowed: 6
        })
    );
}

#[test]
fn halves_go_to_the_even_neighbour() {
    for (quantity, expected) in [(1, "0.00"), (3, "0.02"), (5, "0.02"), (7, "0.04")] {
        assert_eq!(amount(quantity, "0.005", 1, "USD").unwrap(), expected);
    }
    assert_eq!(amount(1, "0.005001", 1, "USD").unwrap(), "0.01");
    assert_eq!(amount(1, "2.5", 1, "JPY").unwrap(), "2");
    assert_eq!(amount(1, "10.00", 3, "USD").unwrap(), "3.33");
    assert_eq!(amount(2, "10.00", 3, "USD").unwrap(), "6.67");
}

#[test]
fn a_line_that_comes_to_more_than_can_be_counted_is_refused() {
    assert_eq!(
        amount(1_000_000, "999999999999.99", 1, "USD"),
        Err(MoneyError::Overflow)
    );
    assert_eq!(
        amount(1, "999999999999.99", 1, "USD").unwrap(),
        "999999999999.99"
    );
}

proptest! {
    #[test]
    fn a_price_reads_back_as_written(millionths in 0..=999_999_999_999_999_999_u64) {
        let price = UnitPrice::from_millionths(millionths).unwrap();
        prop_assert_eq!(price.to_string().parse(), Ok(price));
        prop_assert_eq!(price.in_currency(currency("KWD")).parse(), Ok(price));
    }

    #[test]
    fn an_amount_reads_back_as_written(minor in 0..=i64::MAX, code in prop::sample::select(vec!["JPY", "USD", "KWD", "CLF"])) {
        let money = Money { minor, currency: currency(code) };
        prop_assert_eq!(Money::parse(&money.amount(), money.currency), Ok(money));
    }

    #[test]
    fn rounding_is_never_off_by_more_than_half(
        quantity in 1..=1_000_000_u32,
        millionths in 0..=1_000_000_000_000_u64,
        per in 1..=1_000_000_u32,
    ) {
        let price = UnitPrice::from_millionths(millionths).unwrap();
        let rounded = line_amount(units(quantity), price, units(per), currency("USD")).unwrap();
        let exact = i128::from(quantity) * i128::from(millionths) * 100;
        let divisor = i128::from(per) * 1_000_000;
        let error = (i128::from(rounded.minor) * divisor - exact).abs();
        prop_assert!(error * 2 <= divisor);
    }
}
