//! The SQL of accepts: a batch is one statement, and so one transaction and one flush of the log.

use std::collections::{BTreeMap, HashSet};

use super::lane::Delivery;
use super::session::Session;
use crate::store::digest::Digest;
use crate::store::{Acceptance, StoreError};

/// Waits for a concurrent transaction that has inserted the same key, and so never calls an event a duplicate whose original
/// is not committed. No other conflict is passed over: it would take an event that is nowhere for a known one.
const INSERT: &str = "
WITH fresh AS (
    INSERT INTO event (key_hash, call_id, event_type, timestamp, body)
    SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
    ON CONFLICT (key_hash) DO NOTHING
    RETURNING id, key_hash
), queued AS (
    INSERT INTO work (event_id, task) SELECT id, 0 FROM fresh
)
SELECT key_hash FROM fresh";

/// Which of these copies are not what was stored. A statement of its own, because the first one does not see what was
/// committed while it waited.
const COMPARE: &str = "
SELECT copy.number FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS copy (key_hash, body, number)
JOIN event USING (key_hash) WHERE event.body <> copy.body";

/// Records the events whose keys are unknown, and queues them. Answers in the order of the batch.
pub(super) async fn accept(
    session: &Session,
    batch: &[Delivery],
) -> Result<Vec<Acceptance>, StoreError> {
    // Sorted by key: receivers that insert the same keys at the same time wait for each other in one direction only.
    let mut firsts: BTreeMap<&Digest, &Delivery> = BTreeMap::new();
    for delivery in batch {
        firsts.entry(&delivery.hash).or_insert(delivery);
    }
    let fresh = insert(session, &firsts).await?;
    let known: Vec<&Delivery> = batch
        .iter()
        .filter(|delivery| !fresh.contains(&delivery.hash))
        .collect();
    let mut altered = compare(session, &known).await?.into_iter();
    let acceptance = |delivery: &Delivery| {
        if !fresh.contains(&delivery.hash) {
            return Acceptance::Duplicate {
                altered: altered.next().unwrap_or(false),
            };
        }
        match firsts.get(&delivery.hash) {
            Some(first) if !std::ptr::eq(*first, delivery) => Acceptance::Duplicate {
                altered: first.body != delivery.body,
            },
            _ => Acceptance::New,
        }
    };
    Ok(batch.iter().map(acceptance).collect())
}

async fn insert(
    session: &Session,
    firsts: &BTreeMap<&Digest, &Delivery>,
) -> Result<HashSet<Digest>, StoreError> {
    let column = |part: fn(&Delivery) -> &[u8]| -> Vec<&[u8]> {
        firsts.values().map(|delivery| part(delivery)).collect()
    };
    let rows = session
        .query(
            INSERT,
            &[
                &column(|delivery| &delivery.hash),
                &column(|delivery| delivery.key.call_id.as_bytes()),
                &column(|delivery| delivery.key.event_type.as_bytes()),
                &column(|delivery| delivery.key.timestamp.as_bytes()),
                &column(|delivery| &delivery.body),
            ],
        )
        .await?;
    let mut fresh = HashSet::with_capacity(rows.len());
    for row in &rows {
        let hash: &[u8] = row.try_get(0)?;
        fresh.extend(Digest::try_from(hash));
    }
    Ok(fresh)
}

/// Whether each copy differs from what was stored. Of a forgotten event nothing is left to differ from.
async fn compare(session: &Session, copies: &[&Delivery]) -> Result<Vec<bool>, StoreError> {
    let mut altered = vec![false; copies.len()];
    if copies.is_empty() {
        return Ok(altered);
    }
    let hashes: Vec<&[u8]> = copies.iter().map(|copy| copy.hash.as_slice()).collect();
    let bodies: Vec<&[u8]> = copies.iter().map(|copy| &*copy.body).collect();
    for row in session.query(COMPARE, &[&hashes, &bodies]).await? {
        let number: i64 = row.try_get(0)?;
        let found = usize::try_from(number - 1).ok();
        if let Some(copy) = found.and_then(|index| altered.get_mut(index)) {
            *copy = true;
        }
    }
    Ok(altered)
}
