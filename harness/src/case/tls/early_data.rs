//! TLS sessions that are resumed, and requests in early data (0-RTT), which anybody can replay.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::sender::{Attempt, Connector, Handshake, NoAnswer, Offer, Request};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_13];

const TLS_13: Case = Case {
    id: "TLS-13",
    requirements: &[Url],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-IDEM-03"],
    evidence: &[E1, E3],
    needs: &[Need::Https],
    title: "an event that is repeated in early data takes effect once",
    doc: "Delivers an event, resumes its TLS session and sends the same bytes as early data (0-RTT), where the server takes some.\n\
          Why: early data can be recorded and sent again by anybody on the way, without the key (RFC 8446, section 8). Only deduplication stands against it.\n\
          Fix: switch early data off for this URL (nginx `ssl_early_data off`), or answer 425 to it; nobody needs it for webhooks.",
    body: |trial| Box::pin(tls_13(trial)),
};

async fn tls_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let connector = &trial.scene().connector;
    let offer = Offer {
        early_data: true,
        ..Offer::default()
    };
    let sessions = connector.with_tls(connector.tls.offering(offer));
    let delivery = trial.mint_effective()?;
    let (first, _) = exchange(trial, &sessions, delivery.request()).await?;
    trial.expect_if_acknowledged(&delivery, &first);
    let mut copy = delivery.request();
    copy.label = format!("{} again, in early data", copy.label);
    let (second, handshake) = exchange(trial, &sessions, copy).await?;
    let effects = trial.settle().await;

    let (was_resumed, took_early_data) = handshake.map_or((false, false), |handshake| {
        (handshake.was_resumed, handshake.took_early_data)
    });
    verdict.note(match (was_resumed, took_early_data) {
        (false, _) => "no session is resumed",
        (true, false) => "sessions are resumed, early data is not taken",
        (true, true) => "sessions are resumed, and early data is taken",
    });
    if took_early_data {
        verdict.note(format!("the copy in early data: {}", second.describe()));
        let claim = "an event that is repeated in early data has no second effect";
        verdict.add(expect::nothing_added(&effects, Level::Info, claim));
    } else {
        let claim = "no request is taken from early data";
        verdict.add(Check::judged(Level::Info, claim, &[E1], None));
    }
    Ok(verdict)
}

/// One attempt on a connection of its own, and what its handshake was like.
async fn exchange(
    trial: &mut Trial,
    sessions: &Connector,
    request: Request,
) -> Result<(Attempt, Option<Handshake>), Stop> {
    let gone = |why: NoAnswer| Stop::Gone(why.describe());
    let mut connection = sessions.open().await.map_err(gone)?;
    let attempt = trial.send_on(&mut connection, request).await;
    Ok((attempt, connection.handshake()))
}
