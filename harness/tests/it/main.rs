//! Integration tests of the harness: the real binary against real receivers.

mod cli;
mod generated;
mod kill_matrix;
mod layering;
mod render;
mod support;
mod tls;
