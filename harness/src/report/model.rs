//! The report as plain data: what `schemas/report.schema.json` describes.
//!
//! Every other format is rendered from this. Durations are milliseconds, times UTC.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exchange::AttemptRecord;
use crate::terms::{Conformance, EvidenceSet, Level, Outcome, RequirementId};
use crate::verdict::Figure;

/// The whole result of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// Version of this format.
    pub schema_version: String,
    /// What made it.
    pub tool: Tool,
    /// What was judged.
    pub target: TargetInfo,
    /// How it was judged.
    pub profile: ProfileInfo,
    /// The seed of the stimuli.
    pub seed: u64,
    /// The prefix of every call id of this run.
    pub call_id_prefix: String,
    /// When the run started, RFC 3339.
    pub started_at: String,
    /// How long it took.
    pub duration_ms: f64,
    /// True when a MUST was skipped by the user, withheld, or cut off by an interruption.
    pub partial: bool,
    /// Set when the run was interrupted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interrupted: Option<String>,
    /// One line for people.
    pub headline: String,
    /// What to do next; empty when there is nothing to do.
    pub next: Vec<String>,
    /// The requirements with their verdicts.
    pub requirements: Vec<RequirementResult>,
    /// Clause by clause.
    pub coverage: Vec<CoverageRow>,
    /// What was found before the first case.
    pub preflight: Vec<PreflightStep>,
    /// The exit code of the run.
    pub exit_code: u8,
    /// Every case, in registry order, run or not.
    pub cases: Vec<CaseResult>,
    /// How long valid deliveries took to be acknowledged; absent when none was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latency: Option<Latency>,
    /// The probe and what it saw.
    pub effects: EffectsInfo,
}

/// The tool.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The receiver under test.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TargetInfo {
    /// Its URL, without user and password.
    pub url: String,
    /// What the user typed: the URL, `reference`, or `zoo:NAME`.
    pub given: String,
}

/// The settings that decide verdicts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileInfo {
    /// `local` or `public`.
    pub name: String,
    /// `bearer` or `off`.
    pub auth: String,
    /// `core`, `default` or `all`.
    pub set: String,
    /// Whether SHOULD findings fail the run.
    pub strict: bool,
    /// The deadline of R1.
    pub deadline_ms: f64,
    /// The latency budget.
    pub budget_ms: f64,
    /// The evidence demanded, by requirement.
    pub evidence: Vec<DemandedEvidence>,
    /// The patterns of `--only`, `--skip` and `--level`, when given.
    pub selection: Vec<String>,
}

/// The evidence that one requirement demands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DemandedEvidence {
    /// The requirement.
    pub requirement: RequirementId,
    /// The kinds.
    pub kinds: EvidenceSet,
    /// True when the user lowered it by `--accept-evidence`.
    pub lowered: bool,
}

/// A requirement with its verdict.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequirementResult {
    /// Its id.
    pub id: RequirementId,
    /// The sentence.
    pub statement: String,
    /// Always MUST today; kept so that a reader need not know.
    pub level: Level,
    /// The verdict.
    pub verdict: Conformance,
    /// Why, in a few words.
    pub reason: String,
    /// True when it counts for the exit code: at least one of its cases was selected.
    pub selected: bool,
    /// The kinds of evidence its cases brought.
    pub evidence: EvidenceSet,
    /// Kinds that some case could have brought and did not.
    pub unseen: EvidenceSet,
    /// The cases about it.
    pub cases: Vec<String>,
}

/// A row of the coverage matrix.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CoverageRow {
    /// The clause.
    pub clause: String,
    /// Its sentence.
    pub statement: String,
    /// The cases that check it.
    pub cases: Vec<String>,
    /// The kinds of evidence they brought.
    pub evidence: EvidenceSet,
    /// What they say together: the worst of their outcomes.
    pub verdict: Outcome,
}

/// A step of preflight.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreflightStep {
    /// `P1` … `P5`.
    pub id: String,
    /// What is looked at.
    pub title: String,
    /// `pass`, `fail` or `inconclusive`; `not-run` when an earlier step made it meaningless.
    pub outcome: Outcome,
    /// What was seen.
    pub detail: String,
}

/// What became of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaseResult {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The requirements it is about.
    pub requirements: Vec<RequirementId>,
    /// Its level.
    pub level: Level,
    /// Its outcome at its own level.
    pub outcome: Outcome,
    /// The kinds of evidence it brought.
    pub evidence: EvidenceSet,
    /// Kinds that a full verdict has and this one lacks.
    pub unseen: EvidenceSet,
    /// The outcome in one sentence.
    pub message: String,
    /// What should have been, of the first finding.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What was, of the first finding.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub actual: Option<String>,
    /// The sentences it checks.
    pub clauses: Vec<ClauseText>,
    /// Every refuted check, heaviest first.
    pub findings: Vec<Finding>,
    /// Observations that are neither good nor bad.
    pub notes: Vec<String>,
    /// What was measured.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub figures: Vec<FigureRecord>,
    /// What was sent in all.
    pub traffic: Traffic,
    /// The attempts that findings point at; others are only counted.
    pub attempts: Vec<AttemptRecord>,
    /// Commands that show it again; the first runs the case.
    pub repro: Vec<String>,
    /// How to fix what it finds.
    pub fix: String,
    /// How long it took, settling included.
    pub duration_ms: f64,
}

/// Something that a case measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FigureRecord {
    /// What.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what: `ms`, `1/s`, `share`; empty for a count.
    pub unit: String,
}

impl From<&Figure> for FigureRecord {
    fn from(figure: &Figure) -> Self {
        Self {
            name: figure.name.to_owned(),
            value: figure.value,
            unit: figure.unit.to_owned(),
        }
    }
}

/// A clause with its sentence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClauseText {
    /// The id.
    pub id: String,
    /// The sentence.
    pub statement: String,
    /// Where the guide says it.
    pub source: String,
}

/// A refuted check.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// How much it weighs: INFO findings are for reading only.
    pub level: Level,
    /// The requirements that it counts against.
    pub requirements: Vec<RequirementId>,
    /// What was claimed.
    pub claim: String,
    /// What should have been.
    pub expected: String,
    /// What was.
    pub actual: String,
    /// The `number` of the attempt that shows it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempt: Option<usize>,
}

/// What a case sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Traffic {
    /// Attempts made.
    pub attempts: usize,
    /// Answers by status; `none` counts attempts without a whole answer.
    pub statuses: std::collections::BTreeMap<String, usize>,
    /// The slowest acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub slowest_ms: Option<f64>,
}

/// Latency of valid deliveries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Latency {
    /// Acknowledged deliveries.
    pub count: u64,
    /// Median.
    pub p50_ms: f64,
    /// 90th percentile.
    pub p90_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// How many took longer than the deadline.
    pub over_deadline: u64,
}

/// The probe.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EffectsInfo {
    /// The probe in use; absent without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub probe: Option<String>,
    /// Event types whose deliveries leave effects.
    pub types: Vec<String>,
    /// How long preflight's effects took to appear.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settle_ms: Option<f64>,
    /// Effects that only the last sweep saw.
    pub late: usize,
}

/// The current version of the format.
pub const SCHEMA_VERSION: &str = "1.0";

impl Report {
    /// The case of that id.
    pub fn case(&self, id: &str) -> Option<&CaseResult> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The report as a JSON document.
    ///
    /// # Errors
    /// Never for a report made by this crate; the signature is serde's.
    pub fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}
