//! Integration tests of the harness: the real binary against real receivers.

mod commands;
mod exit_codes;
mod generated;
mod http2;
mod interruption;
mod kill_matrix;
mod layering;
mod matrix;
mod probe;
mod render;
mod reports;
mod selftest;
mod support;
mod tls_bed;
mod tls_certificate;
mod tls_handshake;
mod tls_url;
mod usage;
