//! The head of a request: names, extra headers, what the sender accepts, the wrong host.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, Host, NameCase, Request};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{
    Level,
    RequirementId::{R1, R2, Rb},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[HTP_08, HTP_12, HTP_14];

const HTP_08: Case = Case {
    id: "HTP-08",
    requirements: &[R1],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-ACK-04"],
    evidence: &[E1, E3],
    needs: &[Need::Http1],
    title: "the spelling and the number of headers do not matter",
    doc: "Delivers events with header names in lower and in upper case, 100 unknown headers, a header of 8 KiB and one with bytes outside ASCII; 431, and 400 for the last, are fine too.\n\
          Why: proxies rewrite names and add headers of their own; tracing and identity headers are long.\n\
          Fix: look headers up without regard to letter case; allow 16 KiB of them.",
    body: |trial| Box::pin(htp_08(trial)),
};

/// What is done to an ordinary request, and which refusals are as good as 200.
type Variant = (&'static str, fn(&mut Request), &'static [u16]);

const HEADS: [Variant; 5] = [
    (
        "header names in lower case",
        |request| request.head.names = NameCase::Lower,
        &[],
    ),
    (
        "header names in upper case",
        |request| request.head.names = NameCase::Upper,
        &[],
    ),
    (
        "100 unknown headers",
        |request| {
            let hops = (0..100).map(|hop| ("X-Hop", format!("{hop}").into_bytes()));
            request.headers.extend(hops);
        },
        &[431],
    ),
    (
        "a header of 8 KiB",
        |request| request.headers.push(("X-Baggage", vec![b'a'; 8 * 1024])),
        &[431],
    ),
    (
        "a header value outside ASCII",
        |request| {
            request
                .headers
                .push(("X-Agent-Name", "مساعد".as_bytes().to_vec()))
        },
        &[400],
    ),
];

async fn htp_08(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for (what, change, also_fine) in HEADS {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        change(&mut request);
        request.label = format!("an event with {what}");
        let attempt = trial.send(request).await?;
        if attempt
            .status()
            .is_some_and(|status| also_fine.contains(&status))
        {
            verdict.note(format!("{what}: {}", attempt.describe()));
        } else {
            let mut check = expect::taken(trial.scene(), &delivery, &attempt);
            check.level = Level::Should;
            verdict.add(check);
        }
        trial.expect_if_acknowledged(&delivery, &attempt);
    }
    let effects = trial.settle().await;
    let claim = "events with unusual heads have their usual effect";
    verdict.add(expect::effects(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}

const HTP_12: Case = Case {
    id: "HTP-12",
    requirements: &[R1],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-ACK-04"],
    evidence: &[E1, E2, E3],
    needs: &[],
    title: "what the sender accepts in return does not matter",
    doc: "Delivers events without an `Accept` header, with `text/html`, and with one that no JSON answer matches.\n\
          Why: only the status of an acknowledgement is read, and the sender promises no `Accept` header.\n\
          Fix: answer 200 whatever `Accept` says; switch content negotiation off for this route.",
    body: |trial| Box::pin(htp_12(trial)),
};

async fn htp_12(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for accept in [
        None,
        Some("text/html"),
        Some("application/xml;q=0.9, image/*"),
    ] {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.head.accept = accept;
        request.label = match accept {
            None => "an event without Accept".to_owned(),
            Some(accept) => format!("an event with `Accept: {accept}`"),
        };
        let attempt = trial.send(request).await?;
        verdict.add(expect::acknowledged(trial.scene(), &delivery, &attempt));
        trial.expect_once(&delivery);
    }
    let effects = trial.settle().await;
    let claim = "events have their usual effect whatever the sender accepts";
    verdict.add(expect::effects(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

const HTP_14: Case = Case {
    id: "HTP-14",
    requirements: &[Rb],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-10"],
    evidence: &[E1, E3],
    needs: &[Need::Http1, Need::Ownership],
    title: "the host that requests name is checked",
    doc: "Sends valid events that name another host, and none; what happens is only reported.\n\
          Why: a receiver behind the wrong virtual host gets none of its events; one that trusts any host may build links to it.\n\
          Fix: nothing has to be fixed; HTTP asks for 400 where the host is missing.",
    body: |trial| Box::pin(htp_14(trial)),
};

async fn htp_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let hosts = [
        ("names another host", Host::Given("not-this-host.example")),
        ("names no host", Host::Absent),
    ];
    for (what, host) in hosts {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.head.host = host;
        request.label = format!("an event that {what}");
        let attempt = trial.send(request).await?;
        verdict.add(not_taken(&attempt));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    verdict.add(trial.control("requests for other hosts").await?);
    let effects = trial.settle().await;
    let claim = "requests for other hosts have at most one effect each";
    verdict.add(expect::nothing_added(&effects, Level::Must, claim).filed_under(R2));
    Ok(verdict)
}

/// Worth knowing, and no more.
fn not_taken(attempt: &Attempt) -> Check {
    let refuted = attempt
        .is_accepted()
        .then(|| ("a refusal".to_owned(), attempt.describe()));
    let claim = format!("{} is refused", attempt.request.label);
    Check::judged(Level::Info, claim, &[E1], refuted).shown_by(attempt.number)
}
