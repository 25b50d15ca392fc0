//! What a letter says: a subject and a text, made of a template and the facts of an event.

use countersign_order::OrderId;
use jiff::Timestamp;

use super::event::{
    DeclineReason, KeyEnrolled, KeyRevoked, MailDetail, MailEvent, MailLine, News, OrderAccepted,
    OrderCancelled, OrderDeclined, OrderHeld, OrderNumbers, OrderShipped, WebhookDisabled,
};
use super::template::{Values, fill};
use crate::seller::Seller;
use crate::webhooks::patience;

/// How long a line of a letter may be, in characters.
const COLUMNS: usize = 72;

/// A letter in plain text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) body: String,
}

/// The two templates of a kind of news.
struct Template {
    subject: &'static str,
    body: &'static str,
}

macro_rules! template {
    ($kind:literal) => {
        Template {
            subject: include_str!(concat!("../templates/", $kind, "/subject.txt")),
            body: include_str!(concat!("../templates/", $kind, "/body.txt")),
        }
    };
}

/// Writes the letter. `attached` is the name of the statement's file, if it is attached.
pub(super) fn write(event: &MailEvent, attached: Option<&str>, seller: &Seller) -> Letter {
    let (template, values) = fill_with(event, attached, seller);
    Letter {
        subject: fill(template.subject, &values).trim_end().to_owned(),
        body: fill(template.body, &values),
    }
}

/// The template of the event, and everything that it can ask for.
fn fill_with(event: &MailEvent, attached: Option<&str>, seller: &Seller) -> (Template, Values) {
    let mut values = Values::new();
    values.insert("name", visible(&event.name));
    values.insert("account", event.account.to_string());
    values.insert("origin", seller.origin().to_string());
    proof(&mut values, event, attached, seller);
    let template = match &event.news {
        News::OrderAccepted(news) => accepted(&mut values, news, event.detail),
        News::OrderHeld(news) => held(&mut values, news),
        News::OrderDeclined(news) => declined(&mut values, news, event.detail),
        News::OrderShipped(news) => shipped(&mut values, news, event.detail),
        News::OrderCancelled(news) => cancelled(&mut values, news, event.detail),
        News::KeyEnrolled(news) => key_enrolled(&mut values, news),
        News::KeyRevoked(news) => key_revoked(&mut values, news),
        News::WebhookDisabled(news) => webhook_disabled(&mut values, news),
    };
    (template, values)
}

/// How the reader can check what the mail says.
fn proof(values: &mut Values, event: &MailEvent, attached: Option<&str>, seller: &Seller) {
    if let Some(name) = attached {
        let proof = format!(
            "The attached {name} is our signed statement of this. To verify it:\n\n    \
             openssl cms -verify -inform DER -in {name} -CAfile root.cert.pem\n\n\
             where root.cert.pem is our root certificate, with the fingerprint\n{}.",
            seller.root_fingerprint()
        );
        values.insert("proof", proof);
    }
    if let Some(order) = event.order() {
        values.insert("fetch_note", fetch_note(order));
    }
}

fn fetch_note(order: &OrderId) -> String {
    format!("Or let po fetch and verify everything about this order:\n\n    po receipt {order}")
}

fn accepted(values: &mut Values, news: &OrderAccepted, detail: MailDetail) -> Template {
    numbers(values, &news.numbers);
    if detail == MailDetail::Full {
        values.insert("goods", goods(&news.lines));
        values.insert("total", format!("{} {}", news.total, news.currency));
    }
    template!("order-accepted")
}

fn held(values: &mut Values, news: &OrderHeld) -> Template {
    numbers(values, &news.numbers);
    values.insert("held_until", moment(news.held_until));
    template!("order-held")
}

fn declined(values: &mut Values, news: &OrderDeclined, detail: MailDetail) -> Template {
    numbers(values, &news.numbers);
    if detail == MailDetail::Full {
        let reasons: Vec<String> = news.reasons.iter().map(reason).collect();
        values.insert("reasons", reasons.join("\n"));
    }
    template!("order-declined")
}

fn shipped(values: &mut Values, news: &OrderShipped, detail: MailDetail) -> Template {
    numbers(values, &news.numbers);
    let part = if news.more_follows { "part of " } else { "" };
    values.insert("part", part.to_owned());
    let title = if news.more_follows {
        "Part of order"
    } else {
        "Order"
    };
    values.insert("title", title.to_owned());
    let more = if news.more_follows {
        "The rest will follow."
    } else {
        ""
    };
    values.insert("more", more.to_owned());
    values.insert("shipment", news.shipment.to_string());
    values.insert("shipped_at", moment(news.shipped_at));
    values.insert("carrier", visible(&news.carrier));
    values.insert(
        "tracking",
        news.tracking.as_deref().map_or_else(String::new, visible),
    );
    if detail == MailDetail::Full {
        values.insert("goods", goods(&news.lines));
    }
    template!("order-shipped")
}

