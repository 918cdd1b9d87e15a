//! Senders that wait to be asked for the body, or have nothing more to say after it.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, Ending, Pacing};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[HTP_03, HTP_16];

/// What common clients wait for an interim 100 before they send the body unasked.
const CLIENTS_WAIT: Duration = Duration::from_secs(1);

const HTP_03: Case = Case {
    id: "HTP-03",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Slow,
    clauses: &["G-ACK-01", "G-ACK-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Http1],
    title: "a sender that waits to be asked for the body is asked",
    doc: "Delivers an event with `Expect: 100-continue` and sends the body once an interim 100 came, or after a second; a 417 is taken for a wish to be sent the event without it.\n\
          Why: HTTP libraries add this header to bodies of some size; a receiver that never asks costs a second each time.\n\
          Fix: let the HTTP library answer 100, or answer 417 at once.",
    body: |trial| Box::pin(htp_03(trial)),
};

async fn htp_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.headers.push(("Expect", b"100-continue".to_vec()));
    request.pacing = Pacing::OnceAskedFor(CLIENTS_WAIT);
    request.label = "an event with `Expect: 100-continue`".to_owned();
    let mut attempt = trial.send(request).await?;
    verdict.add(not_stalled(&attempt));
    if attempt.status() == Some(417) {
        verdict.note("it refuses `Expect` with 417; sent again without it".to_owned());
        attempt = trial.deliver(&delivery).await?;
    }
    let mut check = expect::taken(trial.scene(), &delivery, &attempt);
    check.level = Level::Should;
    verdict.add(check);
    trial.expect_if_acknowledged(&delivery, &attempt);
    let effects = trial.settle().await;
    let claim = "an event whose body had to be asked for has its usual effect";
    verdict.add(expect::effects(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}

/// An interim 100 came, or the answer itself before the body.
fn not_stalled(attempt: &Attempt) -> Check {
    let was_asked = attempt
        .answer()
        .is_none_or(|answer| answer.interim.contains(&100));
    let came_before_body = attempt.timing.last_byte_written.is_none();
    let refuted = (!was_asked && !came_before_body).then(|| {
        let expected = "an interim 100, or an answer, before the body".to_owned();
        let actual = format!(
            "neither within {CLIENTS_WAIT:?}, then {}",
            attempt.describe()
        );
        (expected, actual)
    });
    let claim = "the sender is not kept waiting for an interim 100";
    Check::judged(Level::Should, claim, &[E1, E2], refuted).shown_by(attempt.number)
}

const HTP_16: Case = Case {
    id: "HTP-16",
    requirements: &[R1],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-ACK-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Http1],
    title: "a sender that has finished sending still gets its answer",
    doc: "Delivers an event and closes the sending side of the connection right after it. Reported only: servers of several languages take that for a sender who has left, and may.\n\
          Why: some clients and proxies do this; an event that is taken without an answer is delivered again.\n\
          Fix: do not take the end of what the sender has to say for the end of the connection.",
    body: |trial| Box::pin(htp_16(trial)),
};

async fn htp_16(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.ending = Ending::HalfClose;
    request.label = "an event whose sender has finished sending".to_owned();
    let attempt = trial.send(request).await?;
    let mut check = expect::taken(trial.scene(), &delivery, &attempt);
    check.level = Level::Info;
    verdict.add(check);
    trial.expect(&delivery, Expected::AtMostOnce);
    let effects = trial.settle().await;
    let claim = "such an event has at most one effect";
    verdict.add(expect::nothing_added(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}
