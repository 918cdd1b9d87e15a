//! A Redis with this store in it: two connections, the names, the scripts.

use redis::{Script, pipe};

use super::link::Link;
use super::names::Names;
use super::{address, fitness};
use crate::store::StoreError;

/// Of the layout, and of what the scripts leave behind.
const VERSION: i64 = 1;

macro_rules! script {
    ($file:literal) => {
        Script::new(concat!(include_str!("common.lua"), include_str!($file)))
    };
}

pub(super) struct Scripts {
    pub(super) accept: Script,
    pub(super) lease: Script,
    pub(super) conclude: Script,
    pub(super) revive: Script,
    pub(super) prune: Script,
    pub(super) forget: Script,
    pub(super) depth: Script,
}

pub(super) struct Database {
    /// For accepts alone, so that none waits behind a page of effects.
    pub(super) front: Link,
    pub(super) back: Link,
    pub(super) names: Names,
    pub(super) scripts: Scripts,
}

impl Database {
    /// Connects, and refuses a Redis that would not keep what it is given.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let (client, names) = address::parse(url)?;
        let database = Self {
            front: Link::new(client.clone()),
            back: Link::new(client),
            names,
            scripts: Scripts {
                accept: script!("accept.lua"),
                lease: script!("lease.lua"),
                conclude: script!("conclude.lua"),
                revive: script!("revive.lua"),
                prune: script!("prune.lua"),
                forget: script!("forget.lua"),
                depth: script!("depth.lua"),
            },
        };
        fitness::examine(&database.front).await?;
        database.check_version().await?;
        Ok(database)
    }

    async fn check_version(&self) -> Result<(), StoreError> {
        let name = self.names.version();
        let mut commands = pipe();
        commands.set_nx(&name, VERSION).ignore().get(&name);
        let (found,): (i64,) = self.front.send(&commands).await?;
        if found == VERSION {
            Ok(())
        } else {
            Err(StoreError::Version {
                found,
                known: VERSION,
            })
        }
    }

    /// Writes something, as an accept would.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let mut commands = pipe();
        commands.set(self.names.checked(), VERSION).ignore();
        self.front.send(&commands).await
    }
}
