//! `hamsa-receiver healthcheck` against a receiver that is ready, not ready, and not there.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use crate::child::{Process, command};

/// Exit code, and what it said.
fn check(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

#[test]
fn it_tells_a_ready_receiver_from_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("events.db");
    let process = Process::start(&store);
    let listen = process.address.to_string();
    let ask = || command(&["healthcheck", "--listen", &listen]);
    assert_eq!(check(ask()), (0, String::new()));

    // As an image has it: every address, by environment.
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, process.address.port()));
    let mut by_environment = command(&["healthcheck"]);
    by_environment.env("HAMSA_LISTEN", anywhere.to_string());
    assert_eq!(check(by_environment), (0, String::new()));

    // Alive, but events would be stored where nobody finds them.
    std::fs::remove_file(&store).unwrap();
    // That it was ready serves for a moment.
    let checks = std::iter::repeat_with(|| check(ask())).take(100);
    let (_, said) = checks.into_iter().find(|(code, _)| *code == 1).unwrap();
    assert!(said.contains("answered `HTTP/1.1 503"), "{said}");

    drop(process);
    let (code, said) = check(ask());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("no answer from 127.0.0.1:"), "{said}");
}
