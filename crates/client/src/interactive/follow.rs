//! Following an order for a moment after its receipt: many are on their way at once.

use std::time::Duration;

use countersign_api::OrderView;

use super::Session;
use crate::describe;
use crate::failure::Failure;
use crate::submission::Receipted;

/// How often the order is looked at.
const LOOKS: u32 = 20;
/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(500);

impl Session<'_> {
    /// Shows what happens to an order, until nothing more can or patience ends.
    pub(super) fn follows(&self, receipted: &Receipted) -> Result<(), Failure> {
        let output = self.context.output;
        let mut order: OrderView = receipted.answer.order.clone();
        if order.state.is_final() {
            return Ok(());
        }
        output.message("\nWhat happens to it now:");
        let mut seen = 0;
        for _ in 0..LOOKS {
            order = self.api.get(&format!("/v1/orders/{}", order.id))?;
            for event in order.timeline.iter().skip(seen) {
                output.text(&describe::event(event))?;
            }
            seen = order.timeline.len();
            if order.state.is_final() {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        let number = &order.purchase_order_number;
        output.message(&format!(
            "That is all for now. Look again with: po status {number} --watch"
        ));
        Ok(())
    }
}
