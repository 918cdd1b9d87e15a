//! Golden reports, one per kind of end a run can have.

#[path = "render_parts.rs"]
mod parts;

use hamsa_harness::report::{ClauseText, EffectsInfo, PreflightStep, Report, Traffic};
use hamsa_harness::terms::EvidenceKind::{E1, E2, E3, E5};
use hamsa_harness::terms::RequirementId::{R1, R2, R3, Rb, Url};
use hamsa_harness::terms::{EvidenceSet, Level, Outcome};

use parts::{
    attempt, fail, finding, large, leave_unverified, passed, refute, report, requirement, response,
    silent,
};

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
