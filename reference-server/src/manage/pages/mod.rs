//! The dashboard's pages as pure functions of what they show.

mod call;
mod layout;
mod overview;
#[cfg(test)]
mod tests;
mod text;

pub(super) use call::call;
pub(super) use layout::{icon, message, style};
pub(super) use overview::{Overview, Row, overview};
