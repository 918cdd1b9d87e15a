//! Bodies that are no JSON, no object, or no event.

use std::sync::Arc;

use hamsa_fixtures::{Malformed, malformed};

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Framing, Request};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[MAL_01, MAL_02, MAL_03, MAL_04, MAL_05, MAL_07];

/// Sends a bad body with the valid token: it should be turned down, and its key has no effect.
pub(super) async fn send_bad(
    trial: &mut Trial,
    verdict: &mut Verdict,
    delivery: &Delivery,
    bad: Malformed,
) -> Result<(), Stop> {
    let mut request = Request::post(bad.name, Arc::from(bad.bytes));
    request.fixture = Some(format!("{}, malformed", delivery.fixture));
    let attempt = trial.send(request).await?;
    verdict.add(expect::turned_down(&attempt));
    trial.expect(delivery, Expected::Never);
    Ok(())
}

/// The end of every malformed case: still serving, and no effect but the control's.
pub(super) async fn still_serves(
    trial: &mut Trial,
    verdict: &mut Verdict,
    after: &str,
) -> Result<(), Stop> {
    verdict.add(trial.control(after).await?);
    let effects = trial.settle().await;
    let claim = format!("{after} have no effect, and a valid event after them has its own");
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, &claim));
    Ok(())
}

const MAL_01: Case = Case {
    id: "MAL-01",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-01"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "an empty body has no effect",
    doc: "Sends a POST with the valid token and an empty body, with and without `Content-Length: 0`.\n\
          Why: health checks and misconfigured proxies send such requests.\n\
          Fix: answer 400; do not assume that a parsed body exists.",
    body: |trial| Box::pin(mal_01(trial)),
};

async fn mal_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for framing in [Framing::Length, Framing::Bodiless] {
        let mut request = Request::post("an empty body", Arc::from([]));
        if framing == Framing::Bodiless {
            request.label = "no body and no length".to_owned();
        }
        request.framing = framing;
        let attempt = trial.send(request).await?;
        verdict.add(expect::turned_down(&attempt));
    }
    still_serves(trial, &mut verdict, "empty bodies").await?;
    Ok(verdict)
}

const MAL_02: Case = Case {
    id: "MAL-02",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-01"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "truncated JSON has no effect",
    doc: "Sends an event cut after one byte, in the middle, and before its last byte.\n\
          Why: a lenient parser can make an event of half an event.\n\
          Fix: parse strictly and answer 400.",
    body: |trial| Box::pin(mal_02(trial)),
};

async fn mal_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for index in 0..3 {
        let delivery = trial.mint_effective()?;
        let [first, middle, last] = malformed::truncations(&delivery.body);
        let bad = match index {
            0 => first,
            1 => middle,
            _ => last,
        };
        send_bad(trial, &mut verdict, &delivery, bad).await?;
    }
    still_serves(trial, &mut verdict, "truncated bodies").await?;
    Ok(verdict)
}

const MAL_03: Case = Case {
    id: "MAL-03",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-01"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "JSON that is no object has no effect",
    doc: "Sends `null`, `true`, a number, a string, an empty array, and an array that holds a valid event.\n\
          Why: reading a member of null throws in most languages, outside the code that expects errors.\n\
          Fix: check that the body is an object before reading from it.",
    body: |trial| Box::pin(mal_03(trial)),
};

async fn mal_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    for bad in malformed::top_levels(&delivery.body) {
        send_bad(trial, &mut verdict, &delivery, bad).await?;
    }
    still_serves(trial, &mut verdict, "bodies that are no object").await?;
    Ok(verdict)
}

/// The members without which an event has no key.
const KEY_MEMBERS: [&str; 3] = ["callId", "eventType", "timestamp"];
/// The members that the guide's validator requires and nothing relies on.
const OTHER_MEMBERS: [&str; 4] = ["projectId", "agentId", "agentName", "data"];

const MAL_04: Case = Case {
    id: "MAL-04",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-02", "G-VAL-03", "G-VAL-04"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "an event without a part of its key has no effect",
    doc: "Sends events that lack callId, eventType or timestamp; the other four members are left out too, and only reported.\n\
          Why: an event under a made-up key is counted again on each delivery, or swallows the next one.\n\
          Fix: answer 400 when one of the three is missing.",
    body: |trial| Box::pin(mal_04(trial)),
};

async fn mal_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for member in KEY_MEMBERS {
        let delivery = trial.mint_effective()?;
        let bad = malformed::missing(&delivery.body, member);
        send_bad(trial, &mut verdict, &delivery, bad).await?;
    }
    for member in OTHER_MEMBERS {
        let delivery = trial.mint_effective()?;
        report_other(
            trial,
            &mut verdict,
            &delivery,
            malformed::missing(&delivery.body, member),
        )
        .await?;
    }
    still_serves(trial, &mut verdict, "events without a part of their key").await?;
    Ok(verdict)
}

const MAL_05: Case = Case {
    id: "MAL-05",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-02", "G-VAL-03", "G-VAL-05", "G-VAL-07"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "an event with a mistyped part of its key has no effect",
    doc: "Sends events whose callId, eventType or timestamp is null, a number, an array, an object or an empty string; the other four members too, and only reported.\n\
          Why: turned into text, an object becomes `[object Object]` and every such event has the same key.\n\
          Fix: check that the three are non-empty strings, and answer 400 otherwise.",
    body: |trial| Box::pin(mal_05(trial)),
};

async fn mal_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for member in KEY_MEMBERS {
        let example = trial.mint_effective()?;
        for index in 0..malformed::mistyped(&example.body, member).len() {
            let delivery = trial.mint_effective()?;
            let bad = malformed::mistyped(&delivery.body, member).swap_remove(index);
            send_bad(trial, &mut verdict, &delivery, bad).await?;
        }
    }
    for member in OTHER_MEMBERS {
        let delivery = trial.mint_effective()?;
        if let Some(bad) = malformed::mistyped(&delivery.body, member)
            .into_iter()
            .next()
        {
            report_other(trial, &mut verdict, &delivery, bad).await?;
        }
    }
    still_serves(
        trial,
        &mut verdict,
        "events with a mistyped part of their key",
    )
    .await?;
    Ok(verdict)
}

const MAL_07: Case = Case {
    id: "MAL-07",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-02", "G-VAL-03", "G-EVT-15"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "member names in other letter case are no event",
    doc: "Sends an event whose `callId` is written `callid`, and likewise the other parts of the key.\n\
          Why: names are compared letter by letter; a reader that folds them takes events nobody sent.\n\
          Fix: read members by their exact names.",
    body: |trial| Box::pin(mal_07(trial)),
};

async fn mal_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    send_bad(
        trial,
        &mut verdict,
        &delivery,
        malformed::wrong_case(&delivery.body),
    )
    .await?;
    still_serves(trial, &mut verdict, "member names in other letter case").await?;
    Ok(verdict)
}

/// Sends what may be taken and may be turned down: both are fine, and which it was is worth
/// knowing.
pub(super) async fn report_other(
    trial: &mut Trial,
    verdict: &mut Verdict,
    delivery: &Delivery,
    bad: Malformed,
) -> Result<(), Stop> {
    let mut request = Request::post(bad.name, Arc::from(bad.bytes));
    request.fixture = Some(format!("{}, malformed", delivery.fixture));
    let attempt = trial.send(request).await?;
    verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
    trial.expect(delivery, Expected::AtMostOnce);
    Ok(())
}
