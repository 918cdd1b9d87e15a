//! The accept loop, and the loop over one connection's requests.

use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

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
    specimen::Specimen,
};

/// How long a faulty receiver looks whether its sender has finished sending.
const LOOK: Duration = Duration::from_millis(20);
/// How long a connection may be silent.
const IDLE: Duration = Duration::from_secs(75);
/// This many refusals to hand out a connection, one after the other, are no passing shortage.
const MAX_ACCEPT_FAILURES: u32 = 100;

/// Serves a specimen until `shutdown` completes. `secret` is the full expected value of the
/// `Authorization` header; without one, everybody gets in.
///
/// # Errors
///
/// When the secret is empty, or when the listener persistently fails.
pub async fn serve(
    listener: TcpListener,
    secret: Option<String>,
    specimen: Specimen,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ZooError> {
    if secret.as_ref().is_some_and(String::is_empty) {
        return Err(ZooError::EmptySecret);
    }
    let receiver = Arc::new(Receiver::new(specimen.behaviour(), secret));
    let mut shutdown = pin!(shutdown);
    let workers = Arc::new(Semaphore::new(match receiver.behaviour.workers {
        Workers::Unbounded => Semaphore::MAX_PERMITS,
        Workers::OnePerConnection(count) => count,
    }));
    let mut connections = JoinSet::new();
    let mut failures = 0;
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok(connection) => {
                    failures = 0;
                    let (receiver, workers) = (Arc::clone(&receiver), Arc::clone(&workers));
                    connections.spawn(async move {
                        let _worker = workers.acquire_owned().await;
                        converse(receiver, connection.0).await;
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

/// One connection from first to last request. Its end by whatever cause is nobody's error here.
async fn converse(receiver: Arc<Receiver>, stream: TcpStream) {
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
    let mut session = Session::default();
    while let Ok(true) = exchange(&receiver, &mut wire, &mut session).await {}
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
    let Some(mut reply) = receiver.respond(wire, &head, session).await else {
        return Ok(false);
    };
    if reply.answer.framing == Framing::Chunked && !head.is_http_11 {
        reply.answer.framing = Framing::UntilClose;
    }
    if is_answer_lost(receiver, wire, &head).await {
        return Ok(false);
    }
    let keep = keeps(receiver, &head, reply.then, reply.answer.framing);
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
        && then != Then::Close
        && framing != Framing::UntilClose
        && receiver.behaviour.connection != Connection::ClosedEachTime
}
