//! What one account may order at once, by currency.

use std::collections::BTreeMap;

use crate::money::{Currency, Money};

/// The largest order an account may place in each currency. An account without limits may order
/// anything; one with limits orders only in the currencies they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderLimits(BTreeMap<Currency, i64>);

impl OrderLimits {
    /// Sets the limit of a currency.
    pub fn set(&mut self, largest: Money) {
        self.0.insert(largest.currency, largest.minor);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The limits, by currency.
    pub fn iter(&self) -> impl Iterator<Item = Money> {
        self.0
            .iter()
            .map(|(&currency, &minor)| Money { minor, currency })
    }

    /// The limit an order of this total breaks: none of a currency that may not be ordered in.
    pub fn broken_by(&self, total: Money) -> Option<Money> {
        if self.is_empty() {
            return None;
        }
        let largest = self.0.get(&total.currency).copied().unwrap_or(0);
        let currency = total.currency;
        (total.minor > largest || !self.0.contains_key(&currency)).then_some(Money {
            minor: largest,
            currency,
        })
    }
}

impl FromIterator<Money> for OrderLimits {
    fn from_iter<I: IntoIterator<Item = Money>>(limits: I) -> Self {
        let mut all = Self::default();
        for largest in limits {
            all.set(largest);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::parse(amount, currency.parse().unwrap()).unwrap()
    }

    #[test]
    fn an_order_may_be_as_large_as_the_limit_and_no_larger() {
        let limits: OrderLimits = [money("500.00", "USD")].into_iter().collect();
        assert_eq!(limits.broken_by(money("500.00", "USD")), None);
        assert_eq!(
            limits.broken_by(money("500.01", "USD")),
            Some(money("500.00", "USD"))
        );
    }

    #[test]
    fn a_limit_in_one_currency_closes_the_others() {
        let limits: OrderLimits = [money("500.00", "USD")].into_iter().collect();
        assert_eq!(
            limits.broken_by(money("1.00", "EUR")),
            Some(money("0.00", "EUR"))
        );
        assert_eq!(OrderLimits::default().broken_by(money("1.00", "EUR")), None);
    }
}
