//! What a Redis promises: whether events may be given to it, and what an acknowledgement then means.

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, cmd};

use super::link::Link;
use crate::store::StoreError;

/// What Redis told of itself. `None` is what it did not tell: hosted ones forbid `CONFIG`.
#[derive(Debug, Default)]
struct Report {
    is_replica: bool,
    policy: Option<String>,
    keeps_log: Option<bool>,
    fsync: Option<String>,
    /// Whether fsyncs stop while the log is rewritten.
    pauses_fsync: bool,
}

/// What an acknowledgement means.
#[derive(Debug, PartialEq, Eq)]
enum Promise {
    Durable,
    Less(&'static str),
}

/// Refuses a Redis that forgets, and says in the log what an acknowledgement means.
pub(super) async fn examine(link: &Link) -> Result<(), StoreError> {
    let report = link
        .ask(async |mut connection| report(&mut connection).await)
        .await?;
    if report.policy.is_none() {
        tracing::warn!("Redis does not tell its maxmemory-policy; it must be noeviction");
    }
    match judge(&report)? {
        Promise::Durable => {
            tracing::info!("an acknowledged event is on Redis's disk (appendfsync always)");
        }
        Promise::Less(what) => tracing::warn!("an acknowledged event can be lost: {what}"),
    }
    Ok(())
}

async fn report(connection: &mut MultiplexedConnection) -> RedisResult<Report> {
    let info: String = cmd("INFO").query_async(connection).await?;
    let told = |name: &str| {
        let lines = info.lines().filter_map(|line| line.split_once(':'));
        let mut values = lines.filter(|(found, _)| *found == name);
        values.next().map(|(_, value)| value.trim().to_owned())
    };
    Ok(Report {
        is_replica: told("role").is_some_and(|role| role != "master"),
        policy: told("maxmemory_policy"),
        keeps_log: told("aof_enabled").map(|enabled| enabled == "1"),
        fsync: setting(connection, "appendfsync").await?,
        pauses_fsync: setting(connection, "no-appendfsync-on-rewrite").await? == Some("yes".into()),
    })
}

async fn setting(
    connection: &mut MultiplexedConnection,
    name: &str,
) -> RedisResult<Option<String>> {
    let answer: RedisResult<Vec<String>> = cmd("CONFIG")
        .arg("GET")
        .arg(name)
        .query_async(connection)
        .await;
    match answer {
        Ok(pair) => Ok(pair.into_iter().nth(1)),
        Err(error) if error.is_io_error() => Err(error),
        Err(_) => Ok(None),
    }
}

fn judge(report: &Report) -> Result<Promise, StoreError> {
    if report.is_replica {
        return Err(StoreError::Unfit(
            "this Redis is a replica, which takes no writes".to_owned(),
        ));
    }
    if let Some(policy) = report.policy.as_deref().filter(|it| *it != "noeviction") {
        return Err(StoreError::Unfit(format!(
            "its maxmemory-policy is {policy}, which throws keys away when memory is short; set noeviction"
        )));
    }
    Ok(match (report.keeps_log, report.fsync.as_deref()) {
        (Some(false), _) => Promise::Less(
            "appendonly is off, so a crash of Redis takes all since its last snapshot, if it makes any",
        ),
        (_, Some("always")) if report.pauses_fsync => Promise::Less(
            "appendfsync is always, but no-appendfsync-on-rewrite stops it while the log is rewritten",
        ),
        (_, Some("always")) => Promise::Durable,
        (_, Some("everysec")) => Promise::Less(
            "appendfsync is everysec, so a crash of Redis or its machine takes about the last second, two at worst",
        ),
        (_, Some(_)) => Promise::Less(
            "appendfsync is no, so a crash of its machine takes what the kernel has not written, often 30 seconds",
        ),
        (_, None) => Promise::Less(
            "this Redis does not tell its appendfsync; it should be always, and everysec takes about a second",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit() -> Report {
        Report {
            is_replica: false,
            policy: Some("noeviction".to_owned()),
            keeps_log: Some(true),
            fsync: Some("always".to_owned()),
            pauses_fsync: false,
        }
    }

    #[test]
    fn what_evicts_or_takes_no_writes_is_refused() {
        for policy in ["allkeys-lru", "volatile-ttl"] {
            let report = Report {
                policy: Some(policy.to_owned()),
                ..fit()
            };
            assert!(judge(&report).unwrap_err().to_string().contains(policy));
        }
        let replica = Report {
            is_replica: true,
            ..fit()
        };
        assert!(matches!(judge(&replica), Err(StoreError::Unfit(_))));
    }

    #[test]
    fn only_an_fsync_before_each_answer_is_called_durable() {
        assert_eq!(judge(&fit()).unwrap(), Promise::Durable);
        let says = |report: Report, part: &str| match judge(&report).unwrap() {
            Promise::Less(what) => assert!(what.contains(part), "{what}"),
            Promise::Durable => panic!("{report:?} is not durable"),
        };
        for (fsync, part) in [("everysec", "second"), ("no", "kernel")] {
            let fsync = Some(fsync.to_owned());
            says(Report { fsync, ..fit() }, part);
        }
        says(Report::default(), "does not tell");
        let keeps_log = Some(false);
        says(Report { keeps_log, ..fit() }, "snapshot");
        let pauses_fsync = true;
        says(
            Report {
                pauses_fsync,
                ..fit()
            },
            "rewritten",
        );
    }
}
