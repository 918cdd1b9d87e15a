//! How a body arrives: in chunks, slowly, or not to its end.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Ending, Framing, Pacing};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2, Rb},
};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[HTP_02, HTP_04, HTP_05];

const HTP_02: Case = Case {
    id: "HTP-02",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-04", "G-ACK-01"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Http1],
    title: "a chunked body is accepted",
    doc: "Delivers events with `Transfer-Encoding: chunked` in chunks of 1, 7 and 4096 bytes.\n\
          Why: HTTP libraries and proxies send chunks whenever they do not know the length beforehand.\n\
          Fix: read the body through your HTTP library; do not rely on `Content-Length`.",
    body: |trial| Box::pin(htp_02(trial)),
};

async fn htp_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for size in [1, 7, 4096] {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.framing = Framing::Chunked(size);
        request.label = format!("an event in chunks of {size} bytes");
        let attempt = trial.send(request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    verdict.add(
        expect::effects(
            &effects,
            Level::Must,
            "chunked events have their usual effect",
        )
        .filed_under(R2),
    );
    Ok(verdict)
}

const HTP_04: Case = Case {
    id: "HTP-04",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Core,
    schedule: Schedule::Slow,
    clauses: &["G-ACK-01", "G-ACK-02"],
    evidence: &[E1, E2],
    needs: &[],
    title: "a body that arrives slowly is accepted",
    doc: "Delivers an event whose body goes out in 20 pieces over 3 seconds.\n\
          Why: a long transcript over a slow link looks like this.\n\
          Fix: allow at least ten seconds for reading a body; count the answer's time from its end.",
    body: |trial| Box::pin(htp_04(trial)),
};

async fn htp_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.pacing = Pacing::Spread {
        pieces: 20,
        over: Duration::from_secs(3),
    };
    request.label = "an event in 20 pieces over 3 s".to_owned();
    let attempt = trial.send(request).await?;
    let mut check = expect::acknowledged(trial.scene(), &delivery, &attempt);
    check.level = Level::Should;
    verdict.add(check);
    trial.expect(&delivery, Expected::AtMostOnce);
    Ok(verdict)
}

const HTP_05: Case = Case {
    id: "HTP-05",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-01"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "a body that breaks off has no effect",
    doc: "Sends events and closes the connection after 10 %, 50 % and 99 % of the body.\n\
          Why: what arrived is no event, however much of it looks like one.\n\
          Fix: act only on a body that is complete by its framing.",
    body: |trial| Box::pin(htp_05(trial)),
};

async fn htp_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for percent in [10, 50, 99] {
        for framing in [Framing::Length, Framing::Chunked(64)] {
            let delivery = trial.mint_effective()?;
            let mut request = delivery.request();
            request.framing = framing;
            let sent = match framing {
                // The whole event with padding the receiver is still owed: only the framing tells
                // that it is not complete.
                Framing::Length if percent == 99 => {
                    let padded = [&delivery.body[..], &[b' '; 64]].concat();
                    request.body = padded.into();
                    delivery.body.len()
                }
                _ => delivery.body.len() * percent / 100,
            };
            request.ending = Ending::AbortAfter(sent);
            request.label = format!("an event that breaks off at {percent} %");
            trial.send(request).await?;
            trial.expect(&delivery, Expected::Never);
        }
    }
    verdict.add(trial.control("bodies that break off").await?);
    let effects = trial.settle().await;
    verdict.add_all(expect::only_valid_effects(
        &effects,
        Level::Must,
        "bodies that break off have no effect",
    ));
    Ok(verdict)
}
