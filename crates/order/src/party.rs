//! Who trades: buyers, the accounts that act for them or for the seller, and the seller's origin.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::{checked_text, formed};

checked_text!(
    /// A buyer: 1 to 64 of `a-z`, `0-9` and `-`.
    BuyerId,
    |text| formed(text, 64, is_party_word(text), "made of a-z, 0-9 and -"),
    { "type": "string", "pattern": "^[a-z0-9-]{1,64}$" }
);

checked_text!(
    /// A person or machine that signs in: a buyer's ID, or that with `/` and one more word.
    AccountId,
    |text| formed(text, 129, is_account(text), "an ID, or an ID, / and a name, of a-z, 0-9 and -"),
    { "type": "string", "pattern": "^[a-z0-9-]{1,64}(/[a-z0-9-]{1,64})?$" }
);

impl AccountId {
    /// The buyer this account belongs to, if it is a buyer's.
    pub fn buyer_part(&self) -> BuyerId {
        let buyer = self.as_str().split('/').next().unwrap_or(self.as_str());
        BuyerId(buyer.to_owned())
    }
}

impl From<&BuyerId> for AccountId {
    /// The buyer's first account carries the buyer's own ID.
    fn from(buyer: &BuyerId) -> Self {
        Self(buyer.as_str().to_owned())
    }
}

checked_text!(
    /// The seller's name in everything that is signed: like a host's, in lower case.
    Origin,
    |text| formed(text, 253, text.split('.').all(is_host_label), "a lower-case host name"),
    { "type": "string", "maxLength": 253, "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }
);

checked_text!(
    /// A log's name: the seller's origin; of a log opened after a loss, the origin, `/` and its
    /// place in their succession, from 2.
    LogOrigin,
    |text| formed(text, 264, is_log_origin(text), "an origin, or an origin, / and a number from 2"),
    { "type": "string", "maxLength": 264, "pattern": "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(/[1-9][0-9]{0,9})?$" }
);

impl LogOrigin {
    /// The log's place in the succession of the seller's logs, from 1.
    pub fn generation(&self) -> u32 {
        let number = self.0.split_once('/').map(|(_, number)| number);
        number
            .map_or(Some(1), |number| number.parse().ok())
            .unwrap_or(1)
    }

    /// The seller whose log it is.
    pub fn seller(&self) -> Origin {
        let seller = self.0.split('/').next().unwrap_or(&self.0);
        Origin(seller.to_owned())
    }

    /// The log that is opened when this one has lost its end.
    #[must_use]
    pub fn successor(&self) -> Self {
        let next = self.generation().saturating_add(1);
        Self(format!("{}/{next}", self.seller()))
    }
}

impl From<&Origin> for LogOrigin {
    /// The seller's first log carries the seller's own name.
    fn from(origin: &Origin) -> Self {
        Self(origin.as_str().to_owned())
    }
}

checked_text!(
    /// An e-mail address that can be written into a message's header as it stands.
    EmailAddress,
    |text| formed(text, 254, is_email_address(text), "an e-mail address"),
    { "type": "string", "format": "email", "maxLength": 254 }
);

checked_text!(
    /// A language, such as `en` or `pt-br`: 2 to 16 of `a-z`, `0-9` and `-`, a letter first.
    Language,
    |text| formed(text, 16, is_language(text), "a language such as en or pt-br"),
    { "type": "string", "maxLength": 16, "pattern": "^[a-z]{2,8}(-[a-z0-9]{1,8})*$" }
);

impl Language {
    /// The language that is complete in every shop.
    pub fn english() -> Self {
        Self("en".to_owned())
    }
}

impl Default for Language {
    fn default() -> Self {
        Self::english()
    }
}

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Orders for a buyer.
    Buyer,
    /// Prepares and ships orders for the seller.
    Clerk,
    /// A clerk who may also decide what clerks may not.
    Supervisor,
    /// Reads everything and changes nothing.
    Auditor,
}

