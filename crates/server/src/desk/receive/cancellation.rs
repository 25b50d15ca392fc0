//! Receiving a request to cancel: opened and verified as an order is, then run in its turn.

use countersign_envelope::{self as envelope, Verified};
use countersign_order::{CancellationRequest, OrderId};

use super::super::Actor;
use super::super::cancel::{CancelOnRequest, Cancelled};
use super::super::statements::digest;
use super::{Receiver, Refusal, Sender, refusal};

impl Receiver {
    /// Receives a whole request to cancel this order. Every refusal but those for haste is recorded
    /// before it is told.
    pub(crate) async fn receive_cancellation(
        &self,
        sender: &Sender,
        order: OrderId,
        message: Vec<u8>,
    ) -> Result<Cancelled, Refusal> {
        let _under_way = self.desk.signals().order_under_way();
        let received_at = self.desk.clock().now();
        let message_digest = digest(envelope::Digest::of(&message));
        let outcome = match self.read_cancellation(sender, message).await {
            Ok(request) => {
                let operation = CancelOnRequest {
                    sender: sender.clone(),
                    order,
                    request,
                    received_at,
                };
                self.run_cancellation(operation).await
            }
            Err(refusal) => Err(refusal),
        };
        match outcome {
            Ok(cancelled) => Ok(cancelled),
            Err(refusal) => {
                let message = Some(message_digest);
                Err(self.refuse(sender, refusal, received_at, message).await)
            }
        }
    }

    /// From bytes to a request that its signer meant for us.
    async fn read_cancellation(
        &self,
        sender: &Sender,
        message: Vec<u8>,
    ) -> Result<Verified<CancellationRequest>, Refusal> {
        let verified = self.open(sender, message).await?;
        let request = verified
            .and_then(|content| CancellationRequest::parse(content))
            .map_err(Refusal::OrderNotUnderstood)?;
        let seller = self.desk.seller();
        let root = seller.root_fingerprint();
        request
            .content()
            .addressed_to(seller.origin(), &root, &sender.buyer)
            .map_err(|misaddressed| {
                let asked = refusal::refused_request(request.content());
                Refusal::Misaddressed(misaddressed, Box::new(asked))
            })?;
        Ok(request)
    }

    /// Runs it in its turn, in a place among the orders: a buyer's requests wait as they do.
    async fn run_cancellation(&self, operation: CancelOnRequest) -> Result<Cancelled, Refusal> {
        let asked = refusal::refused_request(operation.request.content());
        let actor = Actor::account(&operation.sender.account);
        let place = self.places.take_one(&operation.sender.buyer)?;
        let settled = self.desk.run(&actor, operation).await?;
        drop(place);
        settled.map_err(|unfollowed| Refusal::Unfollowed(unfollowed, Box::new(asked)))
    }
}
