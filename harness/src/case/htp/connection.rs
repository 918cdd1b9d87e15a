//! What happens between the requests of one connection, and to connections that are silent.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::kept::Kept;
use crate::case::trial::{Stop, Trial};
use crate::sender::{Attempt, Version};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2, Rb},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[HTP_09, HTP_10, HTP_15];

/// Requests on one connection.
const KEPT_FOR: usize = 100;

const HTP_09: Case = Case {
    id: "HTP-09",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Slow,
    clauses: &["G-ACK-01", "G-ACK-02"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Http1],
    title: "a connection may end after one event and carry a hundred",
    doc: "Delivers an event with `Connection: close`, one in HTTP/1.0, and 100 one after the other on a connection that is opened again whenever the receiver has closed it.\n\
          Why: senders keep connections, and what goes wrong at the sixty-fifth request shows in no other test.\n\
          Fix: leave connections to the HTTP library; to end one, say `Connection: close` in the last answer.",
    body: |trial| Box::pin(htp_09(trial)),
};

async fn htp_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.headers.push(("Connection", b"close".to_vec()));
    request.label = "an event with `Connection: close`".to_owned();
    let attempt = trial.send(request).await?;
    verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
    trial.expect_once(&delivery);

    // HTTP/1.0 is no promise of the guide's.
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.head.version = Version::Http10;
    request.label = "an event in HTTP/1.0".to_owned();
    let attempt = trial.send(request).await?;
    let mut check = expect::taken(trial.scene(), &delivery, &attempt);
    check.level = Level::Should;
    verdict.add(check);
    verdict.add(not_chunked(&attempt));
    trial.expect_if_acknowledged(&delivery, &attempt);

    let mut kept = Kept::default();
    for number in 1..=KEPT_FOR {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.label = format!("event {number} of a kept connection");
        let attempt = kept.send(trial, request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let dropped = match kept.dropped {
        0 => String::new(),
        count => format!(", {count} of them closed without a word under a request"),
    };
    verdict.note(format!(
        "{KEPT_FOR} events took {} connections{dropped}",
        kept.opened
    ));
    let effects = trial.settle().await;
    let claim = "events have one effect each, however their connections end";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

/// HTTP/1.0 has no chunks; a client that speaks it takes their sizes for content.
fn not_chunked(attempt: &Attempt) -> Check {
    let coding = attempt
        .answer()
        .and_then(|answer| answer.header("transfer-encoding"));
    let refuted = coding.map(|coding| {
        let expected = "a Content-Length, or a body to the end of the connection".to_owned();
        (expected, format!("Transfer-Encoding: {coding}"))
    });
    let claim = "the answer to HTTP/1.0 is framed as HTTP/1.0 knows it";
    Check::judged(Level::Should, claim, &[E1], refuted).shown_by(attempt.number)
}

const HTP_10: Case = Case {
    id: "HTP-10",
    requirements: &[Rb],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01"],
    evidence: &[E1],
    needs: &[Need::Http1],
    title: "two events in one write are both answered",
    doc: "Writes two events at once on one connection; an event without an answer is delivered again.\n\
          Why: no common sender does this, but proxies may hand requests on like this.\n\
          Fix: nothing has to be fixed; closing after the first answer is fine.",
    body: |trial| Box::pin(htp_10(trial)),
};

async fn htp_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let deliveries = [trial.mint_effective()?, trial.mint_effective()?];
    let requests = deliveries
        .iter()
        .zip(["first", "second"])
        .map(|(delivery, place)| {
            let mut request = delivery.request();
            request.label = format!("the {place} of two events in one write");
            request
        })
        .collect();
    let mut connection = trial.open().await?;
    let attempts = trial.pipeline(&mut connection, requests).await;
    for (delivery, attempt) in deliveries.iter().zip(attempts) {
        if attempt.answer().is_some() {
            let mut check = expect::taken(trial.scene(), delivery, &attempt);
            check.level = Level::Info;
            verdict.add(check.filed_under(Rb));
        } else {
            verdict.note(format!("{}: {}", attempt.request.label, attempt.describe()));
        }
        if !attempt.is_accepted() {
            trial.deliver(delivery).await?;
        }
        trial.expect_once(delivery);
    }
    let effects = trial.settle().await;
    let claim = "two events in one write have one effect each";
    verdict.add(expect::effects(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}

const HTP_15: Case = Case {
    id: "HTP-15",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Slow,
    clauses: &["G-ACK-02", "G-VAL-10"],
    evidence: &[E1, E2, E3],
    needs: &[Need::Ownership],
    title: "a hundred silent connections keep nobody waiting",
    doc: "Opens 100 connections, sends nothing over them for 10 seconds, and delivers an event every two seconds meanwhile and one afterwards.\n\
          Why: scanners, probes and dead peers hold connections; a worker for each of them is soon a worker for nobody.\n\
          Fix: wait for a request without holding a worker, or close connections that are silent for a few seconds.",
    body: |trial| Box::pin(htp_15(trial)),
};

const SILENT: usize = 100;
const SILENT_FOR: Duration = Duration::from_secs(10);
const DELIVERED_MEANWHILE: u32 = 5;

async fn htp_15(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut silent = Vec::with_capacity(SILENT);
    for _ in 0..SILENT {
        // A receiver may refuse to hold so many.
        let Ok(connection) = trial.open().await else {
            break;
        };
        silent.push(connection);
    }
    verdict.note(format!("{} silent connections were held", silent.len()));
    let began = Instant::now();
    for number in 0..DELIVERED_MEANWHILE {
        sleep_until(began + SILENT_FOR / DELIVERED_MEANWHILE * number).await;
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.label = "an event beside silent connections".to_owned();
        let attempt = trial.send(request).await?;
        let check = expect::acknowledged(trial.scene(), &delivery, &attempt).filed_under(Rb);
        let is_refuted = check.is_refuted();
        verdict.add(check);
        trial.expect_if_acknowledged(&delivery, &attempt);
        if is_refuted {
            // Other cases are under way, and the finding is made.
            break;
        }
    }
    if verdict.checks.iter().all(|check| !check.is_refuted()) {
        sleep_until(began + SILENT_FOR).await;
    }
    drop(silent);
    verdict.add(trial.control("silent connections").await?);
    let effects = trial.settle().await;
    let claim = "events beside silent connections have one effect each";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}
