//! An account's keys: listed, enrolled, revoked.

mod challenge;
mod enrol;
mod label;
mod list;
mod revoke;

use countersign_api::{KeyState, KeyView};
use countersign_store::KeyRecord;

pub(super) use challenge::challenge;
pub(super) use enrol::enrol;
pub(super) use label::label;
pub(super) use list::list;
pub(super) use revoke::revoke;

pub(crate) fn view(record: KeyRecord) -> KeyView {
    let KeyRecord { key, revocation } = record;
    KeyView {
        id: key.id,
        account: key.account,
        algorithm: key.algorithm,
        key_fingerprint: key.key_sha256,
        certificate_fingerprint: key.certificate_sha256,
        label: key.label,
        ends_at: key.ends_at,
        state: match revocation {
            Some(_) => KeyState::Revoked,
            None => KeyState::Active,
        },
        enrolled_at: key.enrolled_at,
        revoked_at: revocation.map(|revocation| revocation.at),
    }
}
