//! The default store: one SQLite file, fsynced before every acknowledgement.
//!
//! | file | holds |
//! |---|---|
//! | `layout` | tables, views, pragmas |
//! | `writer` | the one thread that makes every write, in groups: one transaction, one fsync |
//! | `desk`   | what the writer tells the leasing side: new work and who holds what |
//! | `reader` | the queries |
//! | `handle` | [`SqliteStore`], which ties them together |

mod desk;
mod handle;
mod layout;
mod reader;
mod writer;

pub use handle::SqliteStore;
