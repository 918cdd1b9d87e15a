//! Every way to the receiver: each of its addresses, and a connection that nothing has warmed up.

use std::net::IpAddr;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::sender::{Offer, has_route, millis};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_07, TLS_08];

const TLS_07: Case = Case {
    id: "TLS-07",
    requirements: &[Url],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-URL-02", "G-ACK-01"],
    evidence: &[E1, E3],
    needs: &[Need::Https],
    title: "every address of the host acknowledges",
    doc: "Delivers one event to each IPv4 and IPv6 address that the host resolves to.\n\
          Why: the provider may choose any of them. An address where nobody listens, or an old machine does, loses a part of all events.\n\
          Fix: take addresses that do not serve out of the DNS, or let the receiver listen there (`::` as well as `0.0.0.0`).",
    body: |trial| Box::pin(tls_07(trial)),
};

async fn tls_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for address in trial.scene().connector.addresses.clone() {
        let ip = address.ip();
        if !has_route(address) {
            verdict.note(format!("{ip} cannot be reached from this machine"));
            continue;
        }
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.label = format!("{} to {ip}", request.label);
        let by_address = trial.scene().connector.at(address);
        let attempt = trial.send_through(&by_address, request).await;
        trial.expect_if_acknowledged(&delivery, &attempt);
        let taken = expect::taken(trial.scene(), &delivery, &attempt);
        verdict.add(Check {
            level: weight(ip),
            requirement: None,
            claim: format!("{ip} acknowledges"),
            ..taken
        });
    }
    let effects = trial.settle().await;
    let claim = "an event has one effect, whichever address it was brought to";
    verdict.add(expect::effects(&effects, Level::Should, claim));
    Ok(verdict)
}

/// Which addresses `localhost` has is no matter of the receiver's.
fn weight(address: IpAddr) -> Level {
    match address.is_loopback() {
        true => Level::Info,
        false => Level::Should,
    }
}

const TLS_08: Case = Case {
    id: "TLS-08",
    requirements: &[Url],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Alone,
    clauses: &["G-ACK-02"],
    evidence: &[E1, E2],
    needs: &[Need::Https],
    title: "a cold connection and its answer take no longer than the deadline",
    doc: "Delivers one event on a new connection without any TLS session to resume, and counts from the first packet.\n\
          Why: the provider's clock may run from there, and a call is often the first in hours.\n\
          Fix: find out what is slow in the handshake: a machine that is woken up, a name looked up backwards, a key that is too long.",
    body: |trial| Box::pin(tls_08(trial)),
};

async fn tls_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let connector = &trial.scene().connector;
    let cold = connector.with_tls(connector.tls.offering(Offer::default()));
    let attempt = trial.send_through(&cold, delivery.request()).await;
    trial.expect_if_acknowledged(&delivery, &attempt);
    let timing = &attempt.timing;
    let in_all = timing
        .last_byte_read
        .map(|read| read.saturating_duration_since(timing.started));
    let deadline = trial.scene().deadline;
    let refuted = match in_all {
        Some(took) if took <= deadline => None,
        Some(took) => {
            let connect = millis(timing.connect);
            Some(format!("{}, {connect} of it to connect", millis(took)))
        }
        None => Some(attempt.describe()),
    };
    let expected = format!("connected and answered within {}", millis(deadline));
    let claim = "a cold connection and the answer on it are in time";
    let check = Check::judged(
        Level::Should,
        claim,
        &[E1, E2],
        refuted.map(|actual| (expected, actual)),
    );
    verdict.add(check.shown_by(attempt.number));
    verdict.note(format!("connected in {}", millis(timing.connect)));
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::case::tls::testbed::{scene, trial};
    use crate::sender::testbed::{AMPLE, accept, body_of, connector, listen, ok};

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_found() {
        let (listener, open) = listen().await;
        let (closing, shut) = listen().await;
        drop(closing);
        tokio::spawn(async move {
            loop {
                let mut stream = accept(&listener).await;
                body_of(&mut stream).await;
                stream.write_all(ok("").as_bytes()).await.unwrap();
            }
        });
        for (addresses, found) in [(vec![open, open], 0), (vec![open, shut], 1)] {
            let mut trial = trial(&TLS_07, scene(connector(&addresses, AMPLE)));
            let verdict = tls_07(&mut trial).await.unwrap();
            let refuted = verdict.checks.iter().filter(|check| check.is_refuted());
            assert_eq!(refuted.count(), found, "{:?}", verdict.checks);
        }
    }

    #[test]
    fn loopback_is_the_machines_own_matter() {
        assert_eq!(weight("::1".parse().unwrap()), Level::Info);
        assert_eq!(weight("192.0.2.1".parse().unwrap()), Level::Should);
    }
}
