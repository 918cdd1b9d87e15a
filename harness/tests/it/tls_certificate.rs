//! Certificates: a receiver behind a real TLS server.

use hamsa_harness::terms::Outcome;

use crate::support::{Ended, SECRET, run, stranger};
use crate::tls_bed::{Front, certified, run_behind};

fn failed(ended: &Ended) -> Vec<&str> {
    let report = ended.report.as_ref().expect("a report");
    let failed = report
        .cases
        .iter()
        .filter(|case| case.outcome == Outcome::Fail);
    failed.map(|case| case.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_intermediate_is_told_though_nothing_can_be_delivered() {
    let stranger = stranger("plain").await;
    let mut certified = certified(&["127.0.0.1"], 90);
    certified.chain.truncate(1);
    let url = Front::default().of(&stranger.url, certified.server()).await;
    let ended = run(&[&url], Some(SECRET)).await;
    assert_eq!(failed(&ended), ["TLS-02", "TLS-03"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_server_has_no_finding_whatever_the_profile() {
    let stranger = stranger("plain").await;
    let certified = certified(&["127.0.0.1"], 90);
    let url = Front::default().of(&stranger.url, certified.server()).await;
    for (profile, not_public) in [("local", &[][..]), ("public", &["TLS-06"])] {
        let args = ["--only", "TLS", "--profile", profile, "--strict"];
        let ended = run_behind(&url, &certified.root, &stranger, &args).await;
        assert_eq!(failed(&ended), not_public, "{profile}");
        let open: Vec<&str> = ended
            .report
            .iter()
            .flat_map(|report| &report.cases)
            .filter(|case| {
                !matches!(
                    case.outcome,
                    Outcome::Pass | Outcome::Fail | Outcome::NotApplicable | Outcome::NotRun
                )
            })
            .map(|case| case.id.as_str())
            .collect();
        assert!(open.is_empty(), "{profile}: {open:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_is_one_finding() {
    let stranger = stranger("plain").await;
    let config = certified(&["127.0.0.1"], 90).server();
    let url = Front::default().of(&stranger.url, config).await;
    let ended = run(&[&url], Some(SECRET)).await;
    assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
    assert_eq!(failed(&ended), ["TLS-02"]);

    // The run goes on when the user insists, and the certificate is judged all the same.
    let ended = run(
        &[&url, "--insecure", "--only", "TLS-02,ACK-01"],
        Some(SECRET),
    )
    .await;
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert_eq!(
        report.case("TLS-02").expect("it ran").outcome,
        Outcome::Fail
    );
    assert_eq!(
        report.case("ACK-01").expect("it ran").outcome,
        Outcome::Pass
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_the_users_own_authority_is_trusted_for_its_name_only() {
    let stranger = stranger("plain").await;
    for (name, outcome) in [("127.0.0.1", Outcome::Pass), ("example.com", Outcome::Fail)] {
        let certified = certified(&[name], 90);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("root.pem");
        std::fs::write(&path, &certified.root).expect("written");
        let url = Front::default().of(&stranger.url, certified.server()).await;
        let cacert = path.to_str().expect("text");
        let args = [&*url, "--cacert", cacert, "--only", "TLS-02,ACK-01,IDM-04"];
        let report = run(&args, Some(SECRET)).await.report.expect("a report");
        assert_eq!(
            report.case("TLS-02").expect("judged").outcome,
            outcome,
            "{name}"
        );
    }
}
