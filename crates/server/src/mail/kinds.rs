//! Every kind of letter, and every phrase that letters are put together from: their names, what a
//! template of each may ask for, and the English text.

/// A kind of letter.
#[derive(Clone, Copy, Debug)]
pub struct LetterKind {
    /// Its name, and that of its template.
    pub name: &'static str,
    /// What its template may ask for.
    pub placeholders: &'static [&'static str],
    pub(super) english: &'static str,
}

/// A phrase.
#[derive(Clone, Copy, Debug)]
pub struct PhraseKind {
    /// Its name in `phrases.txt`.
    pub name: &'static str,
    /// What it may ask for.
    pub placeholders: &'static [&'static str],
}

/// The English phrases.
pub(super) const ENGLISH_PHRASES: &str = include_str!("templates/en/phrases.txt");

macro_rules! letters {
    ($($name:literal: $($placeholder:literal)*;)*) => {
        /// Every kind of letter.
        pub static LETTERS: &[LetterKind] = &[$(LetterKind {
            name: $name,
            placeholders: &["name", "account", "origin", $($placeholder),*],
            english: include_str!(concat!("templates/en/", $name, ".txt")),
        }),*];
    };
}

macro_rules! phrases {
    ($($name:literal: $($placeholder:literal)*;)*) => {
        /// Every phrase.
        pub static PHRASES: &[PhraseKind] = &[$(PhraseKind {
            name: $name,
            placeholders: &[$($placeholder),*],
        }),*];
    };
}

letters! {
    "order-accepted": "order" "purchase_order_number" "sales_order_number" "goods" "total" "proof" "fetch_note";
    "order-held": "order" "purchase_order_number" "sales_order_number" "held_until" "proof" "fetch_note";
    "order-declined": "order" "purchase_order_number" "sales_order_number" "reasons" "proof" "fetch_note";
    "order-part-shipped": "order" "purchase_order_number" "sales_order_number" "goods" "shipment" "shipped_at" "carrier" "tracking" "proof" "fetch_note";
    "order-shipped": "order" "purchase_order_number" "sales_order_number" "goods" "shipment" "shipped_at" "carrier" "tracking" "proof" "fetch_note";
    "back-order-filled": "order" "purchase_order_number" "sales_order_number" "goods" "filled_at" "fetch_note";
    "order-cancelled": "order" "purchase_order_number" "sales_order_number" "goods" "cancelled" "reason" "proof" "fetch_note";
    "key-enrolled": "key" "algorithm" "label" "key_fingerprint" "certificate_fingerprint" "authorised_by" "at" "proof";
    "key-revoked": "key" "algorithm" "label" "key_fingerprint" "certificate_fingerprint" "reason" "at" "proof";
    "key-expiring": "key" "algorithm" "label" "key_fingerprint" "ends_at" "ends_on" "days";
    "password-changed": "at" "by";
    "email-changed": "at" "by" "old_address" "new_address" "invites_from";
    "account-disabled": "at" "by";
    "account-enabled": "at" "by";
    "webhook-disabled": "webhook" "buyer" "url" "reason" "at" "since";
}

phrases! {
    "proof": "file" "root";
    "fetch": "order";
    "fetch-alone": "order";
    "follows": "item" "units";
    "cancelled-by-buyer": "purchase_order_number";
    "cancelled-by-seller": "purchase_order_number";
    "by-account": ;
    "by-seller": ;
    "allowed-by-operator": ;
    "allowed-by-invite": ;
    "allowed-by-key": ;
    "reason-out-of-stock": "offered" "current";
    "reason-price-changed": "offered" "current";
    "reason-unit-differs": "offered" "current";
    "reason-currency-differs": "offered" "current";
    "reason-unknown-item": "offered" "current";
    "reason-buyer-on-stop": "offered" "current";
    "reason-not-approved": "offered" "current";
    "reason-hold-expired": "offered" "current";
    "reason-buyer-withdrew": "offered" "current";
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../../docs/guide/mail.md");

    #[test]
    fn the_guide_names_what_every_letter_and_phrase_may_ask_for() {
        for kind in LETTERS {
            // The first three are known in every letter, and said once.
            let own = kind.placeholders.get(3..).unwrap_or_default();
            let own: Vec<String> = own.iter().map(|name| format!("`{name}`")).collect();
            let row = format!("| `{}` | {} |\n", kind.name, own.join(", "));
            assert!(GUIDE.contains(&row), "the guide lacks {row}");
        }
        for phrase in PHRASES {
            let name = format!("`{}`", phrase.name);
            let row = GUIDE
                .lines()
                .skip_while(|line| !line.starts_with("| phrase |"))
                .find(|line| line.contains(&name));
            let row = row.unwrap_or_else(|| panic!("the guide lacks {name}"));
            for placeholder in phrase.placeholders {
                assert!(row.contains(&format!("`{placeholder}`")), "{row}");
            }
        }
    }
}
