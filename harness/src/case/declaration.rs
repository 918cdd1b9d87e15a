//! What a case is: data about a check, with its body beside it.

use std::future::Future;
use std::pin::Pin;

use super::trial::{Stop, Trial};
use crate::hooks::HookKind;
use crate::terms::{EvidenceKind, Level, RequirementId};
use crate::verdict::Verdict;

/// What a body returns.
pub type TrialFuture<'t> = Pin<Box<dyn Future<Output = Result<Verdict, Stop>> + Send + 't>>;

/// A case's body: sends the stimuli, reads effects, judges.
pub type CaseBody = for<'t> fn(&'t mut Trial) -> TrialFuture<'t>;

/// Which run a case belongs to. Each set holds the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseSet {
    /// Made for seconds.
    Core,
    /// What runs unless the user says otherwise.
    Default,
    /// What takes minutes.
    All,
}

impl CaseSet {
    /// The word used on the command line and in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Default => "default",
            Self::All => "all",
        }
    }
}

/// When a case's stimuli may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Beside other cases.
    Shared,
    /// Beside other cases, and whatever preflight found: it makes handshakes and delivers nothing.
    Handshakes,
    /// Beside anything, from the start: it lasts, by itself or where answers are slow, and puts no
    /// load on anyone.
    Slow,
    /// Alone, because it measures time or makes races.
    Alone,
    /// Alone, after everything but its own kind, because it is the load.
    Load,
    /// Alone, effects included, because it makes the receiver's surroundings misbehave.
    Disturbing,
    /// One at a time, last, because it may end the receiver.
    Hostile,
    /// One at a time, after the last look at everybody else's effects, because it ends the
    /// receiver's process, and with it whatever lives in memory only.
    Process,
    /// It sends nothing and judges what the whole run has seen.
    Afterwards,
}

/// What has to be so for a case to make sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A secret is configured; `--no-auth` makes the case not applicable.
    Secret,
    /// The receiver refuses bad credentials at all; else preflight's finding blocks the case.
    Refusal,
    /// The receiver speaks HTTP/1.1, whose framing the case is about.
    Http1,
    /// The target is https.
    Https,
    /// Beside https, the port for plain http is known.
    PlainPort,
    /// The profile is public.
    PublicProfile,
    /// The target is local, or the user owns it.
    Ownership,
    /// The user told how to make something around the receiver misbehave.
    Hook(HookKind),
    /// The file that the receiver logs to is known.
    LogFile,
    /// The receiver's process can be ended and started again. A MUST that needs it weighs that much
    /// only for a receiver that is declared durable.
    Process,
    /// The process can be sent signals, not only be killed by a command.
    Signals,
    /// The receiver has more than one URL.
    Replicas,
}

/// A declared check.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Stable id, never used again for anything else.
    pub id: &'static str,
    /// The requirements that fail when it fails.
    pub requirements: &'static [RequirementId],
    /// The weight of the case.
    pub level: Level,
    /// The smallest set that holds it.
    pub set: CaseSet,
    /// When its stimuli go out.
    pub schedule: Schedule,
    /// The clauses it checks.
    pub clauses: &'static [&'static str],
    /// The kinds of evidence a full verdict has.
    pub evidence: &'static [EvidenceKind],
    /// What it needs.
    pub needs: &'static [Need],
    /// What it claims, in one line.
    pub title: &'static str,
    /// What it does (first sentence), then a `Why:` and a `Fix:` line.
    pub doc: &'static str,
    /// The body.
    pub body: CaseBody,
}

impl Case {
    /// The family, as used in call ids: `idm04`.
    pub fn slug(&self) -> String {
        self.id.to_ascii_lowercase().replace('-', "")
    }

    /// The weight of the case for a receiver that is, or is not, declared durable.
    pub fn level_when(&self, durable: bool) -> Level {
        if self.needs.contains(&Need::Process) && !durable {
            return self.level.min(Level::Should);
        }
        self.level
    }

    /// The line of the doc text that begins with this word.
    pub fn doc_line(&self, word: &str) -> Option<&'static str> {
        self.doc
            .lines()
            .find_map(|line| {
                line.strip_prefix(word)
                    .and_then(|rest| rest.strip_prefix(':'))
            })
            .map(str::trim)
    }

    /// The doc text before its `Why:` line.
    pub fn description(&self) -> &'static str {
        self.doc.split("\nWhy:").next().unwrap_or(self.doc).trim()
    }
}
