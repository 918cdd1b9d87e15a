//! The profile: what the user declares about the receiver, and how it is to be judged.

mod declared;
mod selection;

pub use declared::{Auth, Demanded, Exposure, Profile};
pub use selection::Selection;
