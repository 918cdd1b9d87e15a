//! Integration tests of the harness: the real binary against real receivers.

mod cli;
mod kill_matrix;
mod render;
mod support;
