//! Gathering the evidence of an order: everything signed about it, each with its place in the log.
//!
//! Nothing is made here that was not signed before, except the checkpoint, which says no more than
//! what is committed.

use std::collections::BTreeMap;

use countersign_api::{
    Evidence, EvidenceDocument, EvidenceSeller, EvidenceSigned, EvidenceStatement,
};
use countersign_order::{Der, Digest, LogOrigin};
use countersign_store::{KeyRecord, LogHead, OrderRecord, StatementRecord, View};

use super::{Desk, DeskError, log};

/// Gathers all that proves what became of an order.
pub(crate) async fn gather(
    desk: &Desk,
    view: &mut dyn View,
    order: &OrderRecord,
) -> Result<Evidence, DeskError> {
    let signed_data = view.signed_data(&order.id).await?;
    let signed_data = signed_data.ok_or(DeskError::Inconsistent("order"))?;
    let asked = Signed::by(view, signed_data, &order.certificate).await?;
    let mut requests = Vec::new();
    for request in view.cancellation_requests(&order.id).await? {
        requests.push(Signed::by(view, request.signed_data, &request.certificate).await?);
    }
    let of_seller = view.seller_statement().await?;
    let of_seller = of_seller.ok_or(DeskError::Inconsistent("seller statement"))?;
    let of_order = view.statements_of(&order.id).await?;

    let of_keys = std::iter::once(&asked)
        .chain(&requests)
        .flat_map(|signed| &signed.key_statements);
    let all = [&of_seller].into_iter().chain(of_keys).chain(&of_order);
    let mut places = Places::find(view, all).await?;
    let checkpoints = places.fix_checkpoints(desk, view).await?;
    let mut cancellation_requests = Vec::with_capacity(requests.len());
    for request in requests {
        cancellation_requests.push(places.prove_signed(view, request).await?);
    }
    Ok(Evidence {
        document: EvidenceDocument::V1,
        seller: EvidenceSeller {
            root: Der::from(desk.seller().root().der().to_vec()),
            statement: places.prove(view, of_seller).await?,
        },
        order: places.prove_signed(view, asked).await?,
        statements: places.prove_all(view, of_order).await?,
        cancellation_requests,
        checkpoints,
    })
}

/// Something that the buyer signed, whose key that was, and what is stated of the key.
struct Signed {
    message: Vec<u8>,
    certificate: Vec<u8>,
    key_statements: Vec<StatementRecord>,
}

impl Signed {
    async fn by(
        view: &mut dyn View,
        message: Vec<u8>,
        certificate: &Digest,
    ) -> Result<Self, DeskError> {
        let key = view.key_by_fingerprint(certificate).await?;
        let key = key.ok_or(DeskError::Inconsistent("key"))?;
        Ok(Self {
            message,
            key_statements: key_statements(view, &key).await?,
            certificate: key.key.certificate,
        })
    }
}

/// The enrolment of a key and, if there is one, its revocation.
async fn key_statements(
    view: &mut dyn View,
    key: &KeyRecord,
) -> Result<Vec<StatementRecord>, DeskError> {
    let revocation = key.revocation.as_ref().map(|end| end.statement);
    let mut statements = Vec::new();
    for number in [Some(key.key.enrolment_statement), revocation]
        .into_iter()
        .flatten()
    {
        let statement = view.statement(number).await?;
        statements.push(statement.ok_or(DeskError::Inconsistent("key statement"))?);
    }
    Ok(statements)
}

/// The logs that hold the statements, each as of one size.
struct Places {
    logs: BTreeMap<LogOrigin, Place>,
}

struct Place {
    log: LogHead,
    /// As of which size: at first so large that it holds every statement, then the checkpoint's.
    size: u64,
}

impl Places {
    async fn find(
        view: &mut dyn View,
        statements: impl Iterator<Item = &StatementRecord>,
    ) -> Result<Self, DeskError> {
        let logs = view.logs().await?;
        let mut places: BTreeMap<LogOrigin, Place> = BTreeMap::new();
        for statement in statements {
            let (log, leaf) = logs
                .iter()
                .find_map(|log| Some((log, log.leaf_of(statement.number)?)))
                .ok_or(DeskError::Inconsistent("log"))?;
            let place = places.entry(log.origin.clone()).or_insert_with(|| Place {
                log: log.clone(),
                size: 0,
            });
            place.size = place.size.max(leaf + 1);
        }
        Ok(Self { logs: places })
    }

    /// Chooses each log's checkpoint, and gives them as signed notes.
    async fn fix_checkpoints(
        &mut self,
        desk: &Desk,
        view: &mut dyn View,
    ) -> Result<Vec<String>, DeskError> {
        let mut notes = Vec::new();
        for place in self.logs.values_mut() {
            let (size, checkpoint) =
                log::most_witnessed(desk, view, &place.log, place.size).await?;
            place.size = size;
            notes.push(checkpoint.to_string());
        }
        Ok(notes)
    }

    async fn prove_signed(
        &self,
        view: &mut dyn View,
        signed: Signed,
    ) -> Result<EvidenceSigned, DeskError> {
        Ok(EvidenceSigned {
            signed_data: Der::from(signed.message),
            certificate: Der::from(signed.certificate),
            key_statements: self.prove_all(view, signed.key_statements).await?,
        })
    }

    async fn prove_all(
        &self,
        view: &mut dyn View,
        statements: Vec<StatementRecord>,
    ) -> Result<Vec<EvidenceStatement>, DeskError> {
        let mut proved = Vec::with_capacity(statements.len());
        for statement in statements {
            proved.push(self.prove(view, statement).await?);
        }
        Ok(proved)
    }

    async fn prove(
        &self,
        view: &mut dyn View,
        statement: StatementRecord,
    ) -> Result<EvidenceStatement, DeskError> {
        let (place, leaf) = self
            .logs
            .values()
            .find_map(|place| Some((place, place.log.leaf_of(statement.number)?)))
            .ok_or(DeskError::Inconsistent("log"))?;
        let proof = log::prove_inclusion(view, &place.log, leaf, place.size).await?;
        Ok(EvidenceStatement {
            log: place.log.origin.clone(),
            leaf,
            entry: statement.sha256,
            proof: proof.hashes().to_vec(),
            statement: Der::from(statement.der),
        })
    }
}
