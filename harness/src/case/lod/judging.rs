//! What every stream is judged by: the answer to each request, the rate, the
//! figures, growth.

use std::collections::BTreeSet;
use std::time::Duration;

use super::mix::{Kind, Ran};
use crate::case::expect;
use crate::case::trial::Trial;
use crate::ledger::Expected;
use crate::load::{Halt, Shot, Trend};
use crate::sender::{Attempt, millis};
use crate::terms::EvidenceKind::E5;
use crate::terms::{Level, RequirementId::R3};
use crate::verdict::{Check, Verdict};

/// The share of the planned rate that has to have gone out, if a claim about the rate is to hold.
///
/// The limit is the rate over the whole stream and not the lag of single requests. A generator that
/// stands still for 100 ms and then makes up for it asks more of the receiver, not less; one that
/// never makes up for it has tested another rate than it says.
const LEAST_SHARE: f64 = 0.9;
/// Beyond this lag the corrected times tell of the harness too.
const NOTABLE_LAG: Duration = Duration::from_millis(10);

/// Judges the answers, and notes what each key has to lead to. `level` caps what is said of valid
/// events.
pub(super) fn answers(trial: &mut Trial, verdict: &mut Verdict, ran: &Ran, level: Level) {
    let accepted: BTreeSet<_> = ran
        .sent()
        .filter(|(item, shot)| {
            matches!(item.kind, Kind::Valid | Kind::Copy) && shot.attempt.is_accepted()
        })
        .map(|(item, _)| &item.delivery.key)
        .collect();
    let copied: BTreeSet<_> = ran
        .sent()
        .filter(|(item, _)| item.kind == Kind::Copy)
        .map(|(item, _)| &item.delivery.key)
        .collect();
    // A harness that stood still that long may have read answers late that came in time.
    let stood_still = ran.run.sample(|shot| Some(shot.lag())).max();
    let can_tell_late = stood_still <= trial.scene().deadline / 5;
    for (item, shot) in ran.sent() {
        let (key, attempt) = (&item.delivery.key, &shot.attempt);
        match item.kind {
            Kind::Valid | Kind::Copy => {
                if accepted.contains(key) {
                    trial.expect_once(&item.delivery);
                } else {
                    trial.expect(&item.delivery, Expected::AtMostOnce);
                }
                // Copies that meet may be told to come again, as long as one of them is taken.
                let may_come_again = copied.contains(key) && accepted.contains(key);
                match attempt.status() {
                    Some(429) => continue,
                    Some(503) if may_come_again => continue,
                    _ => {}
                }
                let mut check = match item.kind {
                    Kind::Valid => expect::acknowledged(trial.scene(), &item.delivery, attempt),
                    _ => expect::taken(trial.scene(), &item.delivery, attempt),
                };
                check.level = check.level.min(level);
                verdict.add(match can_tell_late || !is_late(trial, attempt) {
                    true => check,
                    false => unclear(check, stood_still),
                });
            }
            Kind::Stranger => {
                trial.expect(&item.delivery, Expected::Never);
                let [not_accepted, ..] = &expect::refused(attempt)[..] else {
                    continue;
                };
                verdict.add(not_accepted.clone().filed_under(R3));
            }
            Kind::Malformed => trial.expect(&item.delivery, Expected::Never),
        }
    }
}

fn is_late(trial: &Trial, attempt: &Attempt) -> bool {
    let took = attempt.timing.acknowledgement();
    took.is_none_or(|took| took > trial.scene().deadline)
}

fn unclear(check: Check, stood_still: Duration) -> Check {
    let why = format!("the harness itself stood still for {}", millis(stood_still));
    Check {
        judgement: crate::verdict::Judgement::Unclear(why),
        ..check
    }
}

/// The claim that the stream was what the case says it was. A receiver that asked for less leaves
/// it open, and so does a harness that could not do it.
pub(super) fn rate(ran: &Ran, level: Level) -> Check {
    let (planned, offered) = (ran.planned_rate(), ran.run.offered_rate());
    let claim = format!("{planned:.0} requests a second went out");
    let of_all = ran.planned();
    let unclear = match ran.run.halt {
        Some(Halt::Throttled) => {
            let sent = of_all - ran.run.unsent;
            Some(format!(
                "after {sent} of {of_all} requests one was answered 429"
            ))
        }
        Some(Halt::TooManyWaiting) => {
            let sent = of_all - ran.run.unsent;
            Some(format!(
                "after {sent} of {of_all} requests too many had no answer yet"
            ))
        }
        None if offered < planned * LEAST_SHARE => {
            Some(format!("the harness itself came to {offered:.0} a second"))
        }
        None => None,
    };
    match unclear {
        Some(why) => Check::unclear(level, claim, &[E5], why),
        None => Check::judged(level, claim, &[E5], None),
    }
}

