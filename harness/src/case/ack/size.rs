//! Signs of work before the acknowledgement: what size costs, and effects that are already there.

use std::time::{Duration, Instant};

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::trial::{Delivery, Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::probe::{Reading, Scope};
use crate::sender::millis;
use crate::terms::EvidenceKind::{E3, E5};
use crate::terms::{Level, RequirementId::R1};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_11, ACK_12];

/// Pairs that are measured, and how long that may take.
const PAIRS: usize = 30;
const LONGEST: Duration = Duration::from_secs(6);
/// A large body that takes so many times as long, and so much longer, hints at work.
const RATIO: f64 = 20.0;
const NOTABLE: Duration = Duration::from_millis(100);

const ACK_11: Case = Case {
    id: "ACK-11",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-ACK-03", "G-ASYNC-01"],
    evidence: &[E5],
    needs: &[],
    title: "a large event is acknowledged about as fast as a small one",
    doc: "Delivers up to 30 pairs of a 1 KiB and a 256 KiB `call.ended` in turn and compares the medians; more than 20 times as long is told.\n\
          Why: what takes longer with size before the answer is work, and the next transcript may be four times as long.\n\
          Fix: store the body as it came and parse it in the worker.",
    body: |trial| Box::pin(ack_11(trial)),
};

async fn ack_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let (mut small, mut large) = (Vec::new(), Vec::new());
    let began = Instant::now();
    while small.len() < PAIRS && began.elapsed() < LONGEST {
        for (fixture, times) in [
            ("call.ended/typical", &mut small),
            ("call.ended/256k", &mut large),
        ] {
            let delivery = trial.mint(fixture)?;
            let attempt = trial.deliver(&delivery).await?;
            trial.expect(&delivery, Expected::AtMostOnce);
            times.extend(
                attempt
                    .timing
                    .acknowledgement()
                    .filter(|_| attempt.is_accepted()),
            );
        }
    }
    let (Some(fast), Some(slow)) = (median(&mut small), median(&mut large)) else {
        verdict.note("not every call.ended is acknowledged, see ACK-01 and ACK-03");
        return Ok(verdict);
    };
    let ratio = slow.as_secs_f64() / fast.as_secs_f64().max(1e-6);
    verdict.figure("smallMedian", fast.as_secs_f64() * 1e3, "ms");
    verdict.figure("largeMedian", slow.as_secs_f64() * 1e3, "ms");
    verdict.figure("largeToSmall", ratio, "");
    let refuted = (ratio > RATIO && slow - fast > NOTABLE).then(|| {
        let actual = format!(
            "{ratio:.0} times as long: {} against {}",
            millis(slow),
            millis(fast)
        );
        ("at most 20 times as long".to_owned(), actual)
    });
    let claim = "size costs little before the acknowledgement";
    verdict.add(Check::judged(Level::Info, claim, &[E5], refuted));
    verdict.note(format!(
        "medians of {} pairs: {} for 256 KiB, {} for 1 KiB, {ratio:.1} times as long",
        small.len(),
        millis(slow),
        millis(fast)
    ));
    Ok(verdict)
}

fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

const ACK_12: Case = Case {
    id: "ACK-12",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-03", "G-ASYNC-01"],
    evidence: &[E3],
    needs: &[],
    title: "how many effects are there when the acknowledgement comes",
    doc: "Delivers 30 events and asks for the effect of each as soon as it is acknowledged; the share that is already there is a figure, not a fault.\n\
          Why: where every effect precedes its answer, handlers run inside the request and their slowness is the answer's.\n\
          Fix: nothing by itself; where it is 100 % and answers are slow, move the work behind the answer.",
    body: |trial| Box::pin(ack_12(trial)),
};

const ASKED: usize = 30;

async fn ack_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    if trial.scene().probe.is_none() {
        let claim = "effects can be asked for one by one";
        let why = trial.scene().blindness.clone();
        verdict.add(Check::unseen(Level::Info, claim, &[E3], why));
        return Ok(verdict);
    }
    let (mut asked, mut there) = (0_u32, 0_u32);
    for _ in 0..ASKED {
        let delivery = trial.mint_effective()?;
        let attempt = trial.deliver(&delivery).await?;
        trial.expect_if_acknowledged(&delivery, &attempt);
        if let Some(is_there) = is_there(trial, &delivery).await {
            asked += 1;
            there += u32::from(is_there);
        }
    }
    let effects = trial.settle().await;
    if asked == 0 || !matches!(effects, Effects::Seen(_)) {
        verdict.note("the probe cannot tell one event's effect from another's");
        return Ok(verdict);
    }
    let share = f64::from(there) / f64::from(asked);
    verdict.figure("effectsAtAck", share, "share");
    verdict.note(format!(
        "{there} of {asked} effects were there when the probe was asked right after the acknowledgement"
    ));
    Ok(verdict)
}

/// Whether the probe shows an effect of this delivery now; nothing when it cannot tell.
async fn is_there(trial: &Trial, delivery: &Delivery) -> Option<bool> {
    let probe = trial.scene().probe.as_ref()?;
    let scope = Scope {
        prefix: delivery.key.call_id.clone(),
        call_ids: vec![delivery.key.call_id.clone()],
    };
    match probe.read(&scope).await.ok()? {
        Reading::Records(effects) => {
            Some(effects.iter().any(|effect| effect.key() == delivery.key))
        }
        Reading::Count(_) => None,
    }
}
