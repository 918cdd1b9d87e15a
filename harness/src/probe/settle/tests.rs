//! Settling on a paused clock: scripts say what a receiver shows at which moment.

use std::cell::Cell;

use hamsa_schemas::IdempotencyKey;

use super::*;
use crate::ledger::Expected;

const QUIET: Duration = Duration::from_millis(750);
const LONGEST: Duration = Duration::from_secs(10);
const USUAL: Patience = Patience {
    longest: LONGEST,
    quiet: QUIET,
};

fn effects(number: usize) -> Result<Reading, ProbeError> {
    let effect = |index: usize| Effect {
        call_id: format!("c{index}"),
        event_type: "e".to_owned(),
        timestamp: "t".to_owned(),
        kind: None,
        data: None,
    };
    Ok(Reading::Records((0..number).map(effect).collect()))
}

fn broken() -> Result<Reading, ProbeError> {
    Err(ProbeError::Unreachable("refused".to_owned()))
}

/// Settles two expected effects of a receiver that shows what the script says, by the time since
/// the start, and tells how long it took.
async fn run(
    patience: Patience,
    script: impl Fn(Duration) -> Result<Reading, ProbeError>,
) -> (Result<Settled, ProbeError>, Duration) {
    let mut ledger = Ledger::default();
    for call_id in ["c0", "c1"] {
        let key = IdempotencyKey {
            call_id: call_id.to_owned(),
            event_type: "e".to_owned(),
            timestamp: "t".to_owned(),
        };
        ledger.expect(key, Expected::Once);
    }
    let began = Instant::now();
    let ask = || std::future::ready(script(began.elapsed()));
    let settled = until_settled(ask, Pace::from_millis(20, 200), &ledger, patience).await;
    (settled, began.elapsed())
}

fn has_records(settled: Result<Settled, ProbeError>, number: usize) -> bool {
    matches!(settled, Ok(Settled::Records(effects)) if effects.len() == number)
}

fn is_about(took: Duration, seconds: f64) -> bool {
    // The longest pause, and a little for timers that count whole milliseconds.
    let late = took.as_secs_f64() - seconds;
    (0.0..0.21).contains(&late)
}

#[tokio::test(start_paused = true)]
async fn what_is_complete_has_to_stay_quiet() {
    let (settled, took) = run(USUAL, |_| effects(2)).await;
    assert!(has_records(settled, 2) && is_about(took, 0.75), "{took:?}");
    // A third effect within the quiet time, which starts it again.
    let third = Duration::from_millis(600);
    let (settled, took) = run(USUAL, |now| effects(if now < third { 2 } else { 3 })).await;
    assert!(has_records(settled, 3) && is_about(took, 1.35), "{took:?}");
    let (settled, took) = run(USUAL, |_| Ok(Reading::Count(2))).await;
    assert_eq!(settled.unwrap(), Settled::Count(2));
    assert!(is_about(took, 0.75), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_effects_settle_although_quiet_is_longer_than_the_wait() {
    let patience = Patience {
        longest: LONGEST,
        quiet: Duration::from_secs(12),
    };
    let done = Duration::from_secs(4);
    let (settled, took) = run(patience, |now| effects(if now < done { 0 } else { 2 })).await;
    assert!(has_records(settled, 2) && is_about(took, 16.0), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_never_completes_is_waited_for_and_then_has_to_be_quiet() {
    let (settled, took) = run(USUAL, |_| effects(1)).await;
    assert!(has_records(settled, 1) && is_about(took, 10.75), "{took:?}");
    let (settled, took) = run(USUAL, |_| Ok(Reading::Count(1))).await;
    assert_eq!(settled.unwrap(), Settled::Count(1));
    assert!(is_about(took, 10.75), "{took:?}");
    // The last effect comes at the very end of the wait.
    let late = Duration::from_millis(10_500);
    let (settled, took) = run(USUAL, |now| effects(if now < late { 1 } else { 2 })).await;
    assert!(has_records(settled, 2) && is_about(took, 11.25), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_keeps_changing_is_restless_in_the_end() {
    let changes = |now: Duration| 2 + now.as_millis() as usize / 500;
    let (settled, took) = run(USUAL, |now| effects(changes(now))).await;
    assert_eq!(settled.unwrap(), Settled::Restless);
    assert!(is_about(took, 13.0), "{took:?}");
    // One that comes to rest within the quiet times that are granted is none.
    let at_most = Duration::from_millis(12_000);
    let (settled, took) = run(USUAL, |now| effects(changes(now.min(at_most)))).await;
    assert!(
        has_records(settled, 26) && is_about(took, 12.75),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_slow_answer_is_no_quiet_time() {
    let asked = Cell::new(0);
    let ask = || async {
        asked.set(asked.get() + 1);
        tokio::time::sleep(QUIET * 2).await;
        Ok(Reading::Count(0))
    };
    let ledger = Ledger::default();
    let settled = until_settled(ask, Pace::from_millis(20, 200), &ledger, USUAL).await;
    assert_eq!(settled.unwrap(), Settled::Count(0));
    // The second one is asked for too early to show a whole quiet time.
    assert_eq!(asked.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_order_of_records_is_no_change() {
    let turn = Cell::new(false);
    let (settled, took) = run(USUAL, |_| {
        let Ok(Reading::Records(mut records)) = effects(2) else {
            return broken();
        };
        if turn.replace(!turn.get()) {
            records.reverse();
        }
        Ok(Reading::Records(records))
    })
    .await;
    assert!(has_records(settled, 2) && is_about(took, 0.75), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_at_the_quiet_moment_is_asked_again() {
    for (patience_ends, number) in [(0.75, 2), (10.75, 1)] {
        let failed = Cell::new(0);
        let (settled, took) = run(USUAL, |now| {
            if now.as_secs_f64() >= patience_ends && failed.get() < 2 {
                failed.set(failed.get() + 1);
                return broken();
            }
            effects(number)
        })
        .await;
        assert_eq!(failed.get(), 2);
        assert!(has_records(settled, number), "{took:?}");
        assert!(took.as_secs_f64() < patience_ends + 0.5, "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_to_the_end_are_reported() {
    let (settled, took) = run(USUAL, |_| broken()).await;
    assert!(matches!(settled, Err(ProbeError::Unreachable(_))));
    assert!(is_about(took, 13.0), "{took:?}");
    // What was seen before says nothing about the end.
    let fails = Duration::from_millis(500);
    let (settled, _) = run(USUAL, |now| if now < fails { effects(2) } else { broken() }).await;
    assert!(matches!(settled, Err(ProbeError::Unreachable(_))));
}

#[tokio::test(start_paused = true)]
async fn a_count_that_goes_down_is_no_evidence() {
    let turn = Duration::from_millis(300);
    let (settled, _) = run(USUAL, |now| {
        Ok(Reading::Count(if now < turn { 2 } else { 1 }))
    })
    .await;
    assert!(
        matches!(settled, Err(ProbeError::Garbage(_))),
        "{settled:?}"
    );
}
