//! Repeats one after the other: the same event again, in the same or another form.

use hamsa_fixtures::Rewrite;
use serde_json::json;

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::sender::Ending;
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_01, IDM_02, IDM_03, IDM_07, IDM_08, IDM_16];

const IDM_01: Case = Case {
    id: "IDM-01",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-01", "G-IDEM-03"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "a byte-identical repeat has no second effect",
    doc: "Delivers an event of each type, repeats the same bytes after the first answer, then counts the effects of each key.\n\
          Why: an at-least-once sender repeats what it believes was lost.\n\
          Fix: insert the key atomically before the effect, under a unique constraint; answer 200 to the repeat as well.",
    body: |trial| Box::pin(idm_01(trial)),
};

async fn idm_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        let first = trial.deliver(&delivery).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &first));
        let repeat = trial.deliver(&delivery).await?;
        verdict.add(expect::taken(trial.scene(), &delivery, &repeat));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    verdict.add(expect::effects(
        &effects,
        Level::Must,
        "each event delivered twice has one effect",
    ));
    Ok(verdict)
}

const IDM_02: Case = Case {
    id: "IDM-02",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-04", "G-IDEM-05"],
    evidence: &[E1],
    needs: &[],
    title: "a duplicate is answered 200",
    doc: "Delivers an event of each type twice and looks at the answer to the repeat.\n\
          Why: a sender repeats whatever was not answered 200, so a 409 is asked for again and again.\n\
          Fix: answer a known key with 200 and, as the guide's samples do, `{\"received\": true, \"duplicate\": true}`.",
    body: |trial| Box::pin(idm_02(trial)),
};

async fn idm_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for event_type in trial.event_types() {
        let delivery = trial.mint_event(&event_type)?;
        trial.deliver(&delivery).await?;
        let mut repeat = delivery.request();
        repeat.label = format!("a duplicate {event_type}");
        let repeat = trial.send(repeat).await?;
        verdict.add(expect::taken(trial.scene(), &delivery, &repeat));
    }
    Ok(verdict)
}

const IDM_03: Case = Case {
    id: "IDM-03",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-01", "G-IDEM-03", "G-IDEM-04"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "ten copies over ten connections have one effect",
    doc: "Delivers one event ten times in sequence, each time over a new connection.\n\
          Why: repeats come from other connections, and often from another machine of the sender.\n\
          Fix: keep the keys in the store that all workers share, not in a process or a connection.",
    body: |trial| Box::pin(idm_03(trial)),
};

async fn idm_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    for _ in 0..10 {
        let attempt = trial.deliver(&delivery).await?;
        verdict.add(expect::taken(trial.scene(), &delivery, &attempt));
    }
    trial.expect_once(&delivery);
    let effects = trial.settle().await;
    verdict.add(expect::effects(
        &effects,
        Level::Must,
        "ten copies have one effect",
    ));
    Ok(verdict)
}

const IDM_07: Case = Case {
    id: "IDM-07",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "the same event in other bytes is still the same event",
    doc: "Delivers an event, then copies of it with other key order, white space, escapes and number forms.\n\
          Why: the key is callId + eventType + timestamp after JSON decoding; nothing promises equal bytes.\n\
          Fix: build the key from the three decoded strings, never from a hash of the body.",
    body: |trial| Box::pin(idm_07(trial)),
};

async fn idm_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for rewrite in Rewrite::ALL {
        let delivery = trial.mint_effective()?;
        let first = trial.deliver(&delivery).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &first));
        let copy = delivery.with_body(rewrite.apply(&delivery.body));
        let mut request = copy.request();
        request.label = format!("the same event with {}", rewrite.name());
        let repeat = trial.send(request).await?;
        verdict.add(expect::taken(trial.scene(), &copy, &repeat));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "an event and its copy in other bytes have one effect";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}

const IDM_08: Case = Case {
    id: "IDM-08",
    requirements: &[R2],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "the same key with other data: reported, not judged",
    doc: "Delivers two events that share callId, eventType and timestamp and differ in `data`.\n\
          Why: two transcription updates in one millisecond share the documented key; by its letter the second is a duplicate.\n\
          Fix: nothing to fix; know that such a pair counts as one event.",
    body: |trial| Box::pin(idm_08(trial)),
};

async fn idm_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let first = trial.mint_effective()?;
    let mut event = first.value()?;
    match event["data"].as_object_mut() {
        Some(data) => _ = data.insert("harnessCopy".to_owned(), json!(2)),
        None => event["data"] = json!({"harnessCopy": 2}),
    }
    let second = first.with_body(event.to_string().into_bytes());
    for delivery in [&first, &second] {
        let attempt = trial.deliver(delivery).await?;
        let mut check = expect::acknowledged(trial.scene(), delivery, &attempt);
        check.level = Level::Info;
        verdict.add(check);
    }
    trial.expect_once(&first);
    let effects = trial.settle().await;
    let claim = "two events of one key that differ in `data` have one effect, by the letter of R2";
    verdict.add(expect::effects(&effects, Level::Info, claim));
    Ok(verdict)
}

const IDM_16: Case = Case {
    id: "IDM-16",
    requirements: &[R2],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-01", "D-06"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "an event whose sender left before the answer has one effect after the retry",
    doc: "Sends a whole event, closes the connection before the answer, then delivers the same bytes again; ten times with fresh keys.\n\
          Why: that is what a time-out looks like from the receiver's side, and it is always followed by a retry.\n\
          Fix: make the claim of the key and the durable hand-off one step that does not depend on the connection staying open.",
    body: |trial| Box::pin(idm_16(trial)),
};

async fn idm_16(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for _ in 0..10 {
        let delivery = trial.mint_effective()?;
        let mut left = delivery.request();
        left.label = "an event whose sender leaves before the answer".to_owned();
        left.ending = Ending::LeaveUnanswered;
        trial.send(left).await?;
        let mut retry = delivery.request();
        retry.label = "the retry".to_owned();
        let retry = trial.send(retry).await?;
        verdict.add(expect::taken(trial.scene(), &delivery, &retry));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "an unanswered event and its retry have one effect";
    verdict.add(expect::effects(&effects, Level::Must, claim));
    Ok(verdict)
}
