//! The SQL of leases and conclusions.
//!
//! A row of `work` is the fence. Every lease raises its attempt, and a conclusion only finds the row while its own attempt
//! holds it; what follows from the conclusion is part of the same statement.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use tokio_postgres::Row;

use super::failure::failure;
use super::queries::key;
use super::session::Session;
use crate::store::{Conclusion, Effect, LEASED_BYTES, Lease, StoreError, Task};

/// Longer ones would not fit the database's calendar.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);

/// A duration as the database counts them.
pub(super) fn seconds(duration: Duration) -> f64 {
    duration.min(LONGEST).as_secs_f64()
}

const LEASE: &str = "
WITH due AS (
    SELECT event_id, due_at FROM work WHERE task = $1 AND due_at <= statement_timestamp()
    ORDER BY due_at, event_id LIMIT $2 FOR UPDATE SKIP LOCKED
), sized AS (
    SELECT event_id, due_at,
           sum(octet_length(body)) OVER (ORDER BY due_at, event_id) - octet_length(body) AS before
    FROM due JOIN event ON id = event_id
), leased AS (
    UPDATE work SET attempt = attempt + 1, held = true,
                    due_at = statement_timestamp() + make_interval(secs => $3)
    FROM sized WHERE work.event_id = sized.event_id AND work.task = $1 AND sized.before < $4
    RETURNING work.event_id, work.attempt, sized.due_at
)
SELECT call_id, event_type, timestamp, body, event_id, attempt
FROM leased JOIN event ON id = event_id ORDER BY leased.due_at, event_id";

/// Leases up to `limit` due events, the longest due first. What another receiver is leasing just now is passed over.
pub(super) async fn lease(
    session: &Session,
    task: Task,
    limit: usize,
    hold: Duration,
) -> Result<Vec<Lease>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session
        .query(
            LEASE,
            &[&code(task), &limit, &seconds(hold), &(LEASED_BYTES as i64)],
        )
        .await?;
    rows.iter().map(|row| leased(row, task)).collect()
}

fn leased(row: &Row, task: Task) -> Result<Lease, StoreError> {
    let attempt: i32 = row.try_get(5)?;
    Ok(Lease {
        id: row.try_get(4)?,
        task,
        attempt: attempt.unsigned_abs(),
        key: key(row)?,
        body: Bytes::from(row.try_get::<_, Vec<u8>>(3)?),
    })
}

const GIVE_BACK: &str = "
UPDATE work SET attempt = work.attempt - 1, held = false, due_at = statement_timestamp()
FROM unnest($1::bigint[], $2::smallint[], $3::integer[]) AS given (event_id, task, attempt)
WHERE work.event_id = given.event_id AND work.task = given.task AND work.attempt = given.attempt AND held";

/// Undoes leases that no worker has seen.
pub(super) async fn give_back(session: &Session, leases: &[Lease]) -> Result<(), StoreError> {
    let columns = Columns::of(leases.iter())?;
    session
        .query(
            GIVE_BACK,
            &[&columns.event_ids, &columns.tasks, &columns.attempts],
        )
        .await?;
    Ok(())
}

const CONCLUDE: &str = "
WITH asked AS (
    SELECT * FROM unnest(
        $1::bigint[], $2::smallint[], $3::integer[], $4::float8[], $5::text[],
        $6::bytea[], $7::bytea[], $8::bytea[], $9::text[], $10::text[]
    ) AS asked (event_id, task, attempt, retry_after, reason, call_id, event_type, timestamp, kind, data)
), waiting AS (
    UPDATE work SET held = false, due_at = statement_timestamp() + make_interval(secs => retry_after)
    FROM asked WHERE work.event_id = asked.event_id AND work.task = asked.task
        AND work.attempt = asked.attempt AND held AND retry_after IS NOT NULL
    RETURNING 1
), ended AS (
    DELETE FROM work USING asked WHERE work.event_id = asked.event_id AND work.task = asked.task
        AND work.attempt = asked.attempt AND held AND retry_after IS NULL
    RETURNING asked.*
), done AS (
    INSERT INTO effect (event_id, call_id, event_type, timestamp, kind, data)
    SELECT event_id, call_id, event_type, timestamp, kind, data FROM ended WHERE kind IS NOT NULL
), dead AS (
    INSERT INTO dead_letter (event_id, task, attempts, reason)
    SELECT event_id, task, attempt, reason FROM ended WHERE reason IS NOT NULL
), next AS (
    INSERT INTO work (event_id, task)
    SELECT ended.event_id, follow_up.task
    FROM unnest($11::bigint[], $12::smallint[], $13::smallint[]) AS follow_up (event_id, ended, task)
    JOIN ended ON ended.event_id = follow_up.event_id AND ended.task = follow_up.ended
    ON CONFLICT (event_id, task) DO NOTHING
)
SELECT (SELECT count(*) FROM waiting) + (SELECT count(*) FROM ended)";

