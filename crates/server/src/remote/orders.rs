//! Orders of a desk elsewhere.

use countersign_api::{
    CancelRequest, DeclineRequest, NoteRequest, NoteView, OrderQuery, OrderView, PackLine,
    PackRequest, PackingSlip, ShipLine, ShipRequest, SlipQuery,
};
use countersign_connection::percent_encode;
use countersign_order::{LineUnits, OrderId, Quantity};
use serde::Serialize;
use serde_json::{Value, json};
use ureq::http::Method;

use super::Remote;
use crate::desk::operations::{HoldAnswer, Step};
use crate::failure::{Exit, Failure};

/// Where the desk's orders are.
const ORDERS: &str = "/v1/desk/orders";

impl Remote {
    /// The orders that are asked for, no more than so many.
    pub(crate) fn orders(
        &self,
        asked: &OrderQuery,
        most: usize,
    ) -> Result<Vec<OrderView>, Failure> {
        self.asked_rows(ORDERS, asked, most)
    }

    /// The same as CSV, all of them.
    pub(crate) fn order_table(&self, asked: &OrderQuery) -> Result<String, Failure> {
        let table = self.table(&path_of(ORDERS, asked)?)?;
        String::from_utf8(table).map_err(|error| Failure::caused_by(&error))
    }

    /// One order.
    pub(crate) fn order(&self, id: &OrderId) -> Result<OrderView, Failure> {
        self.get(&format!("/v1/orders/{id}"))
    }

    /// What lies in a parcel of an order.
    pub(crate) fn slip(&self, id: &OrderId, shipment: Option<u32>) -> Result<PackingSlip, Failure> {
        let path = format!("{ORDERS}/{id}/slip");
        self.get(&path_of(&path, &SlipQuery { shipment })?)
    }

    /// Moves an order on from the revision that was seen.
    pub(crate) fn move_order(&self, seen: &OrderView, step: Step) -> Result<OrderView, Failure> {
        let (action, body) = match step {
            Step::Prepare => ("prepare", json!({})),
            Step::Pack { lines, missing } => {
                let line = |units: LineUnits| PackLine {
                    line: units.line,
                    quantity: units.units,
                };
                let lines = lines.into_iter().map(line).collect();
                ("pack", written(&PackRequest { lines, missing })?)
            }
            Step::Ship {
                lines,
                carrier,
                tracking,
            } => {
                let line = |units: LineUnits| {
                    let quantity = Quantity::try_from(units.units).map_err(not_a_quantity)?;
                    let line = units.line;
                    Ok::<_, Failure>(ShipLine { line, quantity })
                };
                let lines = lines.map(|lines| lines.into_iter().map(line).collect());
                let request = ShipRequest {
                    carrier,
                    tracking,
                    lines: lines.transpose()?,
                };
                ("ship", written(&request)?)
            }
            Step::Cancel { reason, .. } => ("cancel", written(&CancelRequest { reason })?),
        };
        let path = format!("{ORDERS}/{}/{action}", seen.id);
        self.send_json_if(Some(seen.revision), Method::POST, &path, &body)
    }

    /// Answers a held order at the revision that was seen.
    pub(crate) fn end_hold(
        &self,
        seen: &OrderView,
        answer: HoldAnswer,
    ) -> Result<OrderView, Failure> {
        let (action, body) = match answer {
            HoldAnswer::Approve => ("approve", json!({})),
            HoldAnswer::Decline { reason } => ("decline", written(&DeclineRequest { reason })?),
        };
        let path = format!("{ORDERS}/{}/{action}", seen.id);
        self.send_json_if(Some(seen.revision), Method::POST, &path, &body)
    }

    /// What the desk wrote on an order.
    pub(crate) fn notes(&self, id: &OrderId) -> Result<Vec<NoteView>, Failure> {
        self.rows(&format!("{ORDERS}/{id}/notes"), usize::MAX)
    }

    /// Writes on an order.
    pub(crate) fn note(&self, id: &OrderId, note: &NoteRequest) -> Result<NoteView, Failure> {
        self.send_json(Method::POST, &format!("{ORDERS}/{id}/notes"), note)
    }
}

fn not_a_quantity(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Usage, format!("the units of a line: {error}"))
}

fn written(body: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(body).map_err(|error| Failure::caused_by(&error))
}

/// A path with what is asked for in its query.
pub(super) fn path_of(path: &str, asked: &impl Serialize) -> Result<String, Failure> {
    let mut path = path.to_owned();
    let Value::Object(members) = written(asked)? else {
        return Ok(path);
    };
    for (number, (name, value)) in members.into_iter().enumerate() {
        let mark = if number == 0 { '?' } else { '&' };
        let value = match value {
            Value::String(text) => percent_encode(&text),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => value.to_string(),
        };
        path.push(mark);
        path.extend([&*name, "=", &value]);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_written_into_the_query() {
        let asked = OrderQuery {
            text: Some("a & b".to_owned()),
            late: Some(true),
            received_from: Some("2026-11-23".parse().unwrap()),
            ..OrderQuery::default()
        };
        let path = path_of(ORDERS, &asked).unwrap();
        for part in ["text=a%20%26%20b", "late=true", "received_from=2026-11-23"] {
            assert!(path.contains(part), "{path}");
        }
        assert_eq!(path_of(ORDERS, &OrderQuery::default()).unwrap(), ORDERS);
    }
}
