//! Where goods go.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::strict_json::{Members, NotUnderstood};
use crate::text::{Name, ShortText, checked_text, formed};

checked_text!(
    /// A country: two capital letters of ISO 3166-1.
    Country,
    |text| formed(text, 2, is_country(text), "two capital letters of ISO 3166-1"),
    { "type": "string", "pattern": "^[A-Z]{2}$" }
);

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// Who receives.
    pub name: Name,
    /// Whose hands it should reach there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<ShortText>,
    /// Street and number.
    pub street: ShortText,
    /// A second line of the street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_2: Option<ShortText>,
    /// City.
    pub city: ShortText,
    /// State, province or county.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<ShortText>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<ShortText>,
    /// Country.
    pub country: Country,
    /// Telephone number, for the carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<ShortText>,
}

impl Address {
    /// Reads an address as strictly as the order around it.
    pub(crate) fn read(mut members: Members<'_, '_>) -> Result<Self, NotUnderstood> {
        let address = Self {
            name: members.required("name")?,
            attention: members.optional("attention")?,
            street: members.required("street")?,
            street_2: members.optional("street_2")?,
            city: members.required("city")?,
            region: members.optional("region")?,
            postal_code: members.optional("postal_code")?,
            country: members.required("country")?,
            phone: members.optional("phone")?,
        };
        members.finish()?;
        Ok(address)
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}
