//! Several calls, several paths, and what an answer says.

use serde_json::json;

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[IDM_22, IDM_25, IDM_26, IDM_28, IDM_29];

const IDM_22: Case = Case {
    id: "IDM-22",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::All,
    schedule: Schedule::Slow,
    clauses: &["G-IDEM-03", "G-IDEM-06"],
    evidence: &[E1, E3],
    needs: &[],
    title: "a repeat after minutes has no second effect",
    doc: "Delivers an event of each type, waits for `--dedup-window` (five minutes unless told otherwise), then delivers them again.\n\
          Why: senders retry for hours; a key that expires after seconds lets the late repeat count again.\n\
          Fix: keep keys in the store, for at least 24 hours.",
    body: |trial| Box::pin(idm_22(trial)),
};

async fn idm_22(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut deliveries = Vec::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        trial.deliver(&delivery).await?;
        trial.expect_once(&delivery);
        deliveries.push(delivery);
    }
    let window = trial.scene().dedup_window;
    trial.wait(window).await;
    for delivery in &deliveries {
        let mut request = delivery.request();
        request.label = format!("a repeat {} later", humantime::format_duration(window));
        let repeat = trial.send(request).await?;
        let mut check = expect::taken(trial.scene(), delivery, &repeat);
        check.level = Level::Should;
        verdict.add(check);
    }
    verdict.figure("dedupWindow", window.as_secs_f64() * 1000.0, "ms");
    let effects = trial.settle().await;
    let claim = "an event and its repeat after the window have one effect";
    verdict.add(expect::effects(&effects, Level::Should, claim));
    Ok(verdict)
}

/// Events of each of two calls.
const EVENTS_OF_CALL: usize = 50;

