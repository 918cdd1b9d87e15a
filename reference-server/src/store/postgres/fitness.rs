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
    let commit = row.try_get(0)?;
    if let Some(why) = objection(commit, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?) {
        return Err(StoreError::Unfit(why.to_owned()));
    }
    client
        .execute(
            "SELECT set_config('synchronous_commit', $1, false)",
            &[&pinned(commit)],
        )
        .await?;
    Ok(())
}

fn objection(commit: &str, fsync: &str, encoding: &str, version: i32) -> Option<&'static str> {
    if commit == "off" {
        Some("synchronous_commit is off, so a commit may be lost after it was acknowledged")
    } else if fsync == "off" {
        Some("fsync is off, so a power failure may lose or damage everything")
    } else if encoding != "UTF8" {
        Some("its encoding is not UTF8")
    } else if version < OLDEST {
        Some("it is older than PostgreSQL 14")
    } else {
        None
    }
}

/// `remote_apply` promises more than `on`, and `remote_write` and `local` less.
fn pinned(commit: &str) -> &str {
    if commit == "remote_apply" {
        commit
    } else {
        "on"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_lose_a_commit_is_refused() {
        assert_eq!(objection("on", "on", "UTF8", 140_000), None);
        assert_eq!(objection("local", "on", "UTF8", 170_001), None);
        for (commit, fsync, encoding, version) in [
            ("off", "on", "UTF8", 150_018),
            ("on", "off", "UTF8", 150_018),
            ("on", "on", "SQL_ASCII", 150_018),
            ("on", "on", "UTF8", 130_020),
        ] {
            assert!(objection(commit, fsync, encoding, version).is_some());
        }
    }

    #[test]
    fn a_session_never_promises_less_than_on() {
        for (found, pins) in [("on", "on"), ("local", "on"), ("remote_write", "on")] {
            assert_eq!(pinned(found), pins);
        }
        assert_eq!(pinned("remote_apply"), "remote_apply");
    }
}
