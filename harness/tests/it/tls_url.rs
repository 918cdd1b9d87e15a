//! The URL, and what answers there in the receiver's place.

use hamsa_harness::report::CaseResult;
use hamsa_harness::terms::{Level, Outcome};

use crate::support::{SECRET, run, stranger};
use crate::tls_bed::{Front, certified, host_and_port, judged};

fn levels(case: &CaseResult) -> Vec<Level> {
    case.findings.iter().map(|finding| finding.level).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_host_is_a_finding_of_the_public_profile_only() {
    let stranger = stranger("plain").await;
    let certified = certified(&["127.0.0.1"], 90);
    let url = Front::default().of(&stranger.url, certified.server()).await;
    for (profile, outcome) in [("local", Outcome::NotApplicable), ("public", Outcome::Fail)] {
        let args = ["--profile", profile];
        let case = judged(&url, &certified.root, &stranger, "TLS-06", &args).await;
        assert_eq!(case.outcome, outcome, "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_url_is_found_and_never_shown() {
    let stranger = stranger("plain").await;
    let token = SECRET.trim_start_matches("Bearer ");
    let in_query = token.replace('+', "%2B");
    for (query, found) in [
        ("", &[][..]),
        ("?tenant=7", &[]),
        ("?api_key=7", &[Level::Should]),
        (&format!("?k={in_query}"), &[Level::Must]),
    ] {
        let url = format!("{}{query}", stranger.url);
        let ended = run(&[&url, "--only", "TLS-10"], Some(SECRET)).await;
        assert!(!ended.json.contains(&in_query), "{query}");
        let report = ended.report.expect("a report");
        assert_eq!(levels(report.case("TLS-10").expect("it ran")), found);
    }
    let url = stranger
        .url
        .replace("http://", "http://user:hunter2hunter2@");
    let ended = run(&[&url, "--only", "TLS-10"], Some(SECRET)).await;
    assert!(!ended.json.contains("hunter2"));
    let report = ended.report.expect("a report");
    assert_eq!(
        levels(report.case("TLS-10").expect("it ran")),
        [Level::Must]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_that_takes_events_is_found() {
    let stranger = stranger("plain").await;
    let certified = certified(&["127.0.0.1"], 90);
    let url = Front::default().of(&stranger.url, certified.server()).await;
    let port = |url: &str| {
        host_and_port(url)
            .rsplit(':')
            .next()
            .expect("a port")
            .to_owned()
    };
    // The receiver itself; then the TLS server, which has no ear for plain requests.
    let (open, shut) = (port(&stranger.url), port(&url));
    for (plain, found) in [(open, &[Level::Should, Level::Should][..]), (shut, &[])] {
        let args = ["--plain-port", plain.as_str()];
        let case = judged(&url, &certified.root, &stranger, "TLS-09", &args).await;
        assert_eq!(levels(&case), found, "{}", case.message);
    }
    let case = judged(&url, &certified.root, &stranger, "TLS-09", &[]).await;
    assert_eq!(case.outcome, Outcome::NotApplicable, "{}", case.message);
}

/// What a tunnel shows to those who were never there.
const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 33\r\n\
                    Connection: close\r\n\r\n<!doctype html><p>You are about to";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_the_receivers_place_is_found() {
    let stranger = stranger("plain").await;
    let certified = certified(&["127.0.0.1"], 90);
    for (answers, found) in [(None, &[][..]), (Some(("tls11-1\"", PAGE)), &[Level::Must])] {
        let front = Front {
            answers,
            ..Front::default()
        };
        let url = front.of(&stranger.url, certified.server()).await;
        let case = judged(&url, &certified.root, &stranger, "TLS-11", &[]).await;
        assert_eq!(levels(&case), found, "{}", case.message);
        // Without a probe it may as well be what the receiver answers.
        let args = [&*url, "--insecure", "--only", "TLS-11"];
        let report = run(&args, Some(SECRET)).await.report.expect("a report");
        let case = report.case("TLS-11").expect("it ran");
        assert_eq!(case.outcome, Outcome::Pass, "{}", case.message);
        assert_eq!(levels(case).len(), found.len(), "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_found_and_not_followed() {
    let stranger = stranger("plain").await;
    let certified = certified(&["127.0.0.1"], 90);
    let redirect = "HTTP/1.1 308 Permanent Redirect\r\nLocation: /webhook/\r\n\
                    Content-Length: 0\r\nConnection: close\r\n\r\n";
    for (answers, found) in [(None, &[][..]), (Some(("tls14", redirect)), &[Level::Must])] {
        let front = Front {
            answers,
            ..Front::default()
        };
        let url = front.of(&stranger.url, certified.server()).await;
        let case = judged(&url, &certified.root, &stranger, "TLS-14", &[]).await;
        assert_eq!(levels(&case), found, "{}", case.message);
        let is_explained = case.notes.iter().any(|note| note.contains("a slash"));
        assert_eq!(is_explained, !found.is_empty(), "{:?}", case.notes);
        assert_eq!(case.traffic.attempts, 1);
    }
}
