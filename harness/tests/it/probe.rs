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

/// A receiver that tells each of its effects once, as they come, by this means.
async fn tells<Told: Future<Output = ()>>(base: &str, tell: impl Fn(String) -> Told) {
    let mut told = 0;
    loop {
        let url = format!("{base}/effects?prefix=hc-");
        let effects = match get(&url)
            .await
            .and_then(|text| serde_json::from_str(&text).ok())
        {
            Some(serde_json::Value::Object(answer)) => answer["effects"].as_array().cloned(),
            _ => None,
        };
        for effect in effects.unwrap_or_default().iter().skip(told) {
            tell(format!("{effect}\n")).await;
            told += 1;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn get(url: &str) -> Option<String> {
    exchange(url, "GET", "").await
}

/// One plain HTTP exchange; the body of the answer.
async fn exchange(url: &str, method: &str, body: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let mut stream = tokio::net::TcpStream::connect(host).await.ok()?;
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {SECRET}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer.split_once("\r\n\r\n")?.1.to_owned())
}

/// Judges the core set's R2 on a correct receiver whose effects reach the probe by this means.
async fn is_proved<Told: Future<Output = ()>>(probe: &str, tell: impl Fn(String) -> Told) {
    let stranger = stranger("plain").await;
    let base = stranger.url.trim_end_matches("/webhook");
    let args = [
        &*stranger.url,
        "--set",
        "core",
        "--only",
        "R2",
        "--effects",
        probe,
    ];
    let ended = tokio::select! {
        ended = run(&args, Some(SECRET)) => ended,
        () = tells(base, tell) => unreachable!("it tells on"),
    };
    let report = ended.report.expect("a report");
    assert_eq!(
        requirement(&report, RequirementId::R2),
        Conformance::Conformant,
        "{}",
        ended.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_posted_to_a_sink_prove_r2() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let url = format!("http://{address}/");
    let post = |line: String| {
        let url = url.clone();
        async move {
            // The run may have ended by now, and its sink with it.
            let _ = exchange(&url, "POST", &line).await;
        }
    };
    is_proved(&format!("sink:{address}"), post).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_appended_to_a_file_prove_r2() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("effects.ndjson");
    let append = |line: String| {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options
            .create(true)
            .append(true)
            .open(&path)
            .expect("a file");
        file.write_all(line.as_bytes()).expect("it is written");
        std::future::ready(())
    };
    is_proved(&format!("file:{}", path.display()), append).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_makes_up_what_it_is_asked_for_is_found_out() {
    let stranger = stranger("plain").await;
    let made_up =
        r#"cmd:printf '{"callId":"%s1","eventType":"call.ended","timestamp":"t"}' "$CALL_PREFIX""#;
    let args = [&*stranger.url, "--only", "IDM-01", "--effects", made_up];
    let ended = run(&args, Some(SECRET)).await;
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    let step = report.preflight.iter().find(|step| step.id == "P4");
    assert!(
        step.expect("it was looked at")
            .detail
            .contains("does not exist")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_says_what_would_prove_more() {
    let stranger = stranger("plain").await;
    let base = stranger.url.trim_end_matches("/webhook");
    let count = format!(
        "cmd:python3 -c \"import os, json, urllib.request as r; print(len(json.load(r.urlopen(\
         '{base}/effects?prefix=' + os.environ['CALL_PREFIX']))['effects']))\""
    );
    let args = [&*stranger.url, "--only", "IDM-01", "--effects", &count];
    let ended = run(&args, Some(SECRET)).await;
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert!(report.effects.counts_only);
    assert!(
        report.next[0].contains("in place of a count"),
        "{:?}",
        report.next
    );
}
