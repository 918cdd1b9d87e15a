//! The store in a Redis that any number of receivers share. A Redis that speaks like version 5 or later serves, Valkey too.
//!
//! | file | holds |
//! |---|---|
//! | `address` | the URL |
//! | `fitness` | whether a Redis keeps what it is given, and what an acknowledgement means there |
//! | `link` | a connection that comes back by itself, and how long anything may take |
//! | `names` | what is under which key |
//! | `sortable` | idempotency keys as byte strings of the same order |
//! | `database` | all of these and the scripts, as one thing; its functions stand in the next four |
//! | `accepting` | accepts, in groups: `accept.lua` |
//! | `working` | leases and conclusions: `lease.lua`, `conclude.lua` |
//! | `reading` | the queries, and `depth.lua` |
//! | `upkeep` | `revive.lua`, `prune.lua`, `forget.lua` |
//! | `desk` | where workers wait |
//! | `taking` | leases on their way to a worker |
//! | `handle` | [`RedisStore`], which ties them together |
//!
//! # Layout
//!
//! An event is one hash, named by the SHA-256 of its key, so that to look a key up and to insert it is one step: `id`,
//! `received` (ms), `key`, `body`; with an effect `kind` and `data`; per task in work `tried:T` (leases so far) and `held:T` (the attempt
//! that holds it now: the fence); per dead letter `reason:T`. A forgotten event keeps `received` only.
//!
//! Around it stand sorted sets: `queue:T` by due time, `received` by age, `keys` in byte order, `dead` by id. Every change is
//! one script, and every time in it is that of Redis.
//!
//! Queues are sorted sets rather than streams: a stream has no place for an event that is due later, so retries would need a sorted
//! set beside it and a mover between the two, and its pending list counts deliveries but does not fence them. Here a lease, its end and a
//! retry are all a due time, which is the whole of it.

mod accepting;
mod address;
mod database;
mod desk;
mod error;
mod fitness;
mod handle;
mod link;
mod names;
mod reading;
mod sortable;
mod taking;
#[cfg(test)]
mod tests;
mod upkeep;
mod working;

pub use handle::RedisStore;
