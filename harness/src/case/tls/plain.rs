//! Plain http beside https.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Effects, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::Credential;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_09];

const TLS_09: Case = Case {
    id: "TLS-09",
    requirements: &[Url],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-SEC-01", "G-URL-01"],
    evidence: &[E1, E3],
    needs: &[Need::Https, Need::PlainPort],
    title: "plain http takes no event",
    doc: "Sends one event over plain http to port 80 of the same host, or to --plain-port. Over the internet it goes without the token, which nobody on the way should read.\n\
          Why: whoever mistypes the URL would send calls and token in the clear, and never notice.\n\
          Fix: close port 80, or let it do nothing but redirect.",
    body: |trial| Box::pin(tls_09(trial)),
};

async fn tls_09(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let scene = trial.scene();
    let Some(plain) = scene.connector.as_plain() else {
        return Ok(verdict);
    };
    let shows_token = scene.is_local || plain.secret.is_none();
    let delivery = trial.mint_effective()?;
    let mut request = delivery.request();
    request.label = format!("{} over plain http", request.label);
    // Said in full, because it is not the target's port that it goes to.
    request.path_and_query = Some(plain.target.path_and_query());
    if !shows_token {
        request.credential = Credential::Absent;
    }
    let attempt = trial.send_through(&plain, request).await;
    trial.expect(&delivery, Expected::Never);
    verdict.note(format!("plain http: {}", attempt.describe()));
    if let (false, Some(401 | 403)) = (shows_token, attempt.status()) {
        verdict.note("whether it would take the token there is unseen: it was not sent");
    }

    let effects = trial.settle().await;
    let is_harmless = matches!(&effects, Effects::Seen(account) if account.unexpected.is_empty());
    // A page that greets everybody is no receiver.
    let level = match is_harmless {
        true => Level::Info,
        false => Level::Should,
    };
    let refuted = attempt.is_accepted().then(|| {
        let expected = "no connection, a redirect or a refusal".to_owned();
        (expected, attempt.describe())
    });
    let claim = "an event over plain http is not accepted";
    let answer = Check::judged(level, claim, &[E1], refuted);
    verdict.add(answer.shown_by(attempt.number));
    let claim = "an event over plain http has no effect";
    verdict.add(expect::nothing_added(&effects, Level::Should, claim));
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::case::tls::testbed::{scene, trial};
    use crate::scene::Scene;
    use crate::secret::Secret;
    use crate::sender::testbed::{AMPLE, accept, connector, head_of, listen};
    use crate::sender::{Connector, Target};

    #[tokio::test]
    async fn the_token_does_not_cross_the_internet_in_the_clear() {
        for (is_local, has_token) in [(true, true), (false, false)] {
            let (listener, address) = listen().await;
            let target = Target::parse("https://127.0.0.1/hook").unwrap();
            let connector = Connector {
                target: target.with_plain_port(address.port()),
                secret: Some(Secret::parse("Bearer tok").unwrap()),
                ..connector(&[address], AMPLE)
            };
            let scene = Scene {
                is_local,
                ..scene(connector)
            };
            let plain = tokio::spawn(async move {
                let mut stream = accept(&listener).await;
                let head = head_of(&mut stream).await.unwrap();
                let answer = b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer).await.unwrap();
                head
            });
            let verdict = tls_09(&mut trial(&TLS_09, scene)).await.unwrap();
            let head = plain.await.unwrap();
            assert!(
                head.starts_with("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:"),
                "{head}"
            );
            assert_eq!(head.contains("Authorization"), has_token, "{head}");
            assert!(!verdict.checks.iter().any(Check::is_refuted));
            assert_eq!(verdict.notes.len(), if has_token { 1 } else { 2 });
        }
    }
}
