//! Golden reports, one per kind of end a run can have.

use hamsa_harness::report::model::{
    AttemptRecord, BodyRecord, CaseResult, ClauseText, CoverageRow, DemandedEvidence, EffectsInfo,
    Finding, Latency, PreflightStep, ProfileInfo, Report, RequestRecord, RequirementResult,
    ResponseRecord, SCHEMA_VERSION, TargetInfo, TimingRecord, Tool, Traffic,
};
use hamsa_harness::terms::EvidenceKind::{E1, E2, E3, E5};
use hamsa_harness::terms::RequirementId::{R1, R2, R3, Rb, Url};
use hamsa_harness::terms::{Conformance, EvidenceSet, Level, Outcome, RequirementId};

/// What a hostile receiver may answer: terminal sequences, controls, bidirectional marks, markup.
pub(super) const HOSTILE: &str = "\u{1b}[2J\u{1b}[32mR2 conformant\u{1b}[0m\r\n\0\u{7}\u{9b}31m\
    \u{202e}drow\u{2066}\u{200b}\u{feff}\u{fffe}]]></failure><![CDATA[ & \u{fffd} مرحبا";

/// Every sample with its name.
pub(super) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("clean_pass", clean_pass()),
        ("failures", failures()),
        ("unverified", unverified()),
        ("root_cause", root_cause()),
        ("interrupted", interrupted()),
    ]
}

/// Everything held; RB and URL not selected.
pub(super) fn clean_pass() -> Report {
    let mut cases: Vec<_> = (1..=4)
        .map(|n| passed(&format!("ACK-{n:02}"), R1, &[E1, E2]))
        .collect();
    cases.extend((1..=3).map(|n| passed(&format!("IDM-{n:02}"), R2, &[E1, E3])));
    cases.extend((1..=3).map(|n| passed(&format!("AUT-{n:02}"), R3, &[E1])));
    cases[1].notes = vec!["the spread of the 32 last bytes was 0.41 ms".to_owned()];
    report(0, "R1, R2, R3 conformant: 10 of 10 cases passed", cases)
}

/// A MUST with four findings, a SHOULD, an INFO, and bytes made to deceive.
pub(super) fn failures() -> Report {
    let mut race = passed("IDM-04", R2, &[E1, E3, E5]);
    race.title = "Two copies at the same time have one effect".to_owned();
    race.clauses.push(ClauseText {
        id: "D-06".to_owned(),
        statement: "Looking the key up and recording it is one atomic step.".to_owned(),
        source: String::new(),
    });
    race.attempts = vec![attempt(3, Some(response(200, HOSTILE))), silent(5)];
    race.traffic = Traffic {
        attempts: 120,
        statuses: [("200".to_owned(), 119), ("none".to_owned(), 1)].into(),
        slowest_ms: Some(12.5),
    };
    let twice = "2 effects for 37 of 60 keys";
    let findings = vec![
        finding(
            Level::Must,
            "one effect per key",
            "1 effect for each of 60 keys",
            twice,
            Some(3),
        ),
        finding(
            Level::Must,
            "every copy is answered 200",
            "120 × 200",
            "119 × 200",
            Some(5),
        ),
        finding(
            Level::Must,
            "no effect without its key",
            "none",
            HOSTILE,
            Some(3),
        ),
        finding(Level::Must, "effects are whole", "60", "59", None),
    ];
    fail(
        &mut race,
        "37 of 60 overlapping pairs had two effects",
        findings,
    );

    let mut refusal = passed("AUT-02", R3, &[E1]);
    refusal.outcome = Outcome::Pass;
    refusal.message = "refused, but not with 401".to_owned();
    refusal.findings = vec![finding(
        Level::Should,
        "refused with 401",
        "401",
        "status 400 after 2.10 ms",
        Some(0),
    )];
    refusal.attempts = vec![large(0)];

    let mut instants = passed("IDM-15", R2, &[E1, E3]);
    instants.level = Level::Info;
    instants.findings = vec![finding(
        Level::Info,
        "one instant written twice",
        "either",
        "2 effects",
        None,
    )];
    instants.notes = (1..=4).map(|n| format!("note {n}")).collect();

    let cases = vec![passed("ACK-01", R1, &[E1, E2]), race, instants, refusal];
    let mut report = report(
        1,
        "R2 non-conformant: IDM-04 failed; R1, R3 conformant",
        cases,
    );
    report.next = vec!["hamsa-harness explain IDM-04".to_owned()];
    refute(&mut report, R2, "1 of 1 MUST cases failed: IDM-04");
    report.coverage[0].verdict = Outcome::Fail;
    report
}

