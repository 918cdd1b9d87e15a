//! The real binary: its ready line, its exit codes, SIGTERM, its log.

use std::io::Read;
use std::process::Output;

use crate::child::{Process, command};
use crate::support::{Request, SECRET, deliver, event, settled};

fn output(arguments: &[&str], secret: Option<&str>) -> (i32, String) {
    let mut command = command(arguments);
    if let Some(secret) = secret {
        command.env("WEBHOOK_SECRET", secret);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = [stdout, stderr].concat();
    (status.code().unwrap(), String::from_utf8(text).unwrap())
}

#[test]
fn it_refuses_to_start_with_what_nobody_should_run() {
    for (arguments, secret, said) in [
        (&[][..], None, "WEBHOOK_SECRET: no secret is configured"),
        (&[], Some("Bearer short-one"), "longer than 20"),
        (
            &[],
            Some("a-long-value-without-scheme"),
            "start with `Bearer `",
        ),
        (&["--auth-env", "OTHER"], Some(SECRET), "OTHER"),
        (
            &["--store", "mysql://u:pw@db/x"],
            Some(SECRET),
            "no store for `mysql`",
        ),
        (
            &["--no-auth", "--auth-env", "X"],
            Some(SECRET),
            "cannot be used with",
        ),
        (&["--lisen", "x"], Some(SECRET), "--lisen"),
        (
            &["--config", "/nonexistent.toml"],
            Some(SECRET),
            "/nonexistent.toml",
        ),
        (&["--path", "webhook"], Some(SECRET), "must start with `/`"),
        (
            &["--tls-cert", "/x.pem"],
            Some(SECRET),
            "tls_cert and tls_key",
        ),
        (
            &["--tls-cert", "/nonexistent.pem", "--tls-key", "/x.pem"],
            Some(SECRET),
            if cfg!(feature = "tls") {
                "/nonexistent.pem"
            } else {
                "--features tls"
            },
        ),
    ] {
        let (code, text) = output(arguments, secret);
        assert_eq!(code, 2, "{arguments:?}: {text}");
        assert!(text.contains(said), "{arguments:?}: {text}");
        assert!(
            ["short-one", "u:pw", &SECRET[7..]]
                .iter()
                .all(|secret| !text.contains(secret)),
            "{text}"
        );
    }
    let (code, text) = output(
        &[
            "--store",
            "sqlite:/nonexistent/x.db",
            "--listen",
            "127.0.0.1:0",
        ],
        Some(SECRET),
    );
    assert_eq!(code, 1, "{text}");
}

#[test]
fn a_secret_on_the_command_line_is_not_repeated() {
    let token = &SECRET[7..];
    for arguments in [
        &[SECRET][..],
        &["--auth-env", SECRET],
        &["--auth-env", token],
        &["--auth-env", "Bearer", token],
        &["--auth-file", SECRET],
        &["--listen", SECRET],
        &["--workers", SECRET],
        &["--config", SECRET],
        &["--path", SECRET],
        &["--store", SECRET],
        &["--secret", SECRET],
    ] {
        let (code, text) = output(arguments, Some(SECRET));
        assert_eq!(code, 2, "{arguments:?}: {text}");
        assert!(!text.contains(&token[..12]), "{arguments:?}: {text}");
    }
    let (code, help) = output(&["--help"], None);
    assert_eq!((code, help.contains("--auth-env")), (0, true));
}

#[test]
fn an_unclear_switch_does_not_open_the_effects() {
    for word in ["off", "no", "n", "yes", "TRUE", "", SECRET] {
        let mut command = command(&["--store", "memory", "--listen", "127.0.0.1:0"]);
        command
            .env("WEBHOOK_SECRET", SECRET)
            .env("HAMSA_EXPOSE_EFFECTS", word);
        let Output { status, stderr, .. } = command.output().unwrap();
        let text = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{word:?}: {text}");
        assert!(!text.contains(&SECRET[7..]), "{text}");
    }
}

#[tokio::test]
async fn sigterm_ends_it_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("events.db");
    let process = Process::start(&store);
    assert_eq!(
        deliver(process.address, &event("call.ended", "c", "t"))
            .await
            .status,
        200
    );
    assert_eq!(process.terminate(), 0);
    let process = Process::start(&store);
    assert_eq!(settled(process.address, "", 1).await.len(), 1);
}

#[tokio::test]
async fn logs_name_the_event_and_hide_the_rest() {
    let mut command = command(&["--listen", "127.0.0.1:0", "--store", "memory"]);
    command
        .env("HAMSA_LOG", "debug")
        .env("HAMSA_LOG_FORMAT", "json");
    let mut process = Process::spawn(command);
    let address = process.address;
    let mut said = event("transcription.update", "call\nforged", "t");
    said["data"]["data"]["text"] = "private words".into();
    assert_eq!(deliver(address, &said).await.status, 200);
    let stranger = Request {
        auth: &["Bearer stolen-0123456789abcdef"],
        ..Request::default()
    };
    assert_eq!(crate::support::send(address, stranger).await.status, 401);

    process.signal("TERM");
    let mut log = String::new();
    process
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    for seen in [
        "transcription.update",
        r"call\\nforged",
        "127.0.0.1",
        "Unauthorized",
    ] {
        assert!(log.contains(seen), "{seen} in {log}");
    }
    for hidden in [&SECRET[7..], "stolen", "private words"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "{log}"
    );
}