impl Role {
    /// Its word in documents and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Clerk => "clerk",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
        }
    }
}

fn is_party_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn is_account(text: &str) -> bool {
    match text.split_once('/') {
        Some((buyer, name)) => is_party_word(buyer) && is_party_word(name),
        None => is_party_word(text),
    }
}

fn is_language(text: &str) -> bool {
    let is_word = |word: &str| {
        (1..=8).contains(&word.len())
            && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'))
    };
    let first = text.split('-').next().unwrap_or_default();
    first.len() >= 2
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && text.split('-').all(is_word)
}

fn is_host_label(label: &str) -> bool {
    label.len() <= 63 && is_party_word(label) && !label.starts_with('-') && !label.ends_with('-')
}

fn is_log_origin(text: &str) -> bool {
    let (seller, number) = match text.split_once('/') {
        Some((seller, number)) => (seller, Some(number)),
        None => (text, None),
    };
    let canonical = |number: &str| {
        number
            .parse::<u32>()
            .is_ok_and(|value| value >= 2 && value.to_string() == number)
    };
    seller.parse::<Origin>().is_ok() && number.is_none_or(canonical)
}

/// One `@` with something on either side, and no character that a header gives a meaning of its own.
fn is_email_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b"@<>()[],;:\\\"".contains(&b))
    };
    text.split_once('@')
        .is_some_and(|(local, domain)| plain(local) && plain(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_a_buyer_or_a_person_of_the_buyer() {
        let account: AccountId = "acme/jo".parse().unwrap();
        assert_eq!(account.buyer_part().as_str(), "acme");
        assert_eq!(
            "acme".parse::<AccountId>().unwrap().buyer_part().as_str(),
            "acme"
        );
        for wrong in [
            "",
            "/",
            "acme/",
            "/jo",
            "acme/jo/x",
            "Acme",
            "acme jo",
            "a_b",
        ] {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_buyer_is_at_most_64_characters() {
        assert!("a".repeat(64).parse::<BuyerId>().is_ok());
        assert!("a".repeat(65).parse::<BuyerId>().is_err());
    }

    #[test]
    fn an_origin_reads_like_a_host() {
        for right in ["shop.example", "localhost", "a-b.c0"] {
            assert!(right.parse::<Origin>().is_ok(), "{right:?} was refused");
        }
        for wrong in [
            "",
            "Shop.example",
            "shop..example",
            "-shop.example",
            "shop.example.",
            "a/b",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn logs_succeed_each_other_by_number() {
        let first = LogOrigin::from(&"shop.example".parse::<Origin>().unwrap());
        let second = first.successor();
        assert_eq!((first.as_str(), first.generation()), ("shop.example", 1));
        assert_eq!(
            (second.as_str(), second.generation()),
            ("shop.example/2", 2)
        );
        assert_eq!(second.successor().as_str(), "shop.example/3");
        assert_eq!(second.seller().as_str(), "shop.example");
        for wrong in [
            "shop.example/1",
            "shop.example/02",
            "shop.example/",
            "a/2/3",
            "/2",
        ] {
            assert!(wrong.parse::<LogOrigin>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_language_is_a_tag_that_names_a_folder() {
        for right in ["en", "de", "pt-br", "zh-hant"] {
            assert!(right.parse::<Language>().is_ok(), "{right:?} was refused");
        }
        for wrong in ["", "e", "EN", "en-", "../en", "en_us", "1e"] {
            assert!(wrong.parse::<Language>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn an_address_cannot_smuggle_a_header() {
        assert!("jo@acme.example".parse::<EmailAddress>().is_ok());
        for wrong in [
            "jo",
            "@acme",
            "jo@",
            "a@b@c",
            "jo@acme\r\nBcc:x@y",
            "<jo@acme>",
            "jo @acme",
        ] {
            assert!(
                wrong.parse::<EmailAddress>().is_err(),
                "{wrong:?} was taken"
            );
        }
    }
}
