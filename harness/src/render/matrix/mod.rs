//! Renderings of the kill matrix: what `selftest` prints, and the page it writes.

mod page;
mod text;
mod words;

pub use page::matrix_page;
pub use text::{matrix_text, sighting_line};