/// No probe: nothing failed, R2 was not seen.
pub(super) fn unverified() -> Report {
    let mut cases = vec![passed("ACK-01", R1, &[E1, E2]), passed("AUT-01", R3, &[E1])];
    cases[1].unseen = EvidenceSet::of(&[E3]);
    for n in 1..=30 {
        let mut case = passed(&format!("IDM-{n:02}"), R2, &[E1]);
        case.outcome = Outcome::Inconclusive;
        case.unseen = EvidenceSet::of(&[E3]);
        case.message = "answers were right; whether there was one effect needs a probe".to_owned();
        cases.push(case);
    }
    let mut opt_in = passed("LOD-03", Rb, &[]);
    opt_in.outcome = Outcome::NotRun;
    opt_in.message = "needs --set all".to_owned();
    let mut tls = passed("TLS-01", Url, &[]);
    tls.outcome = Outcome::NotApplicable;
    tls.message = "the target is http".to_owned();
    cases.extend([opt_in, tls]);
    let mut report = report(3, "R2 unverified: no probe; R1, R3 conformant", cases);
    report.effects = EffectsInfo {
        probe: None,
        types: Vec::new(),
        settle_ms: None,
        late: 0,
    };
    report.next = vec![
        "hamsa-harness run http://127.0.0.1:3000/webhook --effects 'http:http://127.0.0.1:3000/effects?prefix={prefix}'"
            .to_owned(),
    ];
    leave_unverified(&mut report, R2, "no probe shows effects");
    requirement(&mut report, R2).unseen = EvidenceSet::of(&[E3]);
    report
}

/// A receiver that answers 500 to every valid event: one finding, the rest blocked.
pub(super) fn root_cause() -> Report {
    let mut first = passed("ACK-01", R1, &[E1, E2]);
    let every = "status 500 for each of 5 event types";
    first.attempts = vec![attempt(0, Some(response(500, "<h1>oops</h1>")))];
    fail(
        &mut first,
        every,
        vec![finding(Level::Must, "answers 200", "200", every, Some(0))],
    );
    let mut cases = vec![first];
    for (family, id, last) in [("ACK", R1, 12), ("IDM", R2, 20), ("AUT", R3, 19)] {
        for n in 2..=last {
            let mut case = passed(&format!("{family}-{n:02}"), id, &[]);
            case.outcome = Outcome::Blocked;
            case.message = "every valid event is answered 5xx (ACK-01)".to_owned();
            cases.push(case);
        }
    }
    let mut report = report(
        1,
        "R1 non-conformant: every valid event is answered 500",
        cases,
    );
    report.latency = None;
    report.preflight.push(PreflightStep {
        id: "P3".to_owned(),
        title: "Valid events are acknowledged".to_owned(),
        outcome: Outcome::Fail,
        detail: every.to_owned(),
    });
    refute(&mut report, R1, "ACK-01 failed, 11 cases blocked");
    leave_unverified(&mut report, R2, "19 cases blocked");
    leave_unverified(&mut report, R3, "18 cases blocked");
    report
}

/// Stopped by Ctrl-C, with a fault of our own in it.
pub(super) fn interrupted() -> Report {
    let mut cases = vec![passed("ACK-01", R1, &[E1, E2]), passed("ACK-02", R1, &[])];
    cases[1].outcome = Outcome::NotRun;
    cases[1].message = "interrupted".to_owned();
    let mut ours = passed("IDM-01", R2, &[]);
    ours.outcome = Outcome::Error;
    ours.message = "the probe's answer could not be read: \u{1b}]0;title\u{7}".to_owned();
    cases.push(ours);
    let mut report = report(
        130,
        "interrupted after 1 of 3 cases: no verdict on R1, R2",
        cases,
    );
    report.partial = true;
    report.interrupted = Some("SIGINT".to_owned());
    leave_unverified(&mut report, R1, "ACK-02 did not run");
    leave_unverified(&mut report, R2, "IDM-01 ended in an error");
    report
}