fn cancelled(values: &mut Values, news: &OrderCancelled, detail: MailDetail) -> Template {
    numbers(values, &news.numbers);
    let who = if news.by_buyer {
        "at your request we"
    } else {
        "we"
    };
    values.insert("who", who.to_owned());
    values.insert("reason", visible(&news.reason));
    if detail == MailDetail::Full {
        values.insert("goods", goods(&news.lines));
    }
    template!("order-cancelled")
}

fn key_enrolled(values: &mut Values, news: &KeyEnrolled) -> Template {
    values.insert("key", news.key.to_string());
    values.insert("algorithm", news.algorithm.clone());
    values.insert("key_fingerprint", news.key_fingerprint.clone());
    values.insert(
        "certificate_fingerprint",
        news.certificate_fingerprint.clone(),
    );
    values.insert("authorised_by", authority(&news.authorised_by));
    values.insert("at", moment(news.enrolled_at));
    template!("key-enrolled")
}

fn key_revoked(values: &mut Values, news: &KeyRevoked) -> Template {
    values.insert("algorithm", news.algorithm.clone());
    values.insert("key_fingerprint", news.key_fingerprint.clone());
    values.insert(
        "certificate_fingerprint",
        news.certificate_fingerprint.clone(),
    );
    values.insert("reason", visible(&news.reason));
    values.insert("at", moment(news.revoked_at));
    template!("key-revoked")
}

fn webhook_disabled(values: &mut Values, news: &WebhookDisabled) -> Template {
    values.insert("webhook", news.webhook.to_string());
    values.insert("buyer", news.buyer.clone().unwrap_or_default());
    values.insert("url", visible(&news.url));
    values.insert("reason", indented(&visible(&news.reason)));
    values.insert("at", moment(news.disabled_at));
    let since = news.disabled_at.saturating_sub(patience());
    let since = since.unwrap_or(news.disabled_at);
    values.insert("since", since.strftime("%Y-%m-%dT%H:%MZ").to_string());
    template!("webhook-disabled")
}

fn numbers(values: &mut Values, numbers: &OrderNumbers) {
    values.insert("order", numbers.order.to_string());
    values.insert(
        "purchase_order_number",
        numbers.purchase_order_number.to_string(),
    );
    let ours = numbers
        .sales_order_number
        .map_or_else(String::new, |number| number.to_string());
    values.insert("sales_order_number", ours);
}

/// The lines as a list, quantities under each other.
fn goods(lines: &[MailLine]) -> String {
    let amount = |line: &MailLine| format!("{} {}", line.quantity, line.unit);
    let width = lines
        .iter()
        .map(|line| amount(line).len())
        .max()
        .unwrap_or(0);
    let rows: Vec<String> = lines
        .iter()
        .map(|line| {
            let item = if line.description == line.sku {
                visible(&line.sku)
            } else {
                format!("{} ({})", visible(&line.description), visible(&line.sku))
            };
            let later = match line.back_ordered {
                0 => String::new(),
                more => format!(", {more} more will follow"),
            };
            format!("    {:>width$}  {item}{later}", amount(line))
        })
        .collect();
    rows.join("\n")
}

fn reason(reason: &DeclineReason) -> String {
    let offered = reason.offered.as_deref().map_or_else(String::new, visible);
    let current = reason.current.as_deref().map_or_else(String::new, visible);
    let why = match reason.code.as_str() {
        "out-of-stock" => format!("you ordered {offered}, {current} available"),
        "price-changed" => format!("you offered {offered}, the price is now {current}"),
        "unit-differs" => format!("you ordered in {offered}, it is sold in {current}"),
        "currency-differs" => format!("you offered {offered}, it is sold in {current}"),
        "unknown-item" => "we do not sell this item".to_owned(),
        "buyer-on-stop" => "we take no orders from you at the moment; please call us".to_owned(),
        code => code.to_owned(),
    };
    match &reason.sku {
        Some(sku) => format!("    {}: {why}", visible(sku)),
        None => format!("    {why}"),
    }
}

fn authority(authorised_by: &str) -> String {
    match authorised_by {
        "operator" => "us, on the server".to_owned(),
        "invite" => "the invitation we sent".to_owned(),
        "key" => "a signature by a key of yours".to_owned(),
        other => other.to_owned(),
    }
}

/// A text in lines that are short enough to read, each after four spaces. A longer word is left whole.
fn indented(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(format!("    {word}")),
        }
    }
    lines.join("\n")
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
