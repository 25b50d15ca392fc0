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
    /// An e-mail address that can be written into a message's header as it stands.
    EmailAddress,
    |text| formed(text, 254, is_email_address(text), "an e-mail address"),
    { "type": "string", "format": "email", "maxLength": 254 }
);

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

fn is_host_label(label: &str) -> bool {
    label.len() <= 63 && is_party_word(label) && !label.starts_with('-') && !label.ends_with('-')
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
