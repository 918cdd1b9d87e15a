//! Receivers of HTTP/2: those that speak nothing else, and those that offer it behind TLS.

use std::time::Duration;

use hamsa_harness::report::Report;
use hamsa_harness::terms::Outcome;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Ended, SECRET, Stranger, run, stranger};
use crate::tls_bed::{Front, certified, host_and_port, judged, run_behind};

/// What HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// An empty SETTINGS frame, then GOAWAY for a protocol error.
const GOAWAY: &[u8] = b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\x01";

/// Stands in front of a receiver and hands on HTTP/2 only; to everything else it says this.
async fn only_http2(behind: &str, refusal: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let upstream = host_and_port(behind).to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let upstream = upstream.clone();
            tokio::spawn(async move {
                // A client that leaves is no fault.
                let _ = hand_on(stream, &upstream, refusal).await;
            });
        }
    });
    format!("http://{address}/webhook")
}

async fn hand_on(mut outer: TcpStream, upstream: &str, refusal: &[u8]) -> std::io::Result<()> {
    let mut first = [0; PREFACE.len()];
    outer.read_exact(&mut first).await?;
    if first == PREFACE {
        let mut inner = TcpStream::connect(upstream).await?;
        inner.write_all(&first).await?;
        return copy_bidirectional(&mut outer, &mut inner).await.map(|_| ());
    }
    outer.write_all(refusal).await?;
    outer.shutdown().await?;
    // Closing with bytes unread would reset the connection and take the refusal with it.
    let mut rest = Vec::new();
    let reading = outer.read_to_end(&mut rest);
    let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
    Ok(())
}

async fn run_on(url: &str, stranger: &Stranger, args: &[&str]) -> Ended {
    let effects = format!(
        "http:http://{}/effects?prefix={{prefix}}",
        host_and_port(&stranger.url)
    );
    let mut all = vec![url, "--effects", &effects, "--seed", "7"];
    all.extend(args);
    run(&all, Some(SECRET)).await
}

fn outcome(report: &Report, id: &str) -> Outcome {
    report.case(id).expect("it is listed").outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_http_2_alone_is_judged_over_http_2() {
    let stranger = stranger("bilingual").await;
    let too_old = b"HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\n\r\n";
    let refusals: [&'static [u8]; 3] = [b"", too_old, GOAWAY];
    for refusal in refusals {
        let url = only_http2(&stranger.url, refusal).await;
        let only = ["IDM-04", "IDM-16", "AUT-16", "HTP-02", "HTP-05", "LOD-01"];
        let args = only.map(|id| ["--only", id]).concat();
        let ended = run_on(&url, &stranger, &args).await;
        let report = ended.report.expect("a report");
        assert!(report.headline.contains("HTTP/2"), "{}", report.headline);
        assert!(
            report
                .preflight
                .iter()
                .any(|step| step.id == "P2" && step.detail.contains("HTTP/2"))
        );
        for id in only {
            let expected = match id {
                "HTP-02" => Outcome::NotApplicable,
                _ => Outcome::Pass,
            };
            assert_eq!(outcome(&report, id), expected, "{id}: {}", ended.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_speaks_http_2_alone_is_read() {
    let stranger = stranger("bilingual").await;
    let url = only_http2(&stranger.url, b"").await;
    let host = host_and_port(&url);
    let effects = format!("http://{host}/effects?prefix={{prefix}}");
    let ended = run(
        &[&url, "--effects", &effects, "--only", "IDM-01"],
        Some(SECRET),
    )
    .await;
    let report = ended.report.expect("a report");
    assert_eq!(
        outcome(&report, "IDM-01"),
        Outcome::Pass,
        "{}",
        ended.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_behind_http_2_alone_is_found() {
    let stranger = stranger("http2-races").await;
    let url = only_http2(&stranger.url, b"").await;
    let ended = run_on(&url, &stranger, &["--only", "IDM-05", "--only", "IDM-06"]).await;
    let report = ended.report.expect("a report");
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    for id in ["IDM-05", "IDM-06"] {
        assert_eq!(outcome(&report, id), Outcome::Fail, "{}", ended.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_open_behind_http_2_alone_is_found() {
    let stranger = stranger("http2-lets-everybody-in").await;
    let url = only_http2(&stranger.url, b"").await;
    let ended = run_on(&url, &stranger, &["--only", "AUT-01"]).await;
    let report = ended.report.expect("a report");
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert_eq!(outcome(&report, "AUT-01"), Outcome::Fail);
}

/// Ends TLS in front of that receiver, with these protocols by ALPN; gives URL and root.
async fn behind_tls(stranger: &Stranger, protocols: &[&[u8]]) -> (String, String) {
    let certified = certified(&["127.0.0.1"], 90);
    let mut config = certified.server();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let url = Front::default().of(&stranger.url, config).await;
    (url, certified.root)
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_by_alpn_keeps_the_promises_or_is_found() {
    for (name, passes) in [("bilingual", true), ("http2-races", false)] {
        let stranger = stranger(name).await;
        let (url, root) = behind_tls(&stranger, &[b"h2", b"http/1.1"]).await;
        let case = judged(&url, &root, &stranger, "HTP-11", &[]).await;
        assert_eq!(case.outcome, Outcome::Pass, "{name}: {}", case.message);
        let case = judged(&url, &root, &stranger, "IDM-06", &[]).await;
        let expected = if passes { Outcome::Pass } else { Outcome::Fail };
        assert_eq!(case.outcome, expected, "{name}: {}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_by_alpn_with_an_open_door_is_found() {
    let stranger = stranger("http2-lets-everybody-in").await;
    let (url, root) = behind_tls(&stranger, &[b"h2", b"http/1.1"]).await;
    let case = judged(&url, &root, &stranger, "HTP-11", &[]).await;
    assert!(!case.findings.is_empty(), "{}", case.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn https_without_h2_in_its_alpn_offers_none() {
    let stranger = stranger("bilingual").await;
    let (url, root) = behind_tls(&stranger, &[b"http/1.1"]).await;
    for id in ["HTP-11", "IDM-06"] {
        let case = judged(&url, &root, &stranger, id, &[]).await;
        assert_eq!(case.outcome, Outcome::NotApplicable, "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn https_that_speaks_h2_alone_is_judged_with_its_certificate() {
    let stranger = stranger("h2-only").await;
    let (url, root) = behind_tls(&stranger, &[b"h2"]).await;
    let only = ["ACK-01", "IDM-01", "AUT-02", "TLS-02", "TLS-08"];
    let args = only.map(|id| ["--only", id]).concat();
    let ended = run_behind(&url, &root, &stranger, &args).await;
    let report = ended.report.expect("a report");
    assert!(report.headline.contains("HTTP/2"), "{}", report.headline);
    for id in only {
        assert_eq!(
            outcome(&report, id),
            Outcome::Pass,
            "{id}: {}",
            ended.stdout
        );
    }
}
