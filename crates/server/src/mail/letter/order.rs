//! Letters about orders.

use super::super::event::{
    BackOrderFilled, DeclineReason, MailDetail, MailLine, OrderAccepted, OrderCancelled,
    OrderDeclined, OrderHeld, OrderNumbers, OrderShipped,
};
use super::{Draft, moment, visible};

impl Draft<'_> {
    pub(super) fn accepted(&mut self, news: &OrderAccepted) {
        self.numbers(&news.numbers);
        self.goods(&news.lines);
        if self.names_goods() {
            self.set("total", format!("{} {}", news.total, news.currency));
        }
    }

    pub(super) fn held(&mut self, news: &OrderHeld) {
        self.numbers(&news.numbers);
        self.set("held_until", moment(news.held_until));
    }

    pub(super) fn declined(&mut self, news: &OrderDeclined) {
        self.numbers(&news.numbers);
        if self.names_goods() {
            let reasons: Vec<String> = news.reasons.iter().map(|why| self.reason(why)).collect();
            self.set("reasons", reasons.join("\n"));
        }
    }

    pub(super) fn shipped(&mut self, news: &OrderShipped) {
        self.numbers(&news.numbers);
        self.goods(&news.lines);
        self.set("shipment", news.shipment.to_string());
        self.set("shipped_at", moment(news.shipped_at));
        self.set("carrier", visible(&news.carrier));
        let tracking = news.tracking.as_deref().map(visible);
        self.set("tracking", tracking.unwrap_or_default());
    }

    pub(super) fn cancelled(&mut self, news: &OrderCancelled) {
        self.numbers(&news.numbers);
        self.goods(&news.lines);
        let phrase = if news.by_buyer {
            "cancelled-by-buyer"
        } else {
            "cancelled-by-seller"
        };
        let number = news.numbers.purchase_order_number.as_str();
        let cancelled = self.phrase(phrase, &[("purchase_order_number", number)], "");
        self.set("cancelled", cancelled);
        self.set("reason", visible(&news.reason));
    }

    pub(super) fn back_order_filled(&mut self, news: &BackOrderFilled) {
        self.numbers(&news.numbers);
        self.goods(&news.lines);
        self.set("filled_at", moment(news.filled_at));
    }

    fn names_goods(&self) -> bool {
        self.event.detail == MailDetail::Full
    }

    fn numbers(&mut self, numbers: &OrderNumbers) {
        self.set("order", numbers.order.to_string());
        let number = &numbers.purchase_order_number;
        self.set("purchase_order_number", number.to_string());
        let ours = numbers.sales_order_number;
        let ours = ours.map_or_else(String::new, |number| number.to_string());
        self.set("sales_order_number", ours);
    }

    /// The lines as a list, quantities under each other.
    fn goods(&mut self, lines: &[MailLine]) {
        if !self.names_goods() {
            return;
        }
        let amount = |line: &MailLine| format!("{} {}", line.quantity, line.unit);
        let widths = lines.iter().map(|line| amount(line).len());
        let width = widths.max().unwrap_or(0);
        let rows: Vec<String> = lines
            .iter()
            .map(|line| format!("    {:>width$}  {}", amount(line), self.item(line)))
            .collect();
        self.set("goods", rows.join("\n"));
    }

    fn item(&self, line: &MailLine) -> String {
        let item = if line.description == line.sku {
            visible(&line.sku)
        } else {
            format!("{} ({})", visible(&line.description), visible(&line.sku))
        };
        if line.back_ordered == 0 {
            return item;
        }
        let units = line.back_ordered.to_string();
        self.phrase("follows", &[("item", &item), ("units", &units)], &item)
    }

    fn reason(&self, reason: &DeclineReason) -> String {
        let text = |value: &Option<String>| value.as_deref().map_or_else(String::new, visible);
        let (offered, current) = (text(&reason.offered), text(&reason.current));
        let why = self.phrase(
            &format!("reason-{}", reason.code),
            &[("offered", &offered), ("current", &current)],
            &reason.code,
        );
        let why = if why.is_empty() { &reason.code } else { &why };
        match &reason.sku {
            Some(sku) => format!("    {}: {why}", visible(sku)),
            None => format!("    {why}"),
        }
    }
}
