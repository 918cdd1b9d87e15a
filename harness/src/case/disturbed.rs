//! What cases do while something around the receiver misbehaves, and after it has ended.

use std::time::{Duration, Instant};

use super::expect;
use super::trial::{Delivery, Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, millis};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::Level;
use crate::verdict::Check;

/// Events under way together.
pub(super) const EVENTS: usize = 4;
/// How long slow work may still go on: the hook makes it last eight seconds.
pub(super) const SLOW_WORK: Duration = Duration::from_secs(9);
/// How long a receiver may take to recover once the fault has ended.
const RECOVERY: Duration = Duration::from_secs(10);
/// The time between two tries of an event that was not taken.
const PAUSE: Duration = Duration::from_millis(500);

/// Fresh events of a type that leaves effects.
pub(super) fn mint(trial: &mut Trial) -> Result<Vec<Delivery>, Stop> {
    let mut deliveries = Vec::with_capacity(EVENTS);
    for _ in 0..EVENTS {
        deliveries.push(trial.mint_effective()?);
    }
    Ok(deliveries)
}

/// Delivers all of them at the same moment.
pub(super) async fn release(
    trial: &mut Trial,
    deliveries: &[Delivery],
    label: &str,
) -> Vec<Attempt> {
    let requests = deliveries.iter().map(|delivery| {
        let mut request = delivery.request();
        request.label = label.to_owned();
        request
    });
    trial.release(requests.collect()).await.attempts
}

/// How many of the events were acknowledged, and whether the fault shows: in an answer, or in an
/// effect that is not there yet. A hook that reaches nothing proves nothing.
pub(super) async fn reach(
    trial: &mut Trial,
    deliveries: &[Delivery],
    attempts: &[Attempt],
    level: Level,
) -> (usize, Check) {
    for delivery in deliveries {
        trial.expect(delivery, Expected::AtMostOnce);
    }
    let claim = "the hook reaches the work on events";
    let answered = attempts.iter().filter(|one| one.is_accepted()).count();
    if answered < attempts.len() {
        return (answered, Check::judged(level, claim, &[E1], None));
    }
    let check = match trial.settle().await {
        Effects::Seen(_) if deliveries.iter().all(|one| has_effect(trial, one)) => {
            let why = "every event was acknowledged and had its effect in spite of the hook";
            Check::unclear(level, claim, &[E3], why)
        }
        Effects::Seen(_) => Check::judged(level, claim, &[E1, E3], None),
        other => expect::effects(&other, level, claim),
    };
    (answered, check)
}

/// The moment by which a receiver has to have recovered from a fault that ends now.
pub(super) fn recovered_by() -> Instant {
    Instant::now() + RECOVERY
}

/// Delivers until it is acknowledged, or the receiver should have recovered. A receiver that is
/// being started again is tried again as well; one that stays away is noted as gone.
pub(super) async fn bring_again(
    trial: &mut Trial,
    delivery: &Delivery,
    until: Instant,
    label: &str,
) -> Result<Attempt, Stop> {
    loop {
        let mut attempts = release(trial, std::slice::from_ref(delivery), label).await;
        let Some(attempt) = attempts.pop() else {
            return Err(Stop::Gone("nothing could be sent".to_owned()));
        };
        if attempt.is_accepted() || Instant::now() > until {
            if attempt.never_connected() {
                trial.note_gone();
            }
            return Ok(attempt);
        }
        trial.wait(PAUSE).await;
    }
}

/// What the last attempt of [`bring_again`] refutes, where it was not taken.
pub(super) fn not_taken(last: &Attempt) -> Option<(String, String)> {
    (!last.is_accepted()).then(|| {
        let seen = last.describe();
        let actual = format!("{seen}, {} after the fault had ended", millis(RECOVERY));
        ("status 200".to_owned(), actual)
    })
}

/// The event is taken in the end. A receiver that still cannot work says nothing about keys.
pub(super) fn after_the_fault(trial: &Trial, delivery: &Delivery, last: &Attempt) -> Check {
    match not_taken(last) {
        Some((_, actual)) if matches!(last.status(), Some(500..) | None) => {
            Check::unclear(Level::Must, "the receiver recovers", &[E1], actual)
        }
        _ => expect::taken(trial.scene(), delivery, last),
    }
}

/// True when the effects that were seen last hold one of this event.
pub(super) fn has_effect(trial: &Trial, delivery: &Delivery) -> bool {
    let mut effects = trial.effects().iter();
    effects.any(|effect| effect.key() == delivery.key)
}
