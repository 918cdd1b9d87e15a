//! `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=NAME]`, or `rediss://` for TLS.

use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, parse_redis_url};

use super::names::Names;
use crate::store::StoreError;

const DEFAULT_PREFIX: &str = "hamsa";
const LONGEST_PREFIX: usize = 64;

/// Where Redis is, and under which prefix this store's keys are.
pub(super) fn parse(url: &str) -> Result<(Client, Names), StoreError> {
    let mut url = parse_redis_url(url).ok_or_else(|| unfit("its URL cannot be read"))?;
    let mut prefix = DEFAULT_PREFIX.to_owned();
    for (name, value) in url.query_pairs() {
        // The name is not repeated: a password with a `?` in it may end up here.
        if name != "prefix" {
            return Err(unfit("its URL has a parameter other than `prefix`"));
        }
        prefix = value.into_owned();
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if prefix.is_empty() || prefix.len() > LONGEST_PREFIX || !prefix.chars().all(is_plain) {
        return Err(unfit(
            "the prefix in its URL is not 1 to 64 letters, digits, `-`, `_` or `.`",
        ));
    }
    url.set_query(None);
    if url.scheme() == "rediss" {
        // Fails only where the process has chosen one before.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    }
    // A group is longer than a packet, and its end must not wait until its beginning is acknowledged.
    let settings = TcpSettings::default().set_nodelay(true);
    let address = url.into_connection_info()?.set_tcp_settings(settings);
    Ok((Client::open(address)?, Names::new(&prefix)))
}

fn unfit(why: &str) -> StoreError {
    StoreError::Unfit(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_taken_from_the_url() {
        let names = |url: &str| parse(url).map(|(_, names)| names);
        assert_eq!(names("redis://h").unwrap(), Names::new("hamsa"));
        assert_eq!(
            names("rediss://u:p@h:1/2?prefix=a.b-c_D").unwrap(),
            Names::new("a.b-c_D")
        );
        for url in [
            "redis://h?prefix=",
            "redis://h?prefix=a%7Db",
            "redis://h?perfix=a",
            "redis://:hunter2@h/x",
            "redis://:hunter2@",
            "redis://:hunter2?@h",
        ] {
            let error = names(url).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