fn report(exit_code: u8, headline: &str, cases: Vec<CaseResult>) -> Report {
    let url = "http://127.0.0.1:3000/webhook";
    let statements = [
        (R1, "Answer 200 within five seconds, always."),
        (
            R2,
            "One effect per (callId, eventType, timestamp), however often it is delivered.",
        ),
        (R3, "Only the holder of the bearer token gets in."),
        (Rb, "Keep serving whatever is sent."),
        (
            Url,
            "The URL and its certificate are what the provider accepts.",
        ),
    ];
    Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool {
            name: "hamsa-harness".to_owned(),
            version: "0.1.0".to_owned(),
        },
        target: TargetInfo {
            url: url.to_owned(),
            given: url.to_owned(),
        },
        profile: profile(),
        seed: 42,
        call_id_prefix: "hwk-7f3a-".to_owned(),
        started_at: "2024-01-15T14:30:00Z".to_owned(),
        duration_ms: 4321.5,
        partial: false,
        interrupted: None,
        headline: headline.to_owned(),
        next: Vec::new(),
        requirements: statements
            .map(|(id, text)| verdict(id, text, &cases))
            .into(),
        coverage: vec![CoverageRow {
            clause: "G-IDEM-04".to_owned(),
            statement: "Process each event once.".to_owned(),
            cases: cases
                .iter()
                .filter(|c| c.id.starts_with("IDM"))
                .map(|c| c.id.clone())
                .collect(),
            evidence: EvidenceSet::of(&[E1, E3]),
            verdict: Outcome::Pass,
        }],
        preflight: vec![PreflightStep {
            id: "P1".to_owned(),
            title: "The receiver can be reached".to_owned(),
            outcome: Outcome::Pass,
            detail: "connected in 0.21 ms".to_owned(),
        }],
        exit_code,
        cases,
        latency: Some(Latency {
            count: 1234,
            p50_ms: 1.82,
            p90_ms: 4.4,
            p99_ms: 48.0,
            max_ms: 1250.0,
            over_deadline: 0,
        }),
        effects: EffectsInfo {
            probe: Some("http:http://127.0.0.1:3000/effects?prefix={prefix}".to_owned()),
            types: vec!["call.started".to_owned(), "call.ended".to_owned()],
            settle_ms: Some(12.0),
            late: 0,
        },
    }
}

fn profile() -> ProfileInfo {
    let demanded = |requirement, kinds: &[_]| DemandedEvidence {
        requirement,
        kinds: EvidenceSet::of(kinds),
        lowered: false,
    };
    ProfileInfo {
        name: "local".to_owned(),
        auth: "bearer".to_owned(),
        set: "default".to_owned(),
        strict: false,
        deadline_ms: 5000.0,
        budget_ms: 1000.0,
        evidence: vec![
            demanded(R1, &[E1, E2]),
            demanded(R2, &[E1, E3]),
            demanded(R3, &[E1]),
        ],
        selection: Vec::new(),
    }
}

fn verdict(id: RequirementId, statement: &str, cases: &[CaseResult]) -> RequirementResult {
    let about: Vec<_> = cases
        .iter()
        .filter(|case| case.requirements.contains(&id))
        .collect();
    let ran = about
        .iter()
        .any(|c| !matches!(c.outcome, Outcome::NotRun | Outcome::NotApplicable));
    let union = |sets: fn(&CaseResult) -> EvidenceSet| {
        about
            .iter()
            .fold(EvidenceSet::default(), |all, case| all.union(sets(case)))
    };
    RequirementResult {
        id,
        statement: statement.to_owned(),
        level: Level::Must,
        verdict: Conformance::Conformant,
        reason: format!("{} of {} cases passed", about.len(), about.len()),
        selected: ran,
        evidence: union(|case| case.evidence),
        unseen: union(|case| case.unseen),
        cases: about.iter().map(|case| case.id.clone()).collect(),
    }
}

fn requirement(report: &mut Report, id: RequirementId) -> &mut RequirementResult {
    report
        .requirements
        .iter_mut()
        .find(|requirement| requirement.id == id)
        .unwrap()
}

fn refute(report: &mut Report, id: RequirementId, reason: &str) {
    let requirement = requirement(report, id);
    requirement.verdict = Conformance::NonConformant;
    requirement.reason = reason.to_owned();
}

