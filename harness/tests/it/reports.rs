//! What a run writes: it follows its schema, and the secret is in none of it.

use futures_util::future::join_all;

use crate::support::{Ended, SECRET, run, stranger, stranger_with};

#[tokio::test(flavor = "multi_thread")]
async fn reports_follow_their_schema() {
    let runs = [
        ("reference", &["--set", "core"][..]),
        ("zoo:dedup-409", &["--set", "core"]),
        ("zoo:always-200", &[]),
        ("zoo:dies-on-empty-body", &["--only", "MAL-*"]),
        ("zoo:terse", &["--strict", "--skip", "DUR"]),
    ];
    let runs =
        runs.map(
            |(target, args)| async move { (target, run(&[&[target], args].concat(), None).await) },
        );
    for (target, ended) in join_all(runs).await {
        let value: serde_json::Value = serde_json::from_str(&ended.json).expect("JSON");
        let violations = hamsa_schemas::validate(hamsa_schemas::SchemaId::Report, &value);
        assert!(violations.is_empty(), "{target}: {violations:?}");
        // Two readers that are not ours, and both see the same.
        let document = roxmltree::Document::parse(&ended.junit).expect("XML");
        let cases = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .count();
        let suites = junit_parser::from_reader(ended.junit.as_bytes()).expect("JUnit");
        let parsed: usize = suites.suites.iter().map(|suite| suite.cases.len()).sum();
        assert_eq!(cases, parsed, "{target}");
        let failing = document
            .descendants()
            .any(|node| node.has_tag_name("failure") || node.has_tag_name("error"));
        assert_eq!(failing, ended.code != 0, "{target}: exit {}", ended.code);
    }
}

/// Everything a run printed or wrote.
fn everything(ended: &Ended) -> String {
    [&*ended.stdout, &ended.stderr, &ended.json, &ended.junit].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_in_no_output() {
    // Receivers that echo the token, refuse it, and take near misses of it.
    let names = [
        "ack-echoes-credential",
        "auth-echoes-expected",
        "auth-starts-with",
        "plain",
    ];
    let runs = names.map(|name| async move {
        let stranger = stranger(name).await;
        (name, run(&[&stranger.url], Some(SECRET)).await)
    });
    for (name, ended) in join_all(runs).await {
        let said = everything(&ended);
        assert!(ended.report.is_some(), "{name}: {}", ended.stderr);
        let token = SECRET.trim_start_matches("Bearer ");
        for window in token.as_bytes().windows(12) {
            let window = std::str::from_utf8(window).expect("ASCII");
            let escaped = window.replace('/', "\\/");
            let encoded: String = url::form_urlencoded::byte_serialize(window.as_bytes()).collect();
            for form in [
                window,
                &escaped,
                &encoded,
                &window.to_lowercase(),
                &window.to_uppercase(),
            ] {
                assert!(!said.contains(form), "{name}: {form} is in the output");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_an_ordinary_word_spoils_no_report() {
    for secret in ["Bearer pass", "Bearer case", "Bearer conformant"] {
        let stranger = stranger_with("plain", secret).await;
        let args = [
            &*stranger.url,
            "--only",
            "ACK-01,AUT-02",
            "--accept-evidence",
            "R2=E1",
        ];
        let ended = run(&args, Some(secret)).await;
        assert_eq!(ended.code, 3, "{secret}: {}", ended.stderr);
        assert!(ended.report.is_some(), "{secret}");
    }
}