/// Notes how long valid events took, from the last byte sent and from the time they were due, and
/// how late the harness was.
pub(super) fn describe(verdict: &mut Verdict, ran: &Ran) {
    let raw = ran.sample(Kind::Valid, |shot| shot.attempt.timing.acknowledgement());
    let corrected = ran.sample(Kind::Valid, Shot::corrected);
    let lag = ran.run.sample(|shot| Some(shot.lag()));
    for (name, sample, share) in [
        ("p50", &raw, 0.5),
        ("p90", &raw, 0.9),
        ("p99", &raw, 0.99),
        ("p999", &raw, 0.999),
        ("max", &raw, 1.0),
        ("correctedP50", &corrected, 0.5),
        ("correctedP90", &corrected, 0.9),
        ("correctedP99", &corrected, 0.99),
        ("correctedP999", &corrected, 0.999),
        ("correctedMax", &corrected, 1.0),
        ("sendLagP99", &lag, 0.99),
    ] {
        verdict.figure(name, sample.quantile(share).as_secs_f64() * 1000.0, "ms");
    }
    verdict.figure("offeredRate", ran.run.offered_rate(), "1/s");
    verdict.figure("answered", raw.len() as f64, "");
    verdict.note(format!("from the last byte sent: {}", raw.describe()));
    verdict.note(format!("from the intended time: {}", corrected.describe()));
    let late = lag.quantile(0.99);
    if late > NOTABLE_LAG {
        verdict.note(format!(
            "the harness sent p99 {} late, which the times from the intended time include",
            millis(late)
        ));
    }
    if ran.run.stale_connections > 0 {
        verdict.note(format!(
            "{} kept connections had been closed",
            ran.run.stale_connections
        ));
    }
}

