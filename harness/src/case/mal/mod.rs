//! MAL: what is no event has no effect, and the receiver keeps serving (RB).

mod content;
mod data;
mod encoded;
mod fuzz;
mod identity;
mod members;
mod shape;
mod size;
mod syntax;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    shape::CASES,
    syntax::CASES,
    content::CASES,
    size::CASES,
    identity::CASES,
    members::CASES,
    encoded::CASES,
    data::CASES,
    fuzz::CASES,
];
