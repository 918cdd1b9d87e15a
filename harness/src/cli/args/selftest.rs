//! Options of `selftest`.

use std::path::PathBuf;

use clap::Args;

/// Options of `selftest`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SelftestArgs {
    /// Try every mutant and control on the whole default set, too: what finds what, not only what has to
    #[arg(long)]
    pub(in crate::cli) full: bool,
    /// Try mutants on the cases that name them, and controls on their set, this often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(in crate::cli) repeat: u32,
    /// Only mutants and controls with such a name, `*` and `?` allowed; repeatable
    #[arg(long, value_name = "PAT", num_args = 1.., value_delimiter = ',')]
    pub(in crate::cli) only: Vec<String>,
    /// Mutants tried at the same time [default: 4 for each processor, at most 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(in crate::cli) jobs: Option<u16>,
    /// Write the matrix as a page
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) markdown: Option<PathBuf>,
    /// Write the matrix as JSON
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) json: Option<PathBuf>,
}
