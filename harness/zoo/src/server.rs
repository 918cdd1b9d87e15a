//! The accept loop, and the loop over one connection's requests.

use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    ZooError,
    behaviour::{Connection, Framing, HangUp, Http2, Intake, Wall, Workers},
    http::{Answer, Head, HeadFault, Length, Wire, read_body, write},
    http2,
    receiver::{MAX_DRAIN, Receiver, Session, Then},
    secrets::Secrets,
    specimen::Specimen,
};

/// How long a faulty receiver looks whether its sender has finished sending.
const LOOK: Duration = Duration::from_millis(20);
/// How long a connection may be silent.
const IDLE: Duration = Duration::from_secs(75);
/// This many refusals to hand out a connection, one after the other, are no passing shortage.
const MAX_ACCEPT_FAILURES: u32 = 100;

/// Where a specimen works, and what it knows.
#[derive(Debug)]
pub struct Station {
    /// Its URLs, as of several replicas.
    pub listeners: Vec<TcpListener>,
    /// The full expected value of the `Authorization` header; without one, everybody gets in.
    pub secrets: Secrets,
    /// The file that survives its process; without one, nothing does.
    pub state: Option<PathBuf>,
}

/// Serves a specimen from memory until `shutdown` completes. A secret is the full expected value of
/// the `Authorization` header; without one, everybody gets in.
///
/// # Errors
///
/// When the secret is empty, or when the listener persistently fails.
pub async fn serve(
    listener: TcpListener,
    secrets: impl Into<Secrets>,
    specimen: Specimen,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ZooError> {
    let station = Station {
        listeners: vec![listener],
        secrets: secrets.into(),
        state: None,
    };
    serve_at(station, specimen, shutdown).await
}

/// Serves a specimen until `shutdown` completes; then what is under way ends.
///
/// # Errors
///
/// When the secret is empty, the state cannot be read, or a listener persistently fails.
pub async fn serve_at(
    station: Station,
    specimen: Specimen,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ZooError> {
    let Station {
        listeners,
        secrets,
        state,
    } = station;
    if secrets.current().is_some_and(|secret| secret.is_empty()) {
        return Err(ZooError::EmptySecret);
    }
    let receiver = Receiver::new(specimen.behaviour(), secrets, state.as_deref());
    let receiver = Arc::new(receiver.await.map_err(ZooError::State)?);
    let mut accepting = JoinSet::new();
    for (url, listener) in listeners.into_iter().enumerate() {
        accepting.spawn(accept(Arc::clone(&receiver), listener, url));
    }
    tokio::select! {
        () = shutdown => {}
        Some(Ok(Err(error))) = accepting.join_next() => return Err(error),
    }
    receiver.wind_up().await;
    Ok(())
}

/// The accept loop of one URL. It ends with what dropped it, and its connections with it.
async fn accept(
    receiver: Arc<Receiver>,
    listener: TcpListener,
    url: usize,
) -> Result<(), ZooError> {
    let workers = Arc::new(Semaphore::new(match receiver.behaviour.workers {
        Workers::Unbounded | Workers::LaterEachTime(_) => Semaphore::MAX_PERMITS,
        Workers::OnePerConnection(count)
        | Workers::OnePerRequest(count)
        | Workers::NeverReturned(count) => count,
    }));
    let mut connections = JoinSet::new();
    let (mut failures, mut accepted_so_far) = (0, 0);
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(connection) => {
                    failures = 0;
                    accepted_so_far += 1;
                    let (receiver, workers) = (Arc::clone(&receiver), Arc::clone(&workers));
                    connections.spawn(async move {
                        employ(receiver, workers, accepted_so_far, connection.0, url).await;
                    });
                }
                Err(error) if failures == MAX_ACCEPT_FAILURES => {
                    return Err(ZooError::Accept(error));
                }
                Err(_) => {
                    failures += 1;
                    sleep(Duration::from_millis(10)).await;
                }
            },
        }
    }
}

/// One connection, and the worker that serves it.
async fn employ(
    receiver: Arc<Receiver>,
    workers: Arc<Semaphore>,
    place: u64,
    stream: TcpStream,
    url: usize,
) {
    match receiver.behaviour.workers {
        Workers::OnePerRequest(_) => {
            converse(receiver, stream, url, Some(&workers)).await;
        }
        Workers::LaterEachTime(us) => {
            sleep(Duration::from_micros(us * place)).await;
            converse(receiver, stream, url, None).await;
        }
        rule => {
            let worker = workers.acquire().await;
            converse(receiver, stream, url, None).await;
            if let (Workers::NeverReturned(_), Ok(worker)) = (rule, worker) {
                worker.forget();
            }
        }
    }
}

