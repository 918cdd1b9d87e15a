//! The default store: one SQLite file, fsynced before every acknowledgement.
//!
//! | file | holds |
//! |---|---|
//! | `layout` | tables, views, pragmas |
//! | `writer` | the one thread that makes every write, in groups: one transaction, one fsync |
//! | `group`  | what it is asked to do, and what of it one transaction takes |
//! | `statements` | the SQL of accepts and conclusions |
//! | `upkeep` | the SQL of what is rare: revive, prune, forget |
//! | `identity` | whether the open file is still the one at its path |
//! | `desk`   | what the writer tells the leasing side: new work and who holds what |
//! | `reader` | the queries |
//! | `handle` | [`SqliteStore`], which ties them together |

mod desk;
mod group;
mod handle;
mod identity;
mod layout;
mod reader;
mod statements;
#[cfg(test)]
mod tests;
mod upkeep;
mod writer;

pub use handle::SqliteStore;
