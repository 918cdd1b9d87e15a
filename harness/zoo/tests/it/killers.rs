//! Mutants whose process does not survive its stimulus. Each is served by a process of its own:
//! this test binary again, running the one ignored test below.

use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use hamsa_zoo::{serve, specimen};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

use crate::support::{CREDENTIAL, event, head};

const NAME: &str = "HAMSA_ZOO_SPECIMEN";

#[test]
#[ignore = "started as a process by the other tests"]
fn serves_until_its_input_ends() {
    let Ok(name) = env::var(NAME) else { return };
    let specimen = specimen(&name).unwrap();
    Runtime::new().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("\nlistening on {}", listener.local_addr().unwrap());
        let (end, ended) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            // Whatever ends the input, it has ended.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            drop(end);
        });
        let shutdown = async { drop(ended.await) };
        serve(listener, Some(CREDENTIAL.to_owned()), specimen, shutdown)
            .await
            .unwrap();
    });
}

struct Process {
    child: Child,
    address: String,
    /// Open until the end: a process that cannot write its last line fails for that.
    stdout: BufReader<ChildStdout>,
}

impl Process {
    fn start(name: &str) -> io::Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args([
                "--exact",
                "killers::serves_until_its_input_ends",
                "--ignored",
                "--nocapture",
            ])
            .env(NAME, name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut line = String::new();
        while stdout.read_line(&mut line)? > 0 {
            if let Some(address) = line.trim_end().strip_prefix("listening on ") {
                return Ok(Self {
                    address: address.to_owned(),
                    child,
                    stdout,
                });
            }
            line.clear();
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    /// What comes back for these bytes, as far as anything does.
    fn exchange(&self, request: &[u8]) -> io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(request)?;
        stream.shutdown(Shutdown::Write)?;
        let mut answer = Vec::new();
        // A reset is how the end of a process looks from here.
        let _ = stream.read_to_end(&mut answer);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Ends the input and sees how the process ends: with success if it is still there to notice.
    fn end(mut self) -> io::Result<ExitStatus> {
        drop(self.child.stdin.take());
        io::copy(&mut self.stdout, &mut io::sink())?;
        self.child.wait()
    }
}

fn request(method: &str, credential: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}\r\n", body.len());
    [head(method, Some(credential), &length), body.to_vec()].concat()
}

#[test]
fn killers_serve_until_their_stimulus_and_no_longer() {
    let good = event("call.ended", "c1");
    let text = String::from_utf8(good.clone()).unwrap();
    let delivery = |body: &str| request("POST", CREDENTIAL, body.as_bytes());
    let aborted = request("POST", CREDENTIAL, &good)[..300].to_vec();
    let oversized = head("POST", Some(CREDENTIAL), "Content-Length: 67108864\r\n");
    let table = [
        (
            "dies-on-unknown-event",
            delivery(&text.replace("call.ended", "call.parked")),
        ),
        ("dies-on-empty-body", delivery("")),
        ("dies-on-one-byte", delivery("{")),
        ("dies-on-null", delivery("null")),
        (
            "dies-on-missing-callid",
            delivery(&text.replace("callId", "call")),
        ),
        (
            "dies-on-object-member",
            delivery(&text.replace("\"c1\"", "{}")),
        ),
        ("recursive-parser", delivery(&"[".repeat(100_000))),
        (
            "recursive-parser-small-stack",
            delivery(&"[".repeat(100_000)),
        ),
        ("dies-on-large", oversized),
        ("dies-on-patch", request("PATCH", CREDENTIAL, &good)),
        ("dies-on-abort", aborted),
        (
            "auth-dies-on-non-ascii",
            request("POST", "Bearer clé", &good),
        ),
    ];
    for (name, stimulus) in table {
        for (subject, survives) in [(name, false), ("plain", true)] {
            let process = Process::start(subject).unwrap();
            let first = process
                .exchange(&request("POST", CREDENTIAL, &good))
                .unwrap();
            assert!(first.starts_with("HTTP/1.1 200"), "{subject}: {first}");
            process.exchange(&stimulus).unwrap();
            let status = process.end().unwrap();
            assert_eq!(
                status.success(),
                survives,
                "{subject} on the stimulus of {name}"
            );
        }
    }
}