const IDM_25: Case = Case {
    id: "IDM-25",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Slow,
    clauses: &["G-IDEM-02", "G-IDEM-03"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "two calls at the same time do not touch each other",
    doc: "Delivers two calls of 50 events each at the same time: the events in pairs of equal type and timestamp, both of a pair together.\n\
          Why: state that is kept per process instead of per call mixes two calls that run at once, and a key without callId swallows one of each pair.\n\
          Fix: keep whatever you keep about a call under its callId; key events by all three parts.",
    body: |trial| Box::pin(idm_25(trial)),
};

async fn idm_25(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let calls = [trial.call_id(), trial.call_id()];
    let types = trial.event_types();
    // What occurs many times in a call.
    let repeated: Vec<String> = ["transcription.update", "tool.executed"]
        .into_iter()
        .filter(|one| types.iter().any(|known| known == one))
        .map(str::to_owned)
        .collect();
    let own = trial.effective_type();
    for index in 0..EVENTS_OF_CALL {
        let event_type = match repeated.get(index % repeated.len().max(1)) {
            Some(repeated) if index + 1 < EVENTS_OF_CALL => repeated,
            _ if repeated.is_empty() && index > 0 => break,
            _ => &own,
        };
        let fixture = trial.scene().payloads.typical(event_type);
        let timestamp = trial.timestamp();
        let mut pair = Vec::with_capacity(calls.len());
        for call_id in &calls {
            pair.push(marked(&trial.mint_as(&fixture, call_id, &timestamp)?)?);
        }
        if index % 2 == 1 {
            pair.reverse();
        }
        let requests = pair.iter().map(Delivery::request).collect();
        let released = trial.release(requests).await;
        for (delivery, attempt) in pair.iter().zip(released.attempts) {
            let attempt = match attempt.status() {
                Some(429) => trial.deliver(delivery).await?,
                _ => attempt,
            };
            verdict.add(expect::taken(trial.scene(), delivery, &attempt));
            trial.expect_once(delivery);
        }
    }
    let effects = trial.settle().await;
    let claim = "every event of two interleaved calls has one effect";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    verdict.add(uncrossed(trial, &effects));
    Ok(verdict)
}

/// The member by which an effect shows whose data it holds.
const OWNER: &str = "harnessCall";

/// The event with its callId in its data as well.
fn marked(delivery: &Delivery) -> Result<Delivery, Stop> {
    let mut event = delivery.value()?;
    if let Some(data) = event["data"].as_object_mut() {
        data.insert(OWNER.to_owned(), json!(delivery.key.call_id));
    }
    Ok(delivery.with_body(event.to_string().into_bytes()))
}

/// No effect holds the data of the other call. Seen only where the probe shows data, and where the
/// receiver keeps members that it does not know.
fn uncrossed(trial: &Trial, effects: &Effects) -> Check {
    let claim = "no effect holds what the other call said";
    let mut owners = trial.effects().iter().filter_map(|effect| {
        let owner = effect.data.as_ref()?.get(OWNER)?.as_str()?;
        Some((effect, owner))
    });
    let crossed = owners
        .clone()
        .find(|(effect, owner)| *owner != effect.call_id);
    if !matches!(effects, Effects::Seen(_)) || owners.next().is_none() {
        // What no probe has to show is not missed.
        return Check::unseen(Level::Info, claim, &[E3], "the probe shows no data");
    }
    let refuted = crossed.map(|(effect, owner)| {
        (
            format!("data of {}", effect.call_id),
            format!("data of {owner} under {}", effect.key()),
        )
    });
    Check::judged(Level::Must, claim, &[E1, E3], refuted)
}

const IDM_26: Case = Case {
    id: "IDM-26",
    requirements: &[R2],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "a repeat over another form of the URL: reported",
    doc: "Delivers an event to the URL with a query or a slash at its end, then the same event to the URL itself.\n\
          Why: an agent that was configured anew may bring an event to both forms; a cache in front that keys by URL lets both through.\n\
          Fix: let the key decide, not the URL; answering the other form 404 is as right.",
    body: |trial| Box::pin(idm_26(trial)),
};

async fn idm_26(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let own = trial.scene().connector.target.path_and_query();
    let (path, query) = own.split_once('?').unwrap_or((&own, ""));
    let more = if query.is_empty() { "" } else { "&" };
    let other_end = match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => bare.to_owned(),
        _ => format!("{}/", path.trim_end_matches('/')),
    };
    let mark = if query.is_empty() { "" } else { "?" };
    let forms = [
        format!("{path}?{query}{more}source=agent"),
        format!("{other_end}{mark}{query}"),
    ];
    for form in forms {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.label = "an event over another form of the URL".to_owned();
        request.path_and_query = Some(form.clone());
        let first = trial.send(request).await?;
        let repeat = trial.deliver(&delivery).await?;
        verdict.note(format!(
            "{form}: {}, then {}",
            first.describe(),
            repeat.describe()
        ));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    let effects = trial.settle().await;
    let claim = "an event has one effect over whichever form of the URL its copies come";
    verdict.add(expect::nothing_added(&effects, Level::Info, claim));
    Ok(verdict)
}

const IDM_28: Case = Case {
    id: "IDM-28",
    requirements: &[R2],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-05"],
    evidence: &[E1],
    needs: &[],
    title: "an answer says whether its event is a duplicate: reported",
    doc: "Delivers an event of each type twice; the second answer should say `duplicate: true`, the first should not.\n\
          Why: it is how an engineer tells a retry from lost work in the logs; the guide's sample code answers so.\n\
          Fix: answer a known key with `{\"received\": true, \"duplicate\": true}`, and only a known one.",
    body: |trial| Box::pin(idm_28(trial)),
};

async fn idm_28(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        for (copy, is_duplicate) in [("first", false), ("second", true)] {
            let attempt = trial.deliver(&delivery).await?;
            let refuted = (says_duplicate(&attempt) != is_duplicate).then(|| {
                let word = if is_duplicate { "" } else { "no " };
                (
                    format!("{word}`duplicate: true`"),
                    "the answer says otherwise".to_owned(),
                )
            });
            let claim = format!("the answer to the {copy} copy of a {event_type} says what it is");
            verdict.add(Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number));
        }
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    Ok(verdict)
}

fn says_duplicate(attempt: &Attempt) -> bool {
    attempt
        .answer()
        .and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer.body).ok())
        .is_some_and(|body| body["duplicate"] == json!(true))
}

const IDM_29: Case = Case {
    id: "IDM-29",
    requirements: &[R2],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "the same key with other envelope members: reported, not judged",
    doc: "Delivers an event, then copies that differ in one member beside the key: projectId, agentId, agentName.\n\
          Why: by the letter of the guide only callId, eventType and timestamp count; an agent that was renamed between two attempts must not double its events.\n\
          Fix: leave all other members out of the key.",
    body: |trial| Box::pin(idm_29(trial)),
};

async fn idm_29(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let first = trial.mint_effective()?;
    let event = first.value()?;
    trial.deliver(&first).await?;
    let others = ["projectId", "agentId", "agentName"];
    for member in others.into_iter().filter(|one| event.get(one).is_some()) {
        let mut copy = event.clone();
        copy[member] = json!("another");
        let copy = first.with_body(copy.to_string().into_bytes());
        let mut request = copy.request();
        request.label = format!("the same event with another {member}");
        let attempt = trial.send(request).await?;
        verdict.note(format!("another {member}: {}", attempt.describe()));
    }
    trial.expect_once(&first);
    let effects = trial.settle().await;
    let claim = "copies that differ beside the key have one effect";
    verdict.add(expect::effects(&effects, Level::Info, claim));
    Ok(verdict)
}
