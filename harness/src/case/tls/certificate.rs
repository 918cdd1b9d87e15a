//! What the provider demands of a URL before it delivers anything.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::sender::NoAnswer;
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_01, TLS_02];

const TLS_01: Case = Case {
    id: "TLS-01",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Shared,
    clauses: &["G-URL-01", "G-SEC-01"],
    evidence: &[E1],
    needs: &[Need::PublicProfile],
    title: "the URL is https",
    doc: "Looks at the scheme of the configured URL. Applies to the public profile only.\n\
          Why: the provider refuses http URLs, and the token would travel in the clear.\n\
          Fix: serve the endpoint over https, with a certificate of a public authority.",
    body: |trial| Box::pin(tls_01(trial)),
};

async fn tls_01(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let refuted = (!trial.scene().connector.target.is_tls())
        .then(|| ("an https URL".to_owned(), "an http URL".to_owned()));
    verdict.add(Check::judged(
        Level::Must,
        "the URL is https",
        &[E1],
        refuted,
    ));
    Ok(verdict)
}

const TLS_02: Case = Case {
    id: "TLS-02",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Core,
    schedule: Schedule::Handshakes,
    clauses: &["G-URL-05", "G-URL-06"],
    evidence: &[E1],
    needs: &[Need::Https],
    title: "the certificate is trusted, current and for this name",
    doc: "Makes a TLS handshake with every check on, also when `--insecure` lets the run go on.\n\
          Why: the provider does not deliver to self-signed, expired or misnamed certificates.\n\
          Fix: use a certificate of a public authority for this host name, with its chain, and renew it in time.",
    body: |trial| Box::pin(tls_02(trial)),
};

async fn tls_02(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let connector = &trial.scene().connector;
    let strict = connector.with_tls(connector.tls.strict());
    let refuted = match strict.open().await {
        Ok(_) => None,
        Err(NoAnswer::TlsFailed(why)) => Some(("a certificate that is trusted".to_owned(), why)),
        Err(other) => return Err(Stop::Gone(other.describe())),
    };
    let claim = "a handshake with every check on succeeds";
    verdict.add(Check::judged(Level::Must, claim, &[E1], refuted));
    Ok(verdict)
}
