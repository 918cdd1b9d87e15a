//! A secret is replaced while the real binary runs, in every way that files are replaced (D-10).

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use crate::child::{Process, command};
use crate::support::{Request, event, send};

const OLD: &str = "Bearer previous-0123456789abcdef";
const NEW: &str = "Bearer current-0123456789abcdefg";

fn start(arguments: &[&str]) -> Process {
    let mut command = command(&["--listen", "127.0.0.1:0", "--store", "memory"]);
    command
        .args(arguments)
        .env("HAMSA_UNAUTHENTICATED_PER_MINUTE", "0");
    Process::spawn(command)
}

fn start_with_file(file: &Path) -> Process {
    start(&["--auth-file", file.to_str().unwrap()])
}

async fn status(process: &Process, secret: &str) -> u16 {
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        auth: &[secret],
        body: body.as_bytes(),
        ..Request::default()
    };
    send(process.address, request).await.status
}

/// Waits until the secret gets this answer.
async fn becomes(process: &Process, secret: &str, expected: u16) {
    for _ in 0..1_000 {
        if status(process, secret).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {expected}");
}

fn written_over(dir: &Path, text: &str) {
    fs::write(dir.join("secret"), text).unwrap();
}

fn renamed_over(dir: &Path, text: &str) {
    fs::write(dir.join("next"), text).unwrap();
    fs::rename(dir.join("next"), dir.join("secret")).unwrap();
}

/// As Kubernetes does: the file is a link through a link to a folder, and that one is swapped.
fn linked_anew(dir: &Path, text: &str) {
    let version = (0..)
        .map(|n| dir.join(format!("..{n}")))
        .find(|path| !path.exists());
    let version = version.unwrap();
    fs::create_dir(&version).unwrap();
    fs::write(version.join("secret"), text).unwrap();
    symlink(&version, dir.join("..next")).unwrap();
    fs::rename(dir.join("..next"), dir.join("..data")).unwrap();
    if !dir.join("secret").is_symlink() {
        symlink("..data/secret", dir.join("secret")).unwrap();
    }
}

#[tokio::test]
async fn two_secrets_overlap_and_the_old_one_ends() {
    for put in [written_over, renamed_over, linked_anew] {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), OLD);
        let process = start_with_file(&dir.path().join("secret"));
        assert_eq!(status(&process, OLD).await, 200);
        assert_eq!(status(&process, NEW).await, 401);

        put(dir.path(), &format!("{NEW}\n{OLD}\n"));
        becomes(&process, NEW, 200).await;
        assert_eq!(status(&process, OLD).await, 200);

        put(dir.path(), NEW);
        becomes(&process, OLD, 401).await;
        assert_eq!(status(&process, NEW).await, 200);
        assert_eq!(process.terminate(), 0);
    }
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_told_without_its_values() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    fs::write(&file, OLD).unwrap();
    let mut process = start_with_file(&file);
    let log = process.log();
    log.until("accepted secrets read");
    for (text, said) in [
        ("", "no secret is configured"),
        ("Bearer t00-short", "longer than 20"),
        ("0123456789-without-the-scheme", "start with `Bearer `"),
        (&format!("{NEW}\nBearer t00-short"), "longer than 20"),
    ] {
        fs::write(&file, text).unwrap();
        let told = log.until("what was read before stays in force");
        assert!(told.contains(said), "{told}");
        for hidden in ["t00-short", "without-the-scheme", &NEW[7..]] {
            assert!(!told.contains(hidden), "{told}");
        }
        assert_eq!(status(&process, OLD).await, 200);
        assert_eq!(status(&process, NEW).await, 401);
        // The file is the same broken one, but somebody asked.
        process.signal("HUP");
        let told = log.until("what was read before stays in force");
        assert!(told.contains(said), "{told}");
    }
    fs::remove_file(&file).unwrap();
    log.until("failed to read secret file");
    assert_eq!(status(&process, OLD).await, 200);

    fs::write(&file, format!("{OLD}\n{NEW}")).unwrap();
    let told = log.until("accepted secrets read");
    assert!(told.contains("secrets=2"), "{told}");
    assert_eq!(status(&process, NEW).await, 200);
    assert_eq!(process.terminate(), 0);
}

#[tokio::test]
async fn sighup_reads_at_once_and_does_not_end_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret");
    fs::write(&file, OLD).unwrap();
    let mut process = start_with_file(&file);
    let log = process.log();
    log.until("accepted secrets read");
    // Nothing has changed, so that only the signal can be the reason.
    process.signal("HUP");
    log.until("accepted secrets read");
    fs::write(&file, NEW).unwrap();
    process.signal("HUP");
    becomes(&process, NEW, 200).await;
    assert_eq!(status(&process, OLD).await, 401);
    assert_eq!(process.terminate(), 0);
}

#[tokio::test]
async fn a_secret_in_the_environment_stays_and_sighup_says_so() {
    let mut process = start(&[]);
    let log = process.log();
    process.signal("HUP");
    log.until("secrets not read again");
    assert_eq!(status(&process, crate::support::SECRET).await, 200);
    assert_eq!(process.terminate(), 0);
}
