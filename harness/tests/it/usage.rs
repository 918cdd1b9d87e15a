//! Options, environment and configuration file: who wins, and what a mistake is told.

use hamsa_harness::report::Report;
use hamsa_harness::terms::Outcome;

use crate::support::{SECRET, harness, output, run};

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
