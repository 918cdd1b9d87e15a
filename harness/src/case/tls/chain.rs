//! The certificates that a receiver shows: all of them, and not about to expire.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::sender::{Certificate, NoAnswer};
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_03, TLS_04];

/// A day, and how many of them a certificate should have left.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAYS_LEFT: u32 = 14;

const TLS_03: Case = Case {
    id: "TLS-03",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Handshakes,
    clauses: &["G-URL-05"],
    evidence: &[E1],
    needs: &[Need::Https],
    title: "the intermediate certificates are sent",
    doc: "Looks at the certificates that the server sends: that of the issuer has to be among them, unless the issuer is trusted itself.\n\
          Why: browsers fetch or remember a missing intermediate, senders of webhooks do not: it works in a browser, and nothing is delivered.\n\
          Fix: configure the whole chain (`fullchain.pem`), the server's certificate first; for an authority of your own, name its root with --cacert.",
    body: |trial| Box::pin(tls_03(trial)),
};

async fn tls_03(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let chain = chain(trial).await?;
    let is_trusted = {
        let connector = &trial.scene().connector;
        let strict = connector.with_tls(connector.tls.strict());
        strict.open().await.is_ok()
    };
    let claim = "the certificate of the issuer is sent, or trusted";
    let check = match chain.split_first() {
        _ if is_trusted => Check::judged(Level::Must, claim, &[E1], None),
        Some((own, others)) if has_issuer(own, others) => {
            Check::judged(Level::Must, claim, &[E1], None)
        }
        Some((own, _)) if own.tells_where_its_issuer_is => {
            let expected = format!("the certificate of {} along with it", own.issuer);
            let actual = format!("{} sent, and not that one", counted(chain.len()));
            Check::judged(Level::Must, claim, &[E1], Some((expected, actual)))
        }
        // An intermediate that is missing, or an authority of the user's own: who knows.
        Some((own, _)) => {
            let why = format!("{} is neither sent nor trusted", own.issuer);
            Check::unclear(Level::Must, claim, &[E1], why)
        }
        None => Check::unclear(Level::Must, claim, &[E1], "no certificate can be read"),
    };
    verdict.add(check);
    verdict.note(format!("{} sent", counted(chain.len())));
    Ok(verdict)
}

/// True when the certificate is its own issuer's, or that of its issuer is among the others.
fn has_issuer(own: &Certificate, others: &[Certificate]) -> bool {
    own.is_self_issued() || others.iter().any(|other| other.subject == own.issuer)
}

const TLS_04: Case = Case {
    id: "TLS-04",
    requirements: &[Url],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Handshakes,
    clauses: &["G-URL-06"],
    evidence: &[E1],
    needs: &[Need::Https],
    title: "the certificate holds for 14 more days",
    doc: "Reads from the server's certificate when it expires.\n\
          Why: on that day every delivery stops. Renewal that works is done weeks before.\n\
          Fix: renew it now, and see why that did not happen by itself.",
    body: |trial| Box::pin(tls_04(trial)),
};

async fn tls_04(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let claim = "the certificate expires in 14 days at the earliest";
    let chain = chain(trial).await?;
    let Some(own) = chain.first() else {
        let why = "the certificate cannot be read";
        verdict.add(Check::unclear(Level::Should, claim, &[E1], why));
        return Ok(verdict);
    };
    let left = own.remaining();
    let days = left.as_secs() / DAY.as_secs();
    let refuted = (left < DAY * DAYS_LEFT).then(|| {
        let actual = match left.is_zero() {
            true => "it has expired".to_owned(),
            false => format!("{days} whole days left"),
        };
        (format!("{DAYS_LEFT} days or more"), actual)
    });
    verdict.add(Check::judged(Level::Should, claim, &[E1], refuted));
    verdict.note(format!("the certificate holds for {days} more days"));
    Ok(verdict)
}

/// The certificates that the server sends, trusted or not.
async fn chain(trial: &mut Trial) -> Result<Vec<Certificate>, Stop> {
    let connector = &trial.scene().connector;
    let trusting = connector.with_tls(connector.tls.trusting());
    let gone = |why: NoAnswer| Stop::Gone(why.describe());
    let connection = trusting.open().await.map_err(gone)?;
    Ok(connection
        .handshake()
        .map_or_else(Vec::new, |handshake| handshake.chain))
}

fn counted(certificates: usize) -> String {
    match certificates {
        1 => "1 certificate is".to_owned(),
        count => format!("{count} certificates are"),
    }
}
