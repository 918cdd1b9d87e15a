//! What the cases about an event's contents share: an event with members of the case's choice, and
//! the judgement of what its effects tell of them.

use serde_json::{Map, Value};

use super::carried::{Carried, Told};
use crate::case::expect;
use crate::case::trial::{Delivery, Effects, Stop, Trial};
use crate::error::HarnessError;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

/// Why a claim about an effect's data cannot be judged.
const UNTOLD: &str = "a probe whose records have the event's contents in `data` would show it";

/// True when preflight saw events of this type answered; without that there is nothing to see.
pub(super) fn is_answered(trial: &Trial, event_type: &str, verdict: &mut Verdict) -> bool {
    let is = trial.event_types().iter().any(|known| known == event_type);
    if !is {
        verdict.note(format!("no {event_type} is answered in time, see ACK-01"));
    }
    is
}

/// Delivers an event of this type whose inner body is changed. Where the user's own payload has no
/// inner body, ours stands in.
///
/// # Errors
/// As for [`Trial::send`].
pub(super) async fn deliver_changed(
    trial: &mut Trial,
    event_type: &str,
    what: &str,
    change: impl FnOnce(&mut Map<String, Value>) + Send,
) -> Result<(Delivery, Attempt), Stop> {
    deliver_event(trial, event_type, what, |event| {
        if let Some(body) = event
            .pointer_mut("/data/data")
            .and_then(Value::as_object_mut)
        {
            change(body);
        }
    })
    .await
}

/// Delivers an event of this type that is changed as a whole.
///
/// # Errors
/// As for [`Trial::send`].
pub(super) async fn deliver_event(
    trial: &mut Trial,
    event_type: &str,
    what: &str,
    change: impl FnOnce(&mut Value) + Send,
) -> Result<(Delivery, Attempt), Stop> {
    let mut delivery = trial.mint_event(event_type)?;
    let mut event = delivery.value()?;
    if !event.pointer("/data/data").is_some_and(Value::is_object) {
        delivery = trial.mint(&format!("{event_type}/typical"))?;
        event = delivery.value()?;
    }
    change(&mut event);
    let delivery = delivery.with_body(event.to_string().into_bytes());
    let mut request = delivery.request();
    request.label = format!("a {event_type} with {what}");
    let attempt = trial.send(request).await?;
    trial.expect_if_acknowledged(&delivery, &attempt);
    Ok((delivery, attempt))
}

/// The outcome of a call.ended, made where there is none.
///
/// # Errors
/// When the payload has something else in its place, which is a fault of ours.
pub(super) fn outcome(
    body: &mut Map<String, Value>,
) -> Result<&mut Map<String, Value>, HarnessError> {
    let outcome = body
        .entry("outcomeResult")
        .or_insert_with(|| Value::Object(Map::new()));
    if !outcome.is_object() {
        *outcome = Value::Object(Map::new());
    }
    outcome
        .as_object_mut()
        .ok_or_else(|| HarnessError::Internal("an outcome that is no object".to_owned()))
}

/// Adds these members to the outcome.
pub(super) fn add_outcome(body: &mut Map<String, Value>, members: &Value) {
    if let (Ok(outcome), Some(members)) = (outcome(body), members.as_object()) {
        outcome.extend(members.clone());
    }
}

/// Settles; that what was acknowledged has its effect is judged on the way.
pub(super) async fn settled(trial: &mut Trial, verdict: &mut Verdict, level: Level) -> Effects {
    let effects = trial.settle().await;
    let claim = "what was acknowledged has its effect";
    verdict.add(expect::effects(&effects, level, claim).filed_under(R2));
    effects
}

/// What the effects of this delivery tell.
pub(super) fn told(trial: &Trial, delivery: &Delivery) -> Told {
    let own = trial
        .effects()
        .iter()
        .filter(|effect| effect.key() == delivery.key);
    Told::new(own.filter_map(|effect| effect.data.as_ref()))
}

/// Judges a value by what became of it. One that is not there proves nothing.
pub(super) fn kept(
    level: Level,
    claim: &str,
    sent: &str,
    carried: Carried,
    delivery: &Delivery,
) -> Check {
    let mut check = match carried {
        Carried::Whole => Check::judged(level, claim, &[E3], None),
        Carried::Changed(actual) => {
            let shown = sent.chars().take(80).collect();
            Check::judged(level, claim, &[E3], Some((shown, actual)))
        }
        Carried::Missing => return untold(level, claim),
    };
    check.about = Some(delivery.key.clone());
    check
}

/// A claim that effects would have to tell, judged by the opposite if that was seen; `None` when
/// they do not tell.
pub(super) fn judged(
    level: Level,
    claim: &str,
    seen: Option<Option<(String, String)>>,
    delivery: &Delivery,
) -> Check {
    let mut check = match seen {
        Some(refuted) => Check::judged(level, claim, &[E3], refuted),
        None => return untold(level, claim),
    };
    check.about = Some(delivery.key.clone());
    check
}

/// It rests on the answer as well, so that a case which sees nothing else stays open.
fn untold(level: Level, claim: &str) -> Check {
    Check::unseen(level, claim, &[E1, E3], UNTOLD)
}
