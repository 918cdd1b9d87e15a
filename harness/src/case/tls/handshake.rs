//! Handshakes unlike the provider's: old versions, and names that are not the receiver's.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::sender::{NoAnswer, ObsoleteAnswer, ObsoleteTls, Offer, Sni, TlsVersion};
use crate::terms::EvidenceKind::E1;
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_05, TLS_12];

const TLS_05: Case = Case {
    id: "TLS-05",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Handshakes,
    clauses: &["G-URL-01"],
    evidence: &[E1],
    needs: &[Need::Https],
    title: "TLS 1.2 or 1.3 is spoken, and nothing older",
    doc: "Makes a handshake of TLS 1.3 and one of 1.2, then offers 1.1 and 1.0 and looks whether the server agrees.\n\
          Why: no client of today speaks the old versions, which are broken and forbidden (RFC 8996); a server that agrees to them is set up like in 2010.\n\
          Fix: let the server speak TLS 1.2 and 1.3 only.",
    body: |trial| Box::pin(tls_05(trial)),
};

async fn tls_05(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let connector = &trial.scene().connector;
    let trusting = connector.tls.trusting();
    let mut spoken = Vec::new();
    let mut refusal = None;
    for (version, name) in [(TlsVersion::V13, "TLS 1.3"), (TlsVersion::V12, "TLS 1.2")] {
        let offer = Offer {
            version: Some(version),
            ..Offer::default()
        };
        match connector.with_tls(trusting.offering(offer)).open().await {
            Ok(_) => spoken.push(name),
            Err(NoAnswer::TlsFailed(why)) => refusal = Some(why),
            Err(other) => return Err(Stop::Gone(other.describe())),
        }
    }
    let refuted = refusal
        .filter(|_| spoken.is_empty())
        .map(|why| ("a handshake".to_owned(), why));
    let claim = "TLS 1.2 or 1.3 is spoken";
    verdict.add(Check::judged(Level::Must, claim, &[E1], refuted));
    verdict.note(format!("spoken: {}", spoken.join(", ")));

    for (version, name) in [(ObsoleteTls::V11, "1.1"), (ObsoleteTls::V10, "1.0")] {
        let claim = format!("TLS {name} is refused");
        let check = match connector.offer_obsolete(version).await {
            Ok(ObsoleteAnswer::Refused(how)) => {
                verdict.note(format!("TLS {name} is refused: {how}"));
                Check::judged(Level::Should, claim, &[E1], None)
            }
            Ok(ObsoleteAnswer::Agreed) => {
                let seen = ("a refusal".to_owned(), "the server agrees to it".to_owned());
                Check::judged(Level::Should, claim, &[E1], Some(seen))
            }
            Err(why) => Check::unclear(Level::Should, claim, &[E1], why.describe()),
        };
        verdict.add(check);
    }
    Ok(verdict)
}

const TLS_12: Case = Case {
    id: "TLS-12",
    requirements: &[Url],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Handshakes,
    clauses: &["G-URL-06"],
    evidence: &[E1],
    needs: &[Need::Https],
    title: "what a handshake without the receiver's name gets",
    doc: "Makes a handshake without a server name (SNI) and one with the name of nobody.\n\
          Why: it shows which certificate a client gets that does not say whom it wants: an old client, or a health check by address.\n\
          Fix: let the server's default certificate be the receiver's, or let it refuse names that are not its own.",
    body: |trial| Box::pin(tls_12(trial)),
};

/// A name that can be nobody's (RFC 6761, section 6.4).
const NOBODY: &str = "nobody.invalid";

async fn tls_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let usual = shown_for(trial, Sni::Host).await?;
    for (sni, what) in [(Sni::Absent, "no name"), (Sni::Other(NOBODY), NOBODY)] {
        let seen = shown_for(trial, sni).await?;
        let refuted = (seen != usual).then(|| (usual.clone(), seen.clone()));
        let claim = format!("a handshake for {what} ends like one for the host");
        verdict.add(Check::judged(Level::Info, claim, &[E1], refuted));
        verdict.note(format!("for {what}: {seen}"));
    }
    Ok(verdict)
}

/// What a handshake with this server name shows, in a few words.
async fn shown_for(trial: &mut Trial, sni: Sni) -> Result<String, Stop> {
    let connector = &trial.scene().connector;
    let offer = Offer {
        sni,
        ..Offer::default()
    };
    let tls = connector.tls.trusting().offering(offer);
    match connector.with_tls(tls).open().await {
        Ok(connection) => {
            let chain = connection.handshake().map(|handshake| handshake.chain);
            Ok(match chain.unwrap_or_default().first() {
                Some(own) => format!("the certificate {}, issued by {}", own.subject, own.issuer),
                None => "a certificate that cannot be read".to_owned(),
            })
        }
        Err(NoAnswer::TlsFailed(why)) => Ok(format!("refused ({why})")),
        Err(other) => Err(Stop::Gone(other.describe())),
    }
}
