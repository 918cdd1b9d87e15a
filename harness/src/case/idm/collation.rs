//! Keys that a store may take for equal although their bytes differ.

use crate::case::declaration::{Case, CaseSet, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::R2};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[IDM_12, IDM_13, IDM_14, IDM_15, IDM_27];

const IDM_12: Case = Case {
    id: "IDM-12",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "call ids that differ in letter case are two calls",
    doc: "Delivers two events whose callIds differ only in the case of a letter.\n\
          Why: the default collation of several databases compares text without case.\n\
          Fix: give the key column a binary collation, or store a hash of the key.",
    body: |trial| Box::pin(idm_12(trial)),
};

async fn idm_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let id = trial.call_id();
    distinct_ids(
        trial,
        &[format!("{id}-abc"), format!("{id}-aBc")],
        "letter case",
    )
    .await
}

const IDM_13: Case = Case {
    id: "IDM-13",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "call ids that differ in a trailing space or in Unicode form are two calls",
    doc: "Delivers events whose callIds differ in a trailing space, then in composed against decomposed letters.\n\
          Why: padding comparison and normalisation make different keys equal.\n\
          Fix: compare keys byte for byte; never trim or normalise them.",
    body: |trial| Box::pin(idm_13(trial)),
};

async fn idm_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let (a, b) = (trial.call_id(), trial.call_id());
    let ids = [
        a.clone(),
        format!("{a} "),
        format!("{b}-é"),
        format!("{b}-e\u{301}"),
    ];
    distinct_ids(trial, &ids, "a trailing space or Unicode form").await
}

const IDM_14: Case = Case {
    id: "IDM-14",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "long call ids with an equal beginning are two calls",
    doc: "Delivers two events whose callIds have 300 characters and differ only after the 255th.\n\
          Why: a column of 255 characters cuts both to the same key.\n\
          Fix: store the key whole, or refuse what is too long with a 4xx.",
    body: |trial| Box::pin(idm_14(trial)),
};

async fn idm_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let start = format!("{:x<290}", trial.call_id());
    let ids = [format!("{start}-tail-aaaa"), format!("{start}-tail-bbbb")];
    distinct_ids(trial, &ids, "what follows the 255th character").await
}

/// Events of these call ids each have their effect; one that was turned down with a 4xx has none.
async fn distinct_ids(trial: &mut Trial, ids: &[String], what: &str) -> Result<Verdict, Stop> {
    let timestamp = trial.timestamp();
    let keys: Vec<(String, String)> = ids
        .iter()
        .map(|id| (id.clone(), timestamp.clone()))
        .collect();
    distinct_keys(trial, &keys, what).await
}

/// Events of these call ids and timestamps each have their effect, unless turned down with a 4xx.
async fn distinct_keys(
    trial: &mut Trial,
    keys: &[(String, String)],
    what: &str,
) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let event_type = trial.effective_type();
    let fixture = trial.scene().payloads.typical(&event_type);
    for (call_id, timestamp) in keys {
        let delivery = trial.mint_as(&fixture, call_id, timestamp)?;
        let attempt = trial.deliver(&delivery).await?;
        if matches!(attempt.status(), Some(400..=499)) {
            trial.expect(&delivery, Expected::Never);
            verdict.note(format!(
                "an event that differs in {what} was {}",
                attempt.describe()
            ));
        } else {
            let mut check = expect::taken(trial.scene(), &delivery, &attempt);
            check.level = Level::Should;
            verdict.add(check);
            trial.expect_once(&delivery);
        }
    }
    let effects = trial.settle().await;
    let claim = format!("events that differ in {what} each have their effect");
    verdict.add(expect::effects(&effects, Level::Should, &claim));
    Ok(verdict)
}

const IDM_15: Case = Case {
    id: "IDM-15",
    requirements: &[R2],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-02", "G-VAL-05"],
    evidence: &[E1],
    needs: &[],
    title: "one instant written in several ways: reported, not judged",
    doc: "Delivers events of one call whose timestamps name the same instant with `Z`, `+00:00` and other fractions.\n\
          Why: compared as text they are different events, compared as dates they are one.\n\
          Fix: nothing to fix; the key is three strings, so text comparison is the safer reading.",
    body: |trial| Box::pin(idm_15(trial)),
};

async fn idm_15(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let event_type = trial.effective_type();
    let fixture = trial.scene().payloads.typical(&event_type);
    let call_id = trial.call_id();
    let stamp = trial.timestamp();
    let seconds = stamp.split('.').next().unwrap_or(&stamp).to_owned();
    let forms = [
        format!("{seconds}.000Z"),
        format!("{seconds}Z"),
        format!("{seconds}.000+00:00"),
    ];
    for timestamp in &forms {
        let delivery = trial.mint_as(&fixture, &call_id, timestamp)?;
        let attempt = trial.deliver(&delivery).await?;
        let mut check = expect::taken(trial.scene(), &delivery, &attempt);
        check.level = Level::Info;
        verdict.add(check);
        trial.expect(&delivery, Expected::Any);
    }
    trial.settle().await;
    if trial.scene().probe.is_some() {
        let (count, forms) = (trial.effects().len(), forms.len());
        verdict.note(format!("{forms} spellings of one instant: {count} taken"));
    }
    Ok(verdict)
}

const IDM_27: Case = Case {
    id: "IDM-27",
    requirements: &[R2],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["D-07", "G-IDEM-02"],
    evidence: &[E1, E3],
    needs: &[],
    title: "keys that read alike once joined are two events",
    doc: "Delivers pairs of events whose parts differ and are equal when joined with `:` or with `-`.\n\
          Why: both samples of the guide join the parts with a character that ids and timestamps contain.\n\
          Fix: keep the three parts in three columns, or encode them with their lengths.",
    body: |trial| Box::pin(idm_27(trial)),
};

async fn idm_27(trial: &mut Trial) -> Result<Verdict, Stop> {
    let event_type = trial.effective_type();
    let mut keys = Vec::new();
    for joint in [":", "-"] {
        let (id, first, second) = (trial.call_id(), trial.timestamp(), trial.timestamp());
        // id + type + first + type + second, cut in two places.
        let middle = format!("{joint}{event_type}{joint}");
        keys.push((format!("{id}{middle}{first}"), second.clone()));
        keys.push((id, format!("{first}{middle}{second}")));
    }
    distinct_keys(trial, &keys, "where one part ends and the next begins").await
}