/// Ends leases; returns how many still held their event.
pub(super) async fn conclude(
    session: &Session,
    concluded: &[(Lease, Conclusion)],
) -> Result<usize, StoreError> {
    // In key order, as always. Of two conclusions of one lease the first counts.
    let mut firsts = BTreeMap::new();
    for (lease, conclusion) in concluded {
        let fence = (lease.id, lease.task, lease.attempt);
        firsts.entry(fence).or_insert((lease, conclusion));
    }
    let columns = Columns::of(firsts.values().map(|(lease, _)| *lease))?;
    let mut outcomes = Outcomes::default();
    for (lease, conclusion) in firsts.into_values() {
        outcomes.add(lease, conclusion);
    }
    let rows = session
        .query(
            CONCLUDE,
            &[
                &columns.event_ids,
                &columns.tasks,
                &columns.attempts,
                &outcomes.retry_after,
                &outcomes.reasons,
                &columns.call_ids,
                &columns.event_types,
                &columns.timestamps,
                &outcomes.kinds,
                &outcomes.data,
                &outcomes.next_event_ids,
                &outcomes.next_ended,
                &outcomes.next_tasks,
            ],
        )
        .await?;
    let applied: i64 = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => 0,
    };
    Ok(usize::try_from(applied).unwrap_or(0))
}

/// Leases, column by column.
#[derive(Default)]
struct Columns<'a> {
    event_ids: Vec<i64>,
    tasks: Vec<i16>,
    attempts: Vec<i32>,
    call_ids: Vec<&'a [u8]>,
    event_types: Vec<&'a [u8]>,
    timestamps: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(leases: impl Iterator<Item = &'a Lease>) -> Result<Self, StoreError> {
        let mut columns = Self::default();
        for lease in leases {
            columns.event_ids.push(lease.id);
            columns.tasks.push(code(lease.task));
            let attempt = i32::try_from(lease.attempt);
            let attempt = attempt.map_err(|_| failure("a lease of another store"))?;
            columns.attempts.push(attempt);
            columns.call_ids.push(lease.key.call_id.as_bytes());
            columns.event_types.push(lease.key.event_type.as_bytes());
            columns.timestamps.push(lease.key.timestamp.as_bytes());
        }
        Ok(columns)
    }
}

/// Conclusions, column by column, and their follow-ups.
#[derive(Default)]
struct Outcomes {
    retry_after: Vec<Option<f64>>,
    reasons: Vec<Option<String>>,
    kinds: Vec<Option<&'static str>>,
    data: Vec<Option<String>>,
    next_event_ids: Vec<i64>,
    next_ended: Vec<i16>,
    next_tasks: Vec<i16>,
}

impl Outcomes {
    fn add(&mut self, lease: &Lease, conclusion: &Conclusion) {
        let (mut retry_after, mut reason, mut done) = (None, None, None);
        match conclusion {
            Conclusion::Done { effect, next } => {
                done = effect.as_ref();
                for task in next {
                    self.next_event_ids.push(lease.id);
                    self.next_ended.push(code(lease.task));
                    self.next_tasks.push(code(*task));
                }
            }
            Conclusion::Retry { after } => retry_after = Some(seconds(*after)),
            // Text of the database cannot hold U+0000.
            Conclusion::Dead { reason: why } => reason = Some(why.replace('\0', "\u{fffd}")),
        }
        self.retry_after.push(retry_after);
        self.reasons.push(reason);
        self.kinds.push(done.map(|Effect { kind, .. }| *kind));
        self.data
            .push(done.map(|Effect { data, .. }| data.to_string()));
    }
}

pub(super) fn code(task: Task) -> i16 {
    i16::from(task.code())
}
