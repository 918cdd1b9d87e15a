//! What a receiver has to keep: the requirements and the clauses they are made of.

mod clauses;
mod statements;
mod unchecked;

pub use clauses::{CLAUSES, Clause, clause_by_id};
pub use statements::{Requirement, requirement};
pub use unchecked::{Reason, Unchecked};
