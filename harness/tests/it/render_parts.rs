//! The parts of golden reports: plain values that a sample changes where it matters.

use hamsa_harness::report::{
    AttemptRecord, BodyRecord, CaseResult, ClauseText, CoverageRow, DemandedEvidence, EffectsInfo,
    Finding, Latency, PreflightStep, ProfileInfo, Report, RequestRecord, RequirementResult,
    ResponseRecord, SCHEMA_VERSION, TargetInfo, TimingRecord, Tool, Traffic,
};
use hamsa_harness::terms::EvidenceKind::{E1, E2, E3};
use hamsa_harness::terms::RequirementId::{R1, R2, R3, Rb, Url};
use hamsa_harness::terms::{Conformance, EvidenceKind, EvidenceSet, Level, Outcome, RequirementId};

pub(super) fn report(exit_code: u8, headline: &str, cases: Vec<CaseResult>) -> Report {
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

pub(super) fn requirement(report: &mut Report, id: RequirementId) -> &mut RequirementResult {
    report
        .requirements
        .iter_mut()
        .find(|requirement| requirement.id == id)
        .expect("every report lists every requirement")
}

pub(super) fn refute(report: &mut Report, id: RequirementId, reason: &str) {
    let requirement = requirement(report, id);
    requirement.verdict = Conformance::NonConformant;
    requirement.reason = reason.to_owned();
}

pub(super) fn leave_unverified(report: &mut Report, id: RequirementId, reason: &str) {
    let requirement = requirement(report, id);
    requirement.verdict = Conformance::Unverified;
    requirement.reason = reason.to_owned();
}

pub(super) fn passed(
    id: &str,
    requirement: RequirementId,
    evidence: &[EvidenceKind],
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
        figures: Vec::new(),
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

pub(super) fn fail(case: &mut CaseResult, message: &str, findings: Vec<Finding>) {
    case.outcome = Outcome::Fail;
    case.message = message.to_owned();
    case.expected = Some(findings[0].expected.clone());
    case.actual = Some(findings[0].actual.clone());
    case.findings = findings;
}

pub(super) fn finding(
    level: Level,
    claim: &str,
    expected: &str,
    actual: &str,
    attempt: Option<usize>,
) -> Finding {
    Finding {
        level,
        requirements: vec![R2],
        claim: claim.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        attempt,
    }
}

pub(super) fn attempt(number: usize, response: Option<ResponseRecord>) -> AttemptRecord {
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

pub(super) fn silent(number: usize) -> AttemptRecord {
    let mut attempt = attempt(number, None);
    attempt.no_answer = Some("the connection was closed without an answer".to_owned());
    attempt.timing.first_byte_ms = None;
    attempt.timing.complete_ms = None;
    attempt.timing.acknowledgement_ms = None;
    attempt
}

pub(super) fn large(number: usize) -> AttemptRecord {
    let mut attempt = attempt(number, Some(response(400, &"no ".repeat(600))));
    attempt.label = "no credential".to_owned();
    attempt.request.authorization = None;
    attempt.request.further_headers = vec!["x-request-id".to_owned()];
    attempt.request.form = Some("chunked, 4 pieces over 1.000 s".to_owned());
    attempt.request.body.length = 1_048_576;
    attempt.request.body.text = None;
    attempt
}

pub(super) fn response(status: u16, body: &str) -> ResponseRecord {
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
