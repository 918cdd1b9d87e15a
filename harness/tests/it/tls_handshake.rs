//! Handshakes: chains, old versions, server names and early data, each with a server that is wrong
//! in one way and one that is not.

use std::sync::Arc;
use std::time::Duration;

use hamsa_harness::report::CaseResult;
use hamsa_harness::terms::{Level, Outcome};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::TLS12;

use crate::support::stranger;
use crate::tls_bed::{Certified, Front, certified, home_made, judged};

/// For the address of the tests, far from its end.
fn sound() -> Certified {
    certified(&["127.0.0.1", "localhost"], 90)
}

/// What the findings weigh, the heaviest first.
fn levels(case: &CaseResult) -> Vec<Level> {
    case.findings.iter().map(|finding| finding.level).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_intermediate_is_found() {
    let stranger = stranger("plain").await;
    for (sent, outcome) in [(2, Outcome::Pass), (1, Outcome::Fail)] {
        let mut certified = sound();
        certified.chain.truncate(sent);
        let url = Front::default().of(&stranger.url, certified.server()).await;
        let case = judged(&url, &certified.root, &stranger, "TLS-03", &["--insecure"]).await;
        assert_eq!(case.outcome, outcome, "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_nobody_knows_is_no_missing_intermediate() {
    let stranger = stranger("plain").await;
    let unknown = sound().root;
    for (certified, outcome) in [
        (sound(), Outcome::Pass),
        (home_made(&["127.0.0.1"]), Outcome::Inconclusive),
    ] {
        let url = Front::default().of(&stranger.url, certified.server()).await;
        let case = judged(&url, &unknown, &stranger, "TLS-03", &["--insecure"]).await;
        assert_eq!(case.outcome, outcome, "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_about_to_expire_is_found() {
    let stranger = stranger("plain").await;
    for (days, found) in [(14, &[][..]), (13, &[Level::Should])] {
        let certified = certified(&["127.0.0.1"], days);
        let url = Front::default().of(&stranger.url, certified.server()).await;
        let case = judged(&url, &certified.root, &stranger, "TLS-04", &[]).await;
        assert_eq!(levels(&case), found, "{days}: {}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_agrees_to_old_versions_is_found() {
    let stranger = stranger("plain").await;
    let certified = sound();
    for (is_obsolete, found) in [(false, &[][..]), (true, &[Level::Should, Level::Should])] {
        let front = Front {
            is_obsolete,
            ..Front::default()
        };
        let url = front.of(&stranger.url, certified.server()).await;
        let case = judged(&url, &certified.root, &stranger, "TLS-05", &[]).await;
        assert_eq!(levels(&case), found, "{}", case.message);
        assert_eq!(case.outcome, Outcome::Pass, "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_the_two_versions_is_enough() {
    let stranger = stranger("plain").await;
    let certified = sound();
    let config = certified.server_of(&[&TLS12]);
    let url = Front::default().of(&stranger.url, config).await;
    let case = judged(&url, &certified.root, &stranger, "TLS-05", &[]).await;
    assert_eq!(case.outcome, Outcome::Pass, "{}", case.message);
    assert!(case.notes.iter().any(|note| note == "spoken: TLS 1.2"));
}

/// Has a certificate for those who ask for it by name, and none for others.
#[derive(Debug)]
struct ByName(Arc<dyn ResolvesServerCert>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        (hello.server_name() == Some("localhost")).then(|| self.0.resolve(hello))?
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_without_a_name_get_is_reported() {
    let stranger = stranger("plain").await;
    let certified = sound();
    for (is_by_name, found) in [(false, &[][..]), (true, &[Level::Info, Level::Info])] {
        let mut config = certified.server();
        if is_by_name {
            config.cert_resolver = Arc::new(ByName(config.cert_resolver));
        }
        let url = Front::default().of(&stranger.url, config).await;
        let url = url.replace("127.0.0.1", "localhost");
        let case = judged(&url, &certified.root, &stranger, "TLS-12", &[]).await;
        assert_eq!(levels(&case), found, "{}", case.message);
        assert_eq!(case.outcome, Outcome::Pass, "{}", case.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_in_early_data_is_found_where_it_has_an_effect() {
    let certified = sound();
    for (name, early, found, note) in [
        ("plain", 0, &[][..], "early data is not taken"),
        ("plain", 16 * 1024, &[], "early data is taken"),
        ("no-dedup", 16 * 1024, &[Level::Info], "early data is taken"),
    ] {
        let stranger = stranger(name).await;
        let mut config = certified.server();
        config.max_early_data_size = early;
        let url = Front::default().of(&stranger.url, config).await;
        let case = judged(&url, &certified.root, &stranger, "TLS-13", &[]).await;
        assert_eq!(levels(&case), found, "{name}, {early}: {case:#?}");
        let said = case.notes.iter().any(|said| said.contains(note));
        assert!(said, "{name}, {early}: {:?}", case.notes);
        assert_eq!(
            case.traffic.statuses.get("200"),
            Some(&2),
            "{name}, {early}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_handshake_and_a_slow_answer_add_up() {
    let certified = sound();
    for (thinks, found) in [(0, &[][..]), (1800, &[Level::Should])] {
        let stranger = stranger("plain").await;
        let front = Front {
            thinks: Duration::from_millis(thinks),
            ..Front::default()
        };
        let url = front.of(&stranger.url, certified.server()).await;
        let args = ["--deadline", "3s"];
        let case = judged(&url, &certified.root, &stranger, "TLS-08", &args).await;
        assert_eq!(levels(&case), found, "{thinks}: {:?}", case.notes);
    }
}
