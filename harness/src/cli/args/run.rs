//! Options of `run`: which cases, how strict, which reports.

use clap::{Args, ValueEnum};

use super::receiver::{ReceiverArgs, duration, rate};
use crate::case::CaseSet;
use crate::terms::Level;

/// Options of `run`.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct RunArgs {
    #[command(flatten)]
    pub(in crate::cli) receiver: ReceiverArgs,

    /// Which cases: core takes seconds, all takes minutes [default: default]
    #[arg(long, value_enum, env = "HAMSA_SET", help_heading = "Selection")]
    pub(in crate::cli) set: Option<SetArg>,
    /// Run only cases that match: ids or requirements, `*` and `?` allowed; repeatable
    #[arg(long, value_name = "PAT", num_args = 1.., value_delimiter = ',', help_heading = "Selection")]
    pub(in crate::cli) only: Vec<String>,
    /// Leave out cases that match; repeatable
    #[arg(long, value_name = "PAT", num_args = 1.., value_delimiter = ',', help_heading = "Selection")]
    pub(in crate::cli) skip: Vec<String>,
    /// Leave out cases of lesser weight [default: all]
    #[arg(long, value_enum, env = "HAMSA_LEVEL", help_heading = "Selection")]
    pub(in crate::cli) level: Option<LevelArg>,

    /// SHOULD findings fail the run too
    #[arg(long, help_heading = "Judging")]
    pub(in crate::cli) strict: bool,
    /// Accept less evidence than the default for a requirement, for example R2=E1; repeatable
    #[arg(long, value_name = "REQ=KINDS", help_heading = "Judging")]
    pub(in crate::cli) accept_evidence: Vec<String>,
    /// The latency to stay under (SHOULD) [default: 1s]
    #[arg(long, value_name = "TIME", env = "HAMSA_BUDGET", value_parser = duration, help_heading = "Judging")]
    pub(in crate::cli) budget: Option<std::time::Duration>,
    /// Cases that send at the same time [default: 8]
    #[arg(long, value_name = "N", env = "HAMSA_JOBS", help_heading = "Judging")]
    pub(in crate::cli) jobs: Option<usize>,
    /// No load case sends more than this, for example 50/s
    #[arg(long, value_name = "N/s", env = "HAMSA_MAX_RATE", value_parser = rate, help_heading = "Judging")]
    pub(in crate::cli) max_rate: Option<f64>,
    /// Decides every random choice among stimuli [default: random, and reported]
    #[arg(long, value_name = "N", env = "HAMSA_SEED", help_heading = "Judging")]
    pub(in crate::cli) seed: Option<u64>,
    /// Stop after the first MUST case that fails
    #[arg(long, help_heading = "Judging")]
    pub(in crate::cli) fail_fast: bool,

    /// Write a report: text, json or junit; `-` is stdout; repeatable
    #[arg(long, value_name = "FORMAT=PATH", help_heading = "Output")]
    pub(in crate::cli) report: Vec<String>,
}

/// `--set`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SetArg {
    /// The cases made for seconds
    Core,
    /// Everything that needs no opting in
    Default,
    /// The long ones too: minutes
    All,
}

impl From<SetArg> for CaseSet {
    fn from(set: SetArg) -> Self {
        match set {
            SetArg::Core => Self::Core,
            SetArg::Default => Self::Default,
            SetArg::All => Self::All,
        }
    }
}

/// `--level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LevelArg {
    /// MUST only
    Must,
    /// MUST and SHOULD
    Should,
    /// Everything
    All,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Must => Self::Must,
            LevelArg::Should => Self::Should,
            LevelArg::All => Self::Info,
        }
    }
}

/// `--profile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ProfileArg {
    /// Loopback or a private network
    Local,
    /// The internet
    Public,
}

impl RunArgs {
    /// Moves a target that stands after `--only` or `--skip` to its place: both take several
    /// values, so `run --only R2 http://…` would take the URL for a pattern.
    pub(in crate::cli) fn rescue_target(&mut self) {
        for patterns in [&mut self.only, &mut self.skip] {
            let is_target = |text: &String| {
                text.contains("://") || text == "reference" || text.starts_with("zoo:")
            };
            if patterns.last().is_some_and(is_target) {
                self.receiver.target = patterns.pop();
                return;
            }
        }
    }
}
