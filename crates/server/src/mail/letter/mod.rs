//! What a letter says: a subject and a text, made of a template and the facts of an event.

mod order;
mod people;

use jiff::Timestamp;

use super::event::{MailEvent, News};
use super::template::{Values, fill, fill_phrase};
use super::templates::{Template, Templates, Wording};
use crate::seller::Seller;

/// A letter in plain text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Lines of at most 72 columns, each ending in `\n`.
    pub body: String,
}

/// Writes the letter. `attached` is the name of the statement's file, if it is attached.
pub(super) fn write(
    event: &MailEvent,
    attached: Option<&str>,
    seller: &Seller,
    templates: &Templates,
) -> Letter {
    let (template, values) = fill_with(event, attached, seller, templates);
    Letter {
        subject: fill_phrase(&template.subject, &values)
            .trim_end()
            .to_owned(),
        body: fill(&template.body, &values),
    }
}

/// The template of the event, and everything that it can ask for.
fn fill_with<'a>(
    event: &MailEvent,
    attached: Option<&str>,
    seller: &Seller,
    templates: &'a Templates,
) -> (&'a Template, Values) {
    let (template, wording) = templates.letter(&event.language, event.kind());
    let mut letter = Draft {
        values: Values::new(),
        wording,
        event,
    };
    letter.set("name", visible(&event.name));
    letter.set("account", event.account.to_string());
    letter.set("origin", seller.origin().to_string());
    letter.proof(attached, seller);
    match &event.news {
        News::OrderAccepted(news) => letter.accepted(news),
        News::OrderHeld(news) => letter.held(news),
        News::OrderDeclined(news) => letter.declined(news),
        News::OrderShipped(news) => letter.shipped(news),
        News::OrderCancelled(news) => letter.cancelled(news),
        News::BackOrderFilled(news) => letter.back_order_filled(news),
        News::KeyEnrolled(news) => letter.key_enrolled(news),
        News::KeyRevoked(news) => letter.key_revoked(news),
        News::KeyExpiring(news) => letter.key_expiring(news),
        News::PasswordChanged(change)
        | News::AccountDisabled(change)
        | News::AccountEnabled(change) => letter.account_changed(change),
        News::EmailChanged(news) => letter.email_changed(news),
        News::WebhookDisabled(news) => letter.webhook_disabled(news),
    }
    (template, letter.values)
}

/// A letter's values, as they come together.
struct Draft<'a> {
    values: Values,
    wording: Wording<'a>,
    event: &'a MailEvent,
}

impl Draft<'_> {
    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }

    /// A phrase filled in; `otherwise` where there is none of this name.
    fn phrase(&self, name: &str, values: &[(&'static str, &str)], otherwise: &str) -> String {
        let own = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
        let values = values.iter().map(own).collect();
        let phrase = self.wording.phrase(name);
        phrase.map_or_else(
            || otherwise.to_owned(),
            |phrase| fill_phrase(phrase, &values),
        )
    }

    /// How the reader can check what the mail says.
    fn proof(&mut self, attached: Option<&str>, seller: &Seller) {
        if let Some(file) = attached {
            let root = seller.root_fingerprint().to_string();
            let proof = self.phrase("proof", &[("file", file), ("root", &root)], "");
            self.set("proof", proof);
        }
        if let Some(order) = self.event.order() {
            let phrase = if attached.is_some() {
                "fetch"
            } else {
                "fetch-alone"
            };
            let note = self.phrase(phrase, &[("order", &order.to_string())], "");
            self.set("fetch_note", note);
        }
    }
}

/// A moment as people write it, in UTC, to the second.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Text of others on one line: what moves a cursor or starts a line becomes a space.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;
