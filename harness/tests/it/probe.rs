//! Effects probes on the real binary: a command, and probes that fail.

use hamsa_harness::terms::{Conformance, Outcome, RequirementId};

use crate::support::{SECRET, requirement, run, stranger};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_can_be_the_probe() {
    let stranger = stranger("plain").await;
    let base = stranger.url.trim_end_matches("/webhook");
    let fetch = format!(
        "cmd:python3 -c \"import os, urllib.request as r; print(r.urlopen('{base}/effects?prefix=' \
         + os.environ['CALL_PREFIX']).read().decode())\""
    );
    let args = [
        &*stranger.url,
        "--only",
        "IDM-01",
        "IDM-09",
        "--effects",
        &fetch,
    ];
    let report = run(&args, Some(SECRET)).await.report.expect("a report");
    for id in ["IDM-01", "IDM-09"] {
        assert_eq!(
            report.case(id).expect("it ran").outcome,
            Outcome::Pass,
            "{id}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_fails_or_prints_garbage_leaves_r2_unverified() {
    let stranger = stranger("plain").await;
    for probe in [
        "cmd:echo '<html>'",
        "cmd:exit 7",
        "http://127.0.0.1:9/effects?p={prefix}",
    ] {
        let args = [
            &*stranger.url,
            "--set",
            "core",
            "--only",
            "IDM-*",
            "--effects",
            probe,
        ];
        let args = [&args[..], &["--settle-max", "1s"]].concat();
        let ended = run(&args, Some(SECRET)).await;
        assert_eq!(ended.code, 3, "{probe}: {}", ended.stdout);
        let report = ended.report.expect("a report");
        assert_eq!(
            requirement(&report, RequirementId::R2),
            Conformance::Unverified
        );
        assert!(
            report
                .preflight
                .iter()
                .any(|step| step.id == "P4" && step.outcome == Outcome::Inconclusive)
        );
    }
}
