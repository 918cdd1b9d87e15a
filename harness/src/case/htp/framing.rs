//! Heads that are wrong about where their body ends.

use std::time::Duration;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Delivery, Stop, Trial};
use crate::ledger::Expected;
use crate::sender::{Attempt, Ending, Framing, Heard, Request};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Rb};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[HTP_06, HTP_07];

const HTP_06: Case = Case {
    id: "HTP-06",
    requirements: &[Rb],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-01"],
    evidence: &[E1, E3],
    needs: &[Need::Http1, Need::Ownership],
    title: "a body ends where its length says, and nowhere else",
    doc: "Sends events whose `Content-Length` is 64 bytes too large, one byte too small, and requests that are refused before their body is read, with a body that looks like a request.\n\
          Why: where sender and receiver disagree about the end of a body, the rest is taken for a request, and every later answer belongs to another.\n\
          Fix: act on a body only when all of it is there; read the body of a request you refuse, or close the connection.",
    body: |trial| Box::pin(htp_06(trial)),
};

async fn htp_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let mut request = of_length(&delivery, delivery.body.len() + 64);
    request.ending = Ending::HalfClose;
    request.label = "an event that ends 64 bytes before its length".to_owned();
    let attempt = trial.send(request).await?;
    verdict.add(not_accepted(&attempt, Level::Should));
    trial.expect(&delivery, Expected::Never);

    let delivery = trial.mint_effective()?;
    // White space at the end could be spared.
    let delivery = delivery.with_body(delivery.body.trim_ascii());
    let mut request = of_length(&delivery, delivery.body.len() - 1);
    request.label = "an event that is one byte longer than its length".to_owned();
    let attempt = trial.send(request).await?;
    verdict.add(not_accepted(&attempt, Level::Should));
    trial.expect(&delivery, Expected::Never);

    for (what, change) in REFUSED_EARLY {
        let request = looks_like_a_request(trial, what, change);
        verdict.add(stays_a_body(trial, request).await?);
    }
    verdict.add(trial.control("bodies of another length").await?);
    let effects = trial.settle().await;
    let claim = "bodies of another length than they say have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Must, claim));
    Ok(verdict)
}

fn of_length(delivery: &Delivery, length: usize) -> Request {
    let mut request = delivery.request();
    request.framing = Framing::AsGiven;
    let length = length.to_string().into_bytes();
    request.headers.push(("Content-Length", length));
    request
}

/// What is special about a request, and what makes it so.
type Variant = (&'static str, fn(&mut Request));

/// Requests that most receivers refuse on their head alone.
const REFUSED_EARLY: [Variant; 3] = [
    ("a PUT", |request| request.method = "PUT"),
    ("a request to another path", |request| {
        request.path_and_query = Some("/no-such-path".to_owned());
    }),
    ("a request of another content type", |request| {
        request.content_type = Some("text/plain");
    }),
];

fn looks_like_a_request(trial: &Trial, what: &str, change: fn(&mut Request)) -> Request {
    let target = &trial.scene().connector.target;
    let body = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n",
        target.path_and_query(),
        target.authority()
    );
    let label = format!("{what} whose body looks like a request");
    let mut request = Request::post(label, body.into_bytes().into());
    change(&mut request);
    request
}

/// Longest wait for an answer that nobody should give.
const LEAST_WAIT: Duration = Duration::from_millis(100);

/// The body of a request is not answered as a request of its own.
async fn stays_a_body(trial: &mut Trial, request: Request) -> Result<Check, Stop> {
    let mut connection = trial.open().await?;
    let attempt = trial.send_on(&mut connection, request).await;
    let surplus = attempt.answer().map_or(0, |answer| answer.surplus);
    let wait = LEAST_WAIT + attempt.timing.acknowledgement().unwrap_or_default() * 2;
    let second = match connection.is_open {
        true => connection.listen(wait).await,
        false => Heard::Nothing,
    };
    let refuted = match second {
        _ if surplus > 0 => Some(format!("{surplus} more bytes behind the answer")),
        Heard::Bytes(bytes) => Some(format!(
            "a second answer, `{}`",
            String::from_utf8_lossy(&bytes)
                .lines()
                .next()
                .unwrap_or_default()
        )),
        Heard::Nothing | Heard::Close => None,
    };
    let claim = format!("{} gets one answer", attempt.request.label);
    let expected = "one answer, or the end of the connection".to_owned();
    let refuted = refuted.map(|actual| (expected, actual));
    Ok(Check::judged(Level::Must, claim, &[E1], refuted).shown_by(attempt.number))
}