/// One connection from first to last request. Its end by whatever cause is nobody's error here.
async fn converse(
    receiver: Arc<Receiver>,
    stream: TcpStream,
    url: usize,
    workers: Option<&Semaphore>,
) {
    // Small answers must not wait for the sender's acknowledgement of earlier packets.
    let _ = stream.set_nodelay(true);
    let mut wire = Wire::new(stream);
    if receiver.behaviour.wall == Wall::NotHttp {
        let _ = wire.send(b"220 mail.example ESMTP ready\r\n").await;
        return wire.close().await;
    }
    let speaks_http2 = receiver.behaviour.http2 != Http2::Off;
    if speaks_http2 && wire.begins_with(http2::PREFACE).await {
        return http2::converse(&receiver, wire).await;
    }
    let mut session = Session::by(url);
    loop {
        let _worker = match workers {
            Some(workers) if wire.has_begun().await => workers.acquire().await.ok(),
            _ => None,
        };
        let exchanged = exchange(&receiver, &mut wire, &mut session).await;
        if !matches!(exchanged, Ok(true)) {
            break;
        }
    }
    wire.close().await;
}

/// One request and its answer; true when another request may follow.
pub(crate) async fn exchange(
    receiver: &Arc<Receiver>,
    wire: &mut Wire,
    session: &mut Session,
) -> io::Result<bool> {
    let waiting = Instant::now();
    let head = match timeout(IDLE, wire.head(receiver.behaviour.heads)).await {
        Ok(Ok(Some(head))) => head,
        Ok(Ok(None) | Err(HeadFault::Lost)) | Err(_) => return Ok(false),
        Ok(Err(HeadFault::Malformed)) => return refuse_head(wire, 400).await,
        Ok(Err(HeadFault::TooLarge)) => return refuse_head(wire, 431).await,
    };
    if let Connection::DeadAfterSilence(seconds) = receiver.behaviour.connection
        && waiting.elapsed() >= Duration::from_secs(seconds)
    {
        wire.hangs_up_within(IDLE).await;
        return Ok(false);
    }
    receiver.begin();
    let answered = answer(receiver, wire, &head, session).await;
    receiver.end();
    answered
}

async fn answer(
    receiver: &Arc<Receiver>,
    wire: &mut Wire,
    head: &Head,
    session: &mut Session,
) -> io::Result<bool> {
    let Some(mut reply) = receiver.respond(wire, head, session).await else {
        return Ok(false);
    };
    if reply.answer.framing == Framing::Chunked && !head.is_http_11 {
        reply.answer.framing = Framing::UntilClose;
    }
    if is_answer_lost(receiver, wire, head).await {
        return Ok(false);
    }
    let keep = keeps(receiver, head, reply.then, reply.answer.framing);
    write(wire, &reply.answer, head.method == "HEAD", !keep).await?;
    match reply.then {
        Then::Drain(length) if keep => {
            let length = Length::Known(length);
            Ok(read_body(wire, length, MAX_DRAIN, Intake::Whole)
                .await
                .is_ok())
        }
        Then::Drain(_) | Then::Keep | Then::Close => Ok(keep),
    }
}

async fn refuse_head(wire: &mut Wire, status: u16) -> io::Result<bool> {
    let answer = Answer::json(status, &serde_json::json!({ "error": "Bad request" }));
    write(wire, &answer, false, true).await?;
    Ok(false)
}

/// Whether a fault keeps the answer from its sender.
async fn is_answer_lost(receiver: &Receiver, wire: &mut Wire, head: &Head) -> bool {
    let ends_early = receiver.behaviour.connection == Connection::EndsBeforeAnswer
        && head.says("connection", "close");
    ends_early
        || (receiver.behaviour.hang_up == HangUp::LosesAnswer && wire.hangs_up_within(LOOK).await)
}

fn keeps(receiver: &Receiver, head: &Head, then: Then, framing: Framing) -> bool {
    head.is_persistent
        && !receiver.is_ending()
        && then != Then::Close
        && framing != Framing::UntilClose
        && receiver.behaviour.connection != Connection::ClosedEachTime
}
