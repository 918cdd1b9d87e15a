//! The tables.
//!
//! As in the SQLite store, `event` is the idempotency record and the queue entry's content in one, and never changes; what is
//! still to be done stands in `work`, what was done in `effect`.
//!
//! - The unique key is the hash of the triple, because an index takes no text of any length. The triple stands beside it as
//!   bytes: text cannot hold U+0000, and sorts as the database's collation likes.
//! - A forgotten event keeps its row, with hash and time and nothing else. So a late copy meets the same unique key as every
//!   other copy does, whichever receiver it comes to.
//! - Nothing refers to `event` by a foreign key: the check would cost each accept as much as its row does.

use tokio_postgres::Client;

use super::session::Session;
use crate::store::StoreError;

const VERSION: i64 = 1;

/// Whoever holds it creates the tables. Any number does, as long as nobody else's program uses it in this database.
const CREATING: i64 = 0x6861_6d73_6100;

const TABLES: &str = "
CREATE TABLE hamsa.layout (version bigint NOT NULL);

CREATE TABLE hamsa.event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_hash    bytea NOT NULL UNIQUE,
    call_id     bytea,
    event_type  bytea,
    timestamp   bytea,
    body        bytea,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp()
-- Bodies of usual size stay in the row, and nobody waits until one is compressed.
) WITH (toast_tuple_target = 8160);
ALTER TABLE hamsa.event ALTER COLUMN body SET STORAGE EXTERNAL;
-- For `forget`: events of a call come close together, and a summary of pages costs an accept next to nothing.
CREATE INDEX event_call ON hamsa.event USING brin (call_id bytea_bloom_ops) WITH (autosummarize = on);

CREATE TABLE hamsa.work (
    event_id bigint NOT NULL,
    task     smallint NOT NULL,
    attempt  integer NOT NULL DEFAULT 0,
    held     boolean NOT NULL DEFAULT false,
    due_at   timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (event_id, task)
-- A queue leaves as many dead rows as it has seen, however short it is.
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX work_due ON hamsa.work (task, due_at, event_id);

CREATE TABLE hamsa.effect (
    event_id   bigint PRIMARY KEY,
    call_id    bytea NOT NULL,
    event_type bytea NOT NULL,
    timestamp  bytea NOT NULL,
    kind       text NOT NULL,
    data       text NOT NULL
);
-- A beginning of any length finds and sorts as the whole does, and the rest is compared in the row.
CREATE INDEX effect_call ON hamsa.effect (substring(call_id FROM 1 FOR 512));

CREATE TABLE hamsa.dead_letter (
    event_id bigint NOT NULL,
    task     smallint NOT NULL,
    attempts integer NOT NULL,
    reason   text NOT NULL,
    died_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (event_id, task)
);
";

/// Creates the tables in a new database. Any number of receivers may do so at the same time.
///
/// # Errors
///
/// [`StoreError::Version`] when another version of the receiver made them.
pub(super) async fn prepare(session: &mut Session) -> Result<(), StoreError> {
    let transaction = session.transaction().await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&CREATING])
        .await?;
    let found: Option<String> = transaction
        .query_one("SELECT to_regclass('hamsa.layout')::text", &[])
        .await?
        .try_get(0)?;
    if found.is_none() {
        // Somebody with more rights may have made the schema for us.
        let schema: Option<String> = transaction
            .query_one("SELECT to_regnamespace('hamsa')::text", &[])
            .await?
            .try_get(0)?;
        if schema.is_none() {
            transaction.batch_execute("CREATE SCHEMA hamsa").await?;
        }
        transaction.batch_execute(TABLES).await?;
        transaction
            .execute("INSERT INTO hamsa.layout VALUES ($1)", &[&VERSION])
            .await?;
    }
    let found: i64 = transaction
        .query_one("SELECT version FROM hamsa.layout", &[])
        .await?
        .try_get(0)?;
    if found != VERSION {
        return Err(StoreError::Version {
            found,
            known: VERSION,
        });
    }
    Ok(transaction.commit().await?)
}

/// Writes what is written already: proves that a commit succeeds, and changes nothing.
pub(super) async fn rewrite_version(client: &Client) -> Result<(), StoreError> {
    client
        .execute("UPDATE layout SET version = version", &[])
        .await?;
    Ok(())
}
