//! The harness watched by itself: how far its own clock and processor allow what it says.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::load::{MISSED, own_cpu};
use crate::sender::millis;
use crate::terms::EvidenceKind::E2;
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[LOD_12];

/// Beyond this the figures of load cases tell of the harness as well.
const LAG: Duration = Duration::from_millis(10);
/// Requests that may have been missed.
const SHARE: f64 = 0.01;

const LOD_12: Case = Case {
    id: "LOD-12",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Afterwards,
    clauses: &["G-OPS-06"],
    evidence: &[E2],
    needs: &[],
    title: "the harness itself kept its schedule",
    doc: "Looks at how late every request of a load case was sent (p99 at most 10 ms, at most 1 % more than 100 ms late), and at the processor time of the harness. It judges nobody; each load case says by itself whether its rate was reached.\n\
          Why: a generator that lags measures itself; figures beside a busy build are not to be compared.\n\
          Fix: give the harness a core of its own, or lower the rate with --max-rate.",
    body: |trial| Box::pin(lod_12(trial)),
};

async fn lod_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let lag = trial.scene().punctuality.sample();
    let claim = "requests went out when they were due";
    let (late, missed) = (lag.quantile(0.99), lag.share_over(MISSED));
    verdict.add(if lag.is_empty() {
        Check::unseen(Level::Info, claim, &[E2], "no load case has run")
    } else if late > LAG || missed > SHARE {
        let why = format!(
            "p99 {} late, {:.1} % more than {} late: figures of load cases include that",
            millis(late),
            missed * 100.0,
            millis(MISSED)
        );
        Check::unclear(Level::Info, claim, &[E2], why)
    } else {
        Check::judged(Level::Info, claim, &[E2], None)
    });
    verdict.note(format!("lag of {} requests: {}", lag.len(), lag.describe()));
    verdict.figure("sendLagP99", late.as_secs_f64() * 1000.0, "ms");
    verdict.figure("missed", missed, "share");
    if let Some(cpu) = own_cpu() {
        let wall = trial.scene().started.elapsed();
        let share = cpu.as_secs_f64() / wall.as_secs_f64().max(1e-6);
        verdict.note(format!(
            "the harness used {:.0} % of one core",
            share * 100.0
        ));
        verdict.figure("ownCpu", share, "share");
    }
    Ok(verdict)
}
