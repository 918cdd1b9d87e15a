//! Whether the database keeps what an acknowledgement promises.

use tokio_postgres::Client;

use crate::store::StoreError;

/// The indexes of the layout need it; older ones have reached their end of life.
const OLDEST: i32 = 140_000;

/// Refuses a server, database or role under which a commit may be lost, and pins the setting that a session can pin: a
/// configuration that is reloaded does not change it.
///
/// # Errors
///
/// [`StoreError::Unfit`], and what the database answers.
pub(super) async fn require(client: &Client) -> Result<(), StoreError> {
    let row = client
        .query_one(
            "SELECT current_setting('synchronous_commit'), current_setting('fsync'),
                    current_setting('server_encoding'), current_setting('server_version_num')::int4",
            &[],
        )
        .await?;
    let (commit, fsync, encoding, version): (&str, &str, &str, i32) = (
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
    );
    let unfit = if commit == "off" {
        "synchronous_commit is off, so a commit may be lost after it was acknowledged"
    } else if fsync == "off" {
        "fsync is off, so a power failure may lose or damage everything"
    } else if encoding != "UTF8" {
        "its encoding is not UTF8"
    } else if version < OLDEST {
        "it is older than PostgreSQL 14"
    } else {
        // `remote_apply` promises more, and the other values less or the same.
        let pinned = if commit == "remote_apply" {
            commit
        } else {
            "on"
        };
        client
            .execute(
                "SELECT set_config('synchronous_commit', $1, false)",
                &[&pinned],
            )
            .await?;
        return Ok(());
    };
    Err(StoreError::Unfit(unfit.to_owned()))
}
