//! `[desk]`: how orders are taken in and fulfilled.

use countersign_order::{Amounts, HoldFor, HoldRules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How orders are taken in and fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeskSettings {
    /// "automatic" prepares and ships accepted orders by itself; "manual" leaves it to clerks.
    pub mode: DeskMode,
    /// Orders an account may send in a minute; 0 means no limit.
    pub orders_per_minute: u32,
    /// Orders with a higher total are held for a person to answer, by currency:
    /// `{USD="10000.00",EUR="9000.00"}`.
    pub hold_above: Amounts,
    /// How long a held order waits at most: working days are Monday to Friday in UTC, and hours,
    /// minutes and seconds are counted on every day.
    pub hold_for: HoldFor,
}

impl DeskSettings {
    /// What the desk does not accept by itself.
    pub(crate) fn hold_rules(&self) -> HoldRules {
        HoldRules {
            hold_above: self.hold_above.clone(),
            hold_for: self.hold_for,
        }
    }
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            mode: DeskMode::Automatic,
            orders_per_minute: 0,
            hold_above: Amounts::default(),
            hold_for: HoldFor::default(),
        }
    }
}

/// Who prepares and ships.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeskMode {
    /// The desk itself, as soon as an order is accepted.
    #[default]
    Automatic,
    /// Clerks.
    Manual,
}