/// Adds the claim that something measured on each answer did not grow by more than `allowed` from
/// the first to the last request.
pub(super) fn growth(
    verdict: &mut Verdict,
    ran: &Ran,
    claim: &str,
    of: impl Fn(&Shot) -> Option<Duration>,
    allowed: Duration,
) {
    let first = ran.run.shots.first().map(|shot| shot.intended);
    let points = ran.run.shots.iter().filter_map(|shot| {
        let since = shot.intended.saturating_duration_since(first?);
        Some((since, of(shot)?))
    });
    let Some(trend) = Trend::of(points.collect()) else {
        let why = "too few answers to tell";
        return verdict.add(Check::unclear(Level::Should, claim, &[E5], why));
    };
    verdict.note(trend.describe());
    let growth = trend.least_growth();
    let refuted = (growth > allowed).then(|| {
        (
            format!("growth within {}", millis(allowed)),
            format!("it grew by {} or more (95 %)", millis(growth)),
        )
    });
    verdict.add(Check::judged(Level::Should, claim, &[E5], refuted));
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use hamsa_schemas::IdempotencyKey;

    use super::super::mix::{Mix, place};
    use super::*;
    use crate::case::trial::Delivery;
    use crate::load::LoadRun;
    use crate::sender::{AttemptResult, NoAnswer, Request, Timing};
    use crate::verdict::Judgement;

    const RATE: f64 = 200.0;

    /// A stream of so many requests at [`RATE`] of which so many were sent, each this late and with
    /// an answer after `took`.
    fn ran(
        planned: usize,
        sent: usize,
        late: impl Fn(usize) -> Duration,
        took: impl Fn(usize) -> Duration,
    ) -> Ran {
        let start = Instant::now();
        let mut mix = Mix::default();
        for index in 0..planned {
            let key = IdempotencyKey {
                call_id: index.to_string(),
                event_type: "call.ended".to_owned(),
                timestamp: "t".to_owned(),
            };
            let delivery = Delivery {
                key,
                fixture: String::new(),
                body: Vec::new().into(),
            };
            mix.add(Kind::Valid, delivery, place(index, RATE));
        }
        let shot = |index: usize| {
            let intended = start + place(index, RATE);
            let sent = intended + late(index);
            let timing = Timing {
                started: sent,
                connect: Duration::ZERO,
                upload_limit: Duration::ZERO,
                first_byte_written: Some(sent),
                last_byte_written: Some(sent),
                first_byte_read: Some(sent + took(index)),
                last_byte_read: Some(sent + took(index)),
            };
            let attempt = Attempt {
                number: index,
                request: Request::post("a delivery", Vec::new().into()),
                timing,
                result: AttemptResult::NoAnswer {
                    why: NoAnswer::Closed,
                    partial: None,
                },
            };
            Shot {
                intended,
                sent,
                attempt,
            }
        };
        let run = LoadRun {
            shots: (0..sent).map(shot).collect(),
            stale_connections: 0,
            halt: None,
            unsent: planned - sent,
        };
        Ran::of(mix, run)
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn why_open(check: &Check) -> Option<&str> {
        match &check.judgement {
            Judgement::Unclear(why) => Some(why),
            _ => None,
        }
    }

    #[test]
    fn a_pause_that_was_made_up_for_leaves_the_rate_as_it_was() {
        let ran = ran(
            400,
            400,
            |index| ms(if index == 200 { 150 } else { 0 }),
            |_| ms(1),
        );
        let check = rate(&ran, Level::Must);
        assert_eq!(check.judgement, Judgement::Held);
        assert_eq!(check.claim, "200 requests a second went out");
    }

    #[test]
    fn a_harness_that_was_too_slow_has_tested_another_rate() {
        // Two seconds took three.
        let ran = ran(400, 400, |index| ms(index as u64 * 5 / 2), |_| ms(1));
        let check = rate(&ran, Level::Must);
        assert!(why_open(&check).unwrap().contains("came to 133 a second"));
    }

    #[test]
    fn who_asks_for_less_leaves_the_rate_open() {
        let mut ran = ran(400, 150, |_| ms(0), |_| ms(1));
        ran.run.halt = Some(Halt::Throttled);
        let check = rate(&ran, Level::Must);
        assert!(
            why_open(&check)
                .unwrap()
                .contains("after 150 of 400 requests one was answered 429")
        );
        ran.run.halt = Some(Halt::TooManyWaiting);
        let check = rate(&ran, Level::Must);
        assert!(why_open(&check).unwrap().contains("too many had no answer"));
    }

    /// What [`growth`] says of a stream whose answers take so long.
    fn growth_of(sent: usize, took: impl Fn(usize) -> Duration) -> Judgement {
        let mut verdict = Verdict::new();
        let ran = ran(400, sent, |_| ms(0), took);
        let of = |shot: &Shot| shot.attempt.timing.acknowledgement();
        growth(&mut verdict, &ran, "no growth", of, ms(100));
        verdict.checks.remove(0).judgement
    }

    #[test]
    fn only_growth_beyond_what_is_allowed_is_a_finding() {
        assert_eq!(growth_of(400, |_| ms(20)), Judgement::Held);
        assert_eq!(
            growth_of(400, |index| ms(index as u64 / 5)),
            Judgement::Held
        );
        // One slow stretch is no growth.
        let once = |index| ms(if (180..190).contains(&index) { 900 } else { 5 });
        assert_eq!(growth_of(400, once), Judgement::Held);
        let growing = growth_of(400, |index| ms(index as u64));
        assert!(matches!(growing, Judgement::Refuted { .. }), "{growing:?}");
        let few = growth_of(10, |index| ms(index as u64 * 100));
        assert!(matches!(few, Judgement::Unclear(_)), "{few:?}");
    }

    #[test]
    fn figures_count_from_the_last_byte_and_from_the_intended_time() {
        let mut verdict = Verdict::new();
        describe(&mut verdict, &ran(10, 10, |_| ms(30), |_| ms(5)));
        let figure = |name: &str| {
            let mut figures = verdict.figures.iter();
            figures.find(|own| own.name == name).map(|own| own.value)
        };
        assert_eq!(figure("p50"), Some(5.0));
        assert_eq!(figure("correctedP50"), Some(35.0));
        assert_eq!(figure("sendLagP99"), Some(30.0));
        assert_eq!(figure("answered"), Some(10.0));
        assert!(verdict.notes.iter().any(|note| note.contains("30 ms late")));
    }
}
