//! The store that any number of receivers share: a PostgreSQL database.
//!
//! PostgreSQL does what the other stores do in memory. The unique key decides races between receivers, rows of `work` are the
//! lease book, and the database's clock says what is due.
//!
//! | file | holds |
//! |---|---|
//! | `endpoint` | where the database is, and what every session with it begins with |
//! | `fitness` | whether the database keeps what an acknowledgement promises |
//! | `session` | one connection: prepared statements, one transaction each, within a time |
//! | `link`   | a session that comes back after it was lost |
//! | `layout` | the tables |
//! | `lane`   | takes the deliveries that wait, and answers them after their commit |
//! | `accept` | the SQL of accepts |
//! | `desk`   | who leases next, and what happens to leases that nobody waits for any more |
//! | `work`   | the SQL of leases and conclusions |
//! | `queries` | the SQL of what is read |
//! | `upkeep` | the SQL of what is rare: revive, prune, forget |
//! | `failure` | what of a database's errors is shown |
//! | `handle` | [`PostgresStore`], which ties them together |

mod accept;
mod desk;
mod endpoint;
mod failure;
mod fitness;
mod handle;
mod lane;
mod layout;
mod link;
mod queries;
mod session;
#[cfg(test)]
mod tests;
mod upkeep;
mod work;

pub use handle::PostgresStore;
