//! The answer to a valid event: that there is one, and that it is a 200.

use hamsa_schemas::EVENT_TYPES;

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Attempt;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[ACK_01, ACK_02, ACK_03, ACK_04, ACK_05, ACK_06];

const ACK_01: Case = Case {
    id: "ACK-01",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &[
        "G-ACK-01", "G-ACK-02", "G-ACK-04", "G-EVT-01", "G-EVT-22", "G-VAL-06",
    ],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "each of the five events is answered 200 within five seconds",
    doc: "Delivers an ordinary event of each type over a new connection, the guide's own call.ended payloads, and each of yours when you gave some.\n\
          Why: the provider takes anything else for a failed delivery, and the event is lost or repeated.\n\
          Fix: store the event, answer 200, and do the work afterwards.",
    body: |trial| Box::pin(ack_01(trial)),
};

async fn ack_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut fixtures: Vec<String> = EVENT_TYPES
        .iter()
        .map(|kind| trial.scene().payloads.typical(kind))
        .collect();
    // What a reader of the guide has tried by hand has to work.
    fixtures.extend(["guide/call-ended-full", "guide/curl-call-ended"].map(str::to_owned));
    for own in trial.scene().payloads.own() {
        if !fixtures.iter().any(|known| known == own.id()) {
            fixtures.push(own.id().to_owned());
        }
    }
    let mut verdict = deliver_each(trial, &fixtures).await?;
    nothing_is_lost(trial, &mut verdict).await;
    Ok(verdict)
}

const ACK_02: Case = Case {
    id: "ACK-02",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-ACK-02", "G-EVT-12"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "the smallest event of each type is answered 200 within five seconds",
    doc: "Delivers each event with all seven members and the smallest legitimate body; an empty `data` is judged as SHOULD.\n\
          Why: calls that nobody answers have no transcript, no recording and no outcome.\n\
          Fix: treat every member inside `data` as optional.",
    body: |trial| Box::pin(ack_02(trial)),
};

async fn ack_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let minimal: Vec<String> = EVENT_TYPES
        .iter()
        .map(|kind| format!("{kind}/minimal"))
        .collect();
    let mut verdict = deliver_each(trial, &minimal).await?;
    for event_type in EVENT_TYPES {
        let delivery = trial.mint(&format!("{event_type}/empty-data"))?;
        let mut request = delivery.request();
        request.label = format!("a {event_type} with empty data");
        let attempt = trial.send(request).await?;
        let mut check = expect::acknowledged(trial.scene(), &delivery, &attempt);
        check.level = Level::Should;
        verdict.add(check);
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    nothing_is_lost(trial, &mut verdict).await;
    Ok(verdict)
}

const ACK_03: Case = Case {
    id: "ACK-03",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-ACK-02", "G-VAL-10", "D-04"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "the fullest event of each type is answered 200 within five seconds",
    doc: "Delivers each event with everything in it: Arabic and mixed-direction text, emoji, and a `call.ended` of 256 KiB.\n\
          Why: a long call in Arabic easily passes the 100 kB at which common body parsers stop.\n\
          Fix: raise the body limit to at least 1 MiB; keep text as UTF-8 from end to end.",
    body: |trial| Box::pin(ack_03(trial)),
};

async fn ack_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut fixtures: Vec<String> = EVENT_TYPES
        .iter()
        .map(|kind| format!("{kind}/maximal"))
        .collect();
    fixtures.push("call.ended/256k".to_owned());
    let mut verdict = deliver_each(trial, &fixtures).await?;
    nothing_is_lost(trial, &mut verdict).await;
    Ok(verdict)
}

const ACK_04: Case = Case {
    id: "ACK-04",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-02", "D-04"],
    evidence: &[E1, E2],
    needs: &[],
    title: "a call.ended of 1 MiB is answered 200 within five seconds",
    doc: "Delivers a `call.ended` with a transcript of one mebibyte.\n\
          Why: nothing bounds a transcript, and a CV or a document in the params comes back inside it.\n\
          Fix: accept bodies of at least 1 MiB; answer 413 above your limit.",
    body: |trial| Box::pin(ack_04(trial)),
};

async fn ack_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint("call.ended/1m")?;
    let attempt = trial.deliver(&delivery).await?;
    let mut check = expect::acknowledged(trial.scene(), &delivery, &attempt);
    check.level = Level::Should;
    verdict.add(check);
    trial.expect(&delivery, Expected::AtMostOnce);
    Ok(verdict)
}

const ACK_05: Case = Case {
    id: "ACK-05",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01"],
    evidence: &[E1],
    needs: &[],
    title: "the status is exactly 200",
    doc: "Delivers an ordinary event of each type and looks for another 2xx, such as 201, 202 or 204.\n\
          Why: the guide says 200 and nothing else; what the sender makes of another 2xx is unknown.\n\
          Fix: answer 200.",
    body: |trial| Box::pin(ack_05(trial)),
};

async fn ack_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    judge_each_type(trial, expect::exactly_200).await
}

const ACK_06: Case = Case {
    id: "ACK-06",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01"],
    evidence: &[E1],
    needs: &[],
    title: "the configured URL answers itself, without a redirect",
    doc: "Delivers an ordinary event of each type and looks for a 3xx; it is never followed, and the token goes nowhere else.\n\
          Why: nothing says that the sender follows redirects, and one that does may drop the body or the token.\n\
          Fix: configure the final URL; mind trailing slashes and http against https.",
    body: |trial| Box::pin(ack_06(trial)),
};

async fn ack_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    judge_each_type(trial, expect::no_redirect).await
}

/// Delivers an ordinary event of each type and judges its answer.
async fn judge_each_type(trial: &mut Trial, judge: fn(&Attempt) -> Check) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in EVENT_TYPES {
        let delivery = trial.mint_event(event_type)?;
        let attempt = trial.deliver(&delivery).await?;
        verdict.add(judge(&attempt));
        trial.expect_once(&delivery);
    }
    Ok(verdict)
}

/// Delivers a fixture each: it is answered, and what was acknowledged is not lost.
async fn deliver_each(trial: &mut Trial, fixtures: &[String]) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for fixture in fixtures {
        let delivery: Delivery = trial.mint(fixture)?;
        let mut request = delivery.request();
        request.label = fixture.clone();
        let attempt = trial.send(request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        trial.expect_if_acknowledged(&delivery, &attempt);
    }
    Ok(verdict)
}

/// The end of a case that delivered fixtures.
async fn nothing_is_lost(trial: &mut Trial, verdict: &mut Verdict) {
    let effects = trial.settle().await;
    let claim = "what was acknowledged has its effect";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
}
