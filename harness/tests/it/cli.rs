//! Exit codes and bad input, on the real binary.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use hamsa_harness::report::Report;
use hamsa_harness::terms::{Conformance, Outcome, RequirementId};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::support::{Ended, harness, output, run};

pub(crate) const SECRET: &str = "Bearer kX7/vQ+2mB9zR4tY8wL1nC6pD3sF5gH0jE==";

/// A receiver of the zoo in a process of its own, as a stranger's would be.
pub(crate) struct Stranger {
    _process: Child,
    pub(crate) url: String,
}

pub(crate) async fn stranger(name: &str) -> Stranger {
    let mut process = harness()
        .args(["zoo", "serve", "--mutant", name])
        .env("WEBHOOK_SECRET", SECRET)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = process.stdout.take().expect("a pipe");
    BufReader::new(stdout)
        .read_line(&mut line)
        .await
        .expect("a line");
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .expect("the ready line")
        .to_owned();
    Stranger {
        _process: process,
        url,
    }
}

fn requirement(report: &Report, id: RequirementId) -> Conformance {
    report
        .requirements
        .iter()
        .find(|own| own.id == id)
        .expect("it is there")
        .verdict
}

/// A server that does one thing to every connection.
fn server(answer: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/webhook",
        listener.local_addr().expect("an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().take(10_000) {
            answer(&mut stream.expect("a connection"));
        }
    });
    url
}