fn leave_unverified(report: &mut Report, id: RequirementId, reason: &str) {
    let requirement = requirement(report, id);
    requirement.verdict = Conformance::Unverified;
    requirement.reason = reason.to_owned();
}

fn passed(
    id: &str,
    requirement: RequirementId,
    evidence: &[hamsa_harness::terms::EvidenceKind],
) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        title: format!("What {id} claims"),
        requirements: vec![requirement],
        level: Level::Must,
        outcome: Outcome::Pass,
        evidence: EvidenceSet::of(evidence),
        unseen: EvidenceSet::default(),
        message: "every check held".to_owned(),
        expected: None,
        actual: None,
        clauses: vec![ClauseText {
            id: "G-IDEM-04".to_owned(),
            statement: "Process each event once, identified by callId, eventType and timestamp."
                .to_owned(),
            source: "stage 4, idempotency".to_owned(),
        }],
        findings: Vec::new(),
        notes: Vec::new(),
        traffic: Traffic::default(),
        attempts: Vec::new(),
        repro: vec![
            format!("hamsa-harness run http://127.0.0.1:3000/webhook --seed 42 --only {id}"),
            "hamsa-harness send call.ended --to http://127.0.0.1:3000/webhook".to_owned(),
        ],
        fix: "Make the key a unique index and let the insert decide who was first; looking it up \
              before inserting leaves a gap in which a second copy passes."
            .to_owned(),
        duration_ms: 12.5,
    }
}

fn fail(case: &mut CaseResult, message: &str, findings: Vec<Finding>) {
    case.outcome = Outcome::Fail;
    case.message = message.to_owned();
    case.expected = Some(findings[0].expected.clone());
    case.actual = Some(findings[0].actual.clone());
    case.findings = findings;
}

fn finding(
    level: Level,
    claim: &str,
    expected: &str,
    actual: &str,
    attempt: Option<usize>,
) -> Finding {
    Finding {
        level,
        claim: claim.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        attempt,
    }
}

fn attempt(number: usize, response: Option<ResponseRecord>) -> AttemptRecord {
    let text = r#"{"eventType":"call.ended","callId":"hwk-7f3a-idm04-1","timestamp":"2024-01-15T14:35:00.000Z"}"#;
    AttemptRecord {
        number,
        label: "second copy".to_owned(),
        request: RequestRecord {
            method: "POST".to_owned(),
            path: "/webhook".to_owned(),
            authorization: Some("$WEBHOOK_SECRET".to_owned()),
            content_type: Some("application/json".to_owned()),
            further_headers: Vec::new(),
            form: None,
            body: BodyRecord {
                length: text.len(),
                sha256: "ab".repeat(32),
                text: Some(text.to_owned()),
                fixture: Some("valid/call-ended".to_owned()),
            },
        },
        response,
        no_answer: None,
        timing: TimingRecord {
            started_ms: 1204.0,
            connect_ms: 0.2,
            sent_ms: Some(0.3),
            first_byte_ms: Some(2.1),
            complete_ms: Some(2.2),
            acknowledgement_ms: Some(1.9),
        },
    }
}

fn silent(number: usize) -> AttemptRecord {
    let mut attempt = attempt(number, None);
    attempt.no_answer = Some("the connection was closed without an answer".to_owned());
    attempt.timing.first_byte_ms = None;
    attempt.timing.complete_ms = None;
    attempt.timing.acknowledgement_ms = None;
    attempt
}

fn large(number: usize) -> AttemptRecord {
    let mut attempt = attempt(number, Some(response(400, &"no ".repeat(600))));
    attempt.label = "no credential".to_owned();
    attempt.request.authorization = None;
    attempt.request.further_headers = vec!["x-request-id".to_owned()];
    attempt.request.form = Some("chunked, 4 pieces over 1.000 s".to_owned());
    attempt.request.body.length = 1_048_576;
    attempt.request.body.text = None;
    attempt
}

fn response(status: u16, body: &str) -> ResponseRecord {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    ResponseRecord {
        status,
        headers: vec![
            header("Content-Type", "text/html"),
            header("Server", "evil\u{1b}[31m\u{85}"),
            header("X-Powered-By", "Express"),
        ],
        body_length: body.len(),
        body: body.to_owned(),
    }
}