fn not_accepted(attempt: &Attempt, level: Level) -> Check {
    let refuted = attempt.is_accepted().then(|| {
        (
            "400, or the end of the connection".to_owned(),
            attempt.describe(),
        )
    });
    let claim = format!("{} is not accepted", attempt.request.label);
    Check::judged(level, claim, &[E1], refuted).shown_by(attempt.number)
}

const HTP_07: Case = Case {
    id: "HTP-07",
    requirements: &[Rb],
    level: Level::Should,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-VAL-09", "G-VAL-10"],
    evidence: &[E1, E3],
    needs: &[Need::Http1, Need::Ownership],
    title: "contradictory framing is refused",
    doc: "Sends events with two lengths, with a length and chunks, and with chunk sizes that are no hexadecimal numbers; that chunks win over a length is allowed and only reported.\n\
          Why: a proxy and a receiver that read such a request differently let one request be smuggled inside another.\n\
          Fix: use an HTTP library that answers 400, and keep it up to date.",
    body: |trial| Box::pin(htp_07(trial)),
};

async fn htp_07(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    for (what, frame) in CONTRADICTIONS {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.framing = Framing::AsGiven;
        frame(&mut request);
        request.ending = Ending::HalfClose;
        request.label = format!("an event with {what}");
        let attempt = trial.send(request).await?;
        verdict.add(not_accepted(&attempt, Level::Should));
        trial.expect(&delivery, Expected::Never);
    }
    // RFC 9112, section 6.3: the chunks override the length, which ought to be an error.
    let delivery = trial.mint_effective()?;
    let mut request = chunked_as(delivery.request(), |length| format!("{length:x}"));
    let length = request.body.len().to_string().into_bytes();
    request.headers.push(("Content-Length", length));
    request.label = "an event with chunks and a length".to_owned();
    let attempt = trial.send(request).await?;
    verdict.add(not_accepted(&attempt, Level::Info));
    trial.expect(&delivery, Expected::AtMostOnce);

    verdict.add(trial.control("contradictory framing").await?);
    let effects = trial.settle().await;
    let claim = "events with contradictory framing have no effect";
    verdict.add_all(expect::only_valid_effects(&effects, Level::Should, claim));
    Ok(verdict)
}

const CONTRADICTIONS: [Variant; 5] = [
    ("two lengths, the second right", |request| {
        two_lengths(request, [1, request.body.len()]);
    }),
    ("two lengths, the first right", |request| {
        two_lengths(request, [request.body.len(), 1]);
    }),
    ("a chunk size that begins with 0x", |request| {
        *request = chunked_as(request.clone(), |length| format!("0x{length:x}"));
    }),
    ("a chunk size with a sign", |request| {
        *request = chunked_as(request.clone(), |length| format!("+{length:x}"));
    }),
    ("a chunk size beyond every integer", |request| {
        *request = chunked_as(request.clone(), |length| format!("1{length:016x}"));
    }),
];

fn two_lengths(request: &mut Request, lengths: [usize; 2]) {
    let headers = lengths.map(|length| ("Content-Length", length.to_string().into_bytes()));
    request.headers.extend(headers);
}

/// The body as one chunk whose size is written like this.
fn chunked_as(mut request: Request, size: impl Fn(usize) -> String) -> Request {
    let body = [
        format!("{}\r\n", size(request.body.len())).as_bytes(),
        &request.body[..],
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    request.body = body.into();
    request.framing = Framing::AsGiven;
    request
        .headers
        .push(("Transfer-Encoding", b"chunked".to_vec()));
    request
}