fn reads_a_request(stream: &mut std::net::TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
    let mut buffer = [0; 65_536];
    let _ = stream.read(&mut buffer);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_effects_r2_is_unverified_and_the_next_command_is_named() {
    let stranger = stranger("plain").await;
    let ended = run(&[&stranger.url, "--set", "core"], Some(SECRET)).await;
    assert_eq!(ended.code, 3, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert_eq!(
        requirement(&report, RequirementId::R1),
        Conformance::Conformant
    );
    assert_eq!(
        requirement(&report, RequirementId::R2),
        Conformance::Unverified
    );
    assert_eq!(
        requirement(&report, RequirementId::R3),
        Conformance::Conformant
    );
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
async fn what_the_user_can_correct_is_exit_2_and_named() {
    let url = "http://127.0.0.1:9/webhook";
    let too_bare = "sk_live_without_a_scheme";
    let cases: &[(&[&str], Option<&str>, &str)] = &[
        (&[url], None, "WEBHOOK_SECRET"),
        (&[url, "--auth-env", "NO_SUCH_NAME"], None, "NO_SUCH_NAME"),
        (
            &[url, "--auth-file", "/no/such/file"],
            None,
            "/no/such/file",
        ),
        (&[url], Some(too_bare), "scheme"),
        (&[url], Some(""), "empty"),
        (&[url, "--no-such-option"], Some(SECRET), "--no-such-option"),
        (&[url, "--only", "IDM-4"], Some(SECRET), "IDM-04"),
        (&[url, "--skip", "NOPE-*"], Some(SECRET), "NOPE-*"),
        (&[url, "--report", "pdf=x"], Some(SECRET), "pdf"),
        (
            &[url, "--report", "json=/no/such/folder/x"],
            Some(SECRET),
            "/no/such/folder",
        ),
        (&[url, "--effects", "ftp://x"], Some(SECRET), "ftp://x"),
        (&[url, "--accept-evidence", "R9=E1"], Some(SECRET), "R9"),
        (
            &[url, "--fixtures", "/no/such/folder"],
            Some(SECRET),
            "/no/such/folder",
        ),
        (&[url, "--set-field", "nonsense"], Some(SECRET), "nonsense"),
        (
            &[url, "--config", "/no/such.toml"],
            Some(SECRET),
            "/no/such.toml",
        ),
        (&[url, "--deadline", "soon"], Some(SECRET), "soon"),
        (&["zoo:no-such-mutant"], None, "no-such-mutant"),
        (&["nonsense"], Some(SECRET), "nonsense"),
        (&[], Some(SECRET), "target"),
    ];
    for (args, secret, named) in cases {
        let ended = run(args, *secret).await;
        assert_eq!(ended.code, 2, "{args:?}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(named), "{args:?}: {}", ended.stderr);
        assert!(
            !ended.stderr.contains(too_bare),
            "{args:?}: the secret is shown"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_of_the_configuration_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("hamsa-harness.toml"),
        "[cases]\nonyl = ['R1']\n",
    )
    .expect("written");
    let mut command = harness();
    let output = output(
        command
            .args(["run", "reference"])
            .current_dir(folder.path()),
    )
    .await;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("onyl"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_file_decides_what_no_option_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = "[target]\nurl = 'reference'\n[cases]\nonly = ['R3']\nset = 'core'\n\
                [[reports]]\nformat = 'json'\npath = 'out.json'\n";
    std::fs::write(folder.path().join("hamsa-harness.toml"), file).expect("written");
    let mut command = harness();
    let output = output(command.arg("run").current_dir(folder.path())).await;
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(folder.path().join("out.json")).expect("a report");
    let report: Report = serde_json::from_str(&text).expect("a report");
    assert_eq!(report.profile.set, "core");
    assert!(
        report
            .case("IDM-01")
            .is_some_and(|case| case.outcome == Outcome::NotRun)
    );
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

/// Everything a run printed or wrote.
fn everything(ended: &Ended) -> String {
    [&*ended.stdout, &ended.stderr, &ended.json, &ended.junit].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_in_no_output() {
    // Receivers that echo the token, refuse it, and take near misses of it.
    for name in [
        "ack-echoes-credential",
        "auth-echoes-expected",
        "auth-starts-with",
        "plain",
    ] {
        let stranger = stranger(name).await;
        let ended = run(&[&stranger.url], Some(SECRET)).await;
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
async fn reports_follow_their_schema() {
    for (target, args) in [
        ("reference", &["--set", "core"][..]),
        ("zoo:dedup-409", &[]),
        ("zoo:always-200", &[]),
        ("zoo:dies-on-empty-body", &["--only", "MAL-*"]),
        ("zoo:terse", &["--strict"]),
    ] {
        let ended = run(&[&[target], args].concat(), None).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_a_valid_partial_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let mut child = harness()
        .args(["run", "reference", "--report"])
        .arg(format!("json={}", path.display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // In the middle: something was judged, and something was not.
    while let Some(line) = lines.next_line().await.expect("readable") {
        if line.contains(" ACK-01 ") {
            break;
        }
    }
    let pid = child.id().expect("it runs").to_string();
    let killed = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .expect("kill");
    assert!(killed.success());
    let status = child.wait().await.expect("it ends");
    assert_eq!(status.code(), Some(130));
    let value: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a report")).expect("JSON");
    let violations = hamsa_schemas::validate(hamsa_schemas::SchemaId::Report, &value);
    assert!(violations.is_empty(), "{violations:?}");
    assert_eq!(
        (&value["partial"], &value["interrupted"]),
        (&true.into(), &"interrupted".into())
    );
    // What was cut off was not proved.
    let report: Report = serde_json::from_value(value).expect("a report");
    assert_eq!(
        requirement(&report, RequirementId::Rb),
        Conformance::Unverified
    );
    assert_eq!(
        requirement(&report, RequirementId::R1),
        Conformance::Unverified
    );
}

#[tokio::test]
async fn list_and_explain_agree_with_the_registry() {
    let listed = output(harness().args(["list", "--json"])).await;
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(cases.len(), hamsa_harness::case::registry::all().len());
    for id in ["IDM-04", "idm-04", "R2", "G-IDEM-07"] {
        let explained = output(harness().args(["explain", id])).await;
        assert_eq!(explained.status.code(), Some(0), "{id}");
    }
    let unknown = output(harness().args(["explain", "IDM-4"])).await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("IDM-04"));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_walks_the_entries_and_names_the_next_command() {
    let ended = output(harness().args(["doctor", "reference"])).await;
    let said = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    for entry in [
        "Nothing is received",
        "401",
        "taken twice",
        "null or missing",
        "Arrays",
    ] {
        assert!(said.contains(entry), "{entry}: {said}");
    }
    assert!(
        said.trim_end()
            .lines()
            .last()
            .expect("a line")
            .contains("hamsa-harness run reference")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_during_preflight_leaves_a_report_too() {
    let silent = stranger("never-answers").await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let mut child = harness()
        .args(["run", &silent.url, "--report"])
        .arg(format!("json={}", path.display()))
        .env("WEBHOOK_SECRET", SECRET)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    // P1 is told; P2 waits for a receiver that never answers.
    lines.next_line().await.expect("readable").expect("a line");
    let pid = child.id().expect("it runs").to_string();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status()
        .expect("kill");
    assert!(killed.success());
    assert_eq!(child.wait().await.expect("it ends").code(), Some(143));
    let text = std::fs::read_to_string(&path).expect("a report");
    let report: Report = serde_json::from_str(&text).expect("JSON");
    assert!(report.partial && report.exit_code == 143);
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
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_an_ordinary_word_spoils_no_report() {
    for secret in ["Bearer pass", "Bearer case", "Bearer conformant"] {
        let mut process = harness()
            .args(["zoo", "serve", "--mutant", "plain"])
            .env("WEBHOOK_SECRET", secret)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .await
            .expect("a line");
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .expect("the ready line")
            .to_owned();
        let args = [
            &*url,
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

#[tokio::test(flavor = "multi_thread")]
async fn an_option_wins_over_the_environment() {
    let mut command = harness();
    command
        .args([
            "run",
            "reference",
            "--set",
            "core",
            "--only",
            "ACK-01",
            "--no-auth",
        ])
        .env("HAMSA_AUTH_ENV", "NO_SUCH_NAME");
    let output = output(&mut command).await;
    assert_eq!(
        output.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_effects_break_r2_and_blame_nobody_elses_case() {
    let ended = run(&["zoo:lost-update"], None).await;
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
