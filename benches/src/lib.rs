//! Benchmarks of the workspace: what a delivery costs the harness to send and the reference receiver
//! to take, measured beside what people would use instead.
//!
//! `receiver/run.sh` runs receivers side by side; see `README.md`. Benches of single parts will be `benches/*.rs`
//! targets; this library is the place for what several of them share. It is not the load generator, which belongs to the harness.
