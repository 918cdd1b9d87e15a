//! What ends a run, and that its exit code claims nothing unproved.

use std::io::Write as _;
use std::time::{Duration, Instant};

use hamsa_harness::terms::{Conformance, Outcome, RequirementId};

use crate::support::{SECRET, reads_a_request, requirement, run, server, stranger};

#[tokio::test(flavor = "multi_thread")]
async fn without_effects_r2_is_unverified_and_the_next_command_is_named() {
    let stranger = stranger("plain").await;
    // The default set: no case may leave open what demands no effects.
    let ended = run(&[&stranger.url], Some(SECRET)).await;
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    for (id, verdict) in [
        (RequirementId::R1, Conformance::Conformant),
        (RequirementId::R2, Conformance::Unverified),
        (RequirementId::R3, Conformance::Conformant),
        (RequirementId::Rb, Conformance::Conformant),
    ] {
        assert_eq!(requirement(&report, id), verdict, "{}", ended.stdout);
    }
    let last = ended
        .stdout
        .trim_end()
        .lines()
        .last()
        .expect("a line")
        .trim();
    assert!(
        last.contains("hamsa-harness run") && last.contains("--effects"),
        "{last}"
    );

    let effects = format!(
        "{}/effects?prefix={{prefix}}",
        stranger.url.trim_end_matches("/webhook")
    );
    let ended = run(
        &[&stranger.url, "--set", "core", "--effects", &effects],
        Some(SECRET),
    )
    .await;
    assert_eq!(ended.code, 0, "{}", ended.stdout);

    let accept = ["--accept-evidence", "R2=E1"];
    let ended = run(
        &[&[&*stranger.url, "--set", "core"], &accept[..]].concat(),
        Some(SECRET),
    )
    .await;
    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let headline = ended.report.expect("a report").headline;
    assert!(headline.contains("R2 accepted on E1 alone"), "{headline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_verdict_is_exit_4_and_says_what_to_do() {
    let not_http = server(|stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
    });
    let refuses = stranger("refuses-secret").await;
    let plain = stranger("plain").await;
    let no_tls = plain.url.replace("http://", "https://");
    for (url, word) in [
        ("http://127.0.0.1:9/webhook", "cannot connect"),
        ("http://no-such-host.invalid/webhook", "resolve"),
        (&not_http, "not speak HTTP"),
        (&refuses.url, "401"),
        (&no_tls, "TLS"),
    ] {
        let ended = run(&[url], Some(SECRET)).await;
        assert_eq!(ended.code, 4, "{url}: {}", ended.stderr);
        assert!(ended.stderr.contains(word), "{url}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("what to do"),
            "{url}: {}",
            ended.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_verdict_is_a_report_too() {
    let ended = run(&["http://127.0.0.1:9/webhook"], Some(SECRET)).await;
    assert_eq!(ended.code, 4);
    let report = ended.report.expect("a report");
    assert_eq!(report.exit_code, 4);
    assert!(
        report
            .cases
            .iter()
            .all(|case| case.outcome == Outcome::NotRun)
    );
    let value: serde_json::Value = serde_json::from_str(&ended.json).expect("JSON");
    let violations = hamsa_schemas::validate(hamsa_schemas::SchemaId::Report, &value);
    assert!(violations.is_empty(), "{violations:?}");
    assert!(
        ended.junit.contains("<error") || ended.junit.contains("<failure"),
        "{}",
        ended.junit
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cause_is_one_finding_in_one_deadline() {
    let wall = server(|stream| {
        reads_a_request(stream);
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    });
    let fails = server(|stream| {
        reads_a_request(stream);
        let _ =
            stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    let silent = stranger("never-answers").await;
    for (url, case) in [
        (&wall, "AUT-01"),
        (&fails, "ACK-01"),
        (&silent.url, "ACK-01"),
    ] {
        let began = Instant::now();
        let ended = run(&[url], Some(SECRET)).await;
        assert_eq!(ended.code, 1, "{url}: {}", ended.stdout);
        let report = ended.report.expect("a report");
        let failed: Vec<&str> = report
            .cases
            .iter()
            .filter(|case| case.outcome == Outcome::Fail)
            .map(|case| case.id.as_str())
            .collect();
        assert_eq!(failed, [case], "{url}");
        assert!(
            report
                .cases
                .iter()
                .all(|case| case.outcome != Outcome::Pass),
            "{url}"
        );
        // One deadline of five seconds, not one per case.
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "{url}: {:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_must_that_was_left_out_makes_its_requirement_unverified() {
    let ended = run(&["reference", "--set", "core", "--skip", "IDM-07"], None).await;
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert!(report.partial);
    assert_eq!(
        requirement(&report, RequirementId::R2),
        Conformance::Unverified
    );
    assert_eq!(
        requirement(&report, RequirementId::R1),
        Conformance::Conformant
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_cases_are_no_success() {
    let args = ["reference", "--only", "TLS-01"];
    let ended = run(&args, None).await;
    assert_eq!(ended.code, 3, "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_url_breaks_the_public_profile() {
    let args = ["zoo:plain", "--profile", "public", "--only", "TLS-01"];
    let ended = run(&args, None).await;
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert_eq!(
        report.case("TLS-01").expect("it ran").outcome,
        Outcome::Fail
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_fast_claims_nothing_that_was_not_reached() {
    let args = [
        "zoo:dedup-409",
        "--set",
        "core",
        "--fail-fast",
        "--jobs",
        "1",
    ];
    let ended = run(&args, None).await;
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert!(report.partial);
    assert_eq!(
        requirement(&report, RequirementId::R1),
        Conformance::Unverified
    );
    assert_eq!(
        requirement(&report, RequirementId::R2),
        Conformance::NonConformant
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_without_authentication_proves_nothing() {
    let wall = server(|stream| {
        reads_a_request(stream);
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    });
    let args = [
        &*wall,
        "--no-auth",
        "--set",
        "core",
        "--accept-evidence",
        "R2=E1",
    ];
    let ended = run(&args, None).await;
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let banner = "AUTHENTICATION IS DECLARED OFF: R3 is not judged";
    assert!(ended.stdout.starts_with(banner), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_effects_break_r2_and_blame_nobody_elses_case() {
    // Each case that restarts such a receiver waits for what is lost, one after the other.
    let ended = run(&["zoo:lost-update", "--set", "core", "--skip", "DUR"], None).await;
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert_eq!(
        requirement(&report, RequirementId::R2),
        Conformance::NonConformant
    );
    assert_eq!(
        requirement(&report, RequirementId::R3),
        Conformance::Conformant
    );
}
