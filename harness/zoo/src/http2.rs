//! HTTP/2 in front of the HTTP/1.1 that everything else is made of: each stream becomes one request
//! on a connection in memory.

use std::{io::Cursor, sync::Arc};

use h2::{RecvStream, server::SendResponse};
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt, duplex, join, split},
    task::JoinSet,
};

use crate::{
    http::Wire,
    receiver::{Receiver, Session},
    server::exchange,
};

/// What an HTTP/2 connection begins with.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Longest body that is handed on, a little over every receiver's limit.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// What a connection in memory holds.
const BUFFER: usize = 64 * 1024;

/// One connection from first to last stream.
pub(crate) async fn converse(receiver: &Arc<Receiver>, wire: Wire) {
    let (stream, read) = wire.into_parts();
    let (reader, writer) = split(stream);
    let stream = join(Cursor::new(read).chain(reader), writer);
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    let mut streams = JoinSet::new();
    while let Some(Ok((request, respond))) = connection.accept().await {
        let receiver = Arc::clone(receiver);
        streams.spawn(async move {
            // A stream that fails is nobody's error here.
            let _ = answer(&receiver, request, respond).await;
        });
    }
    // What was taken is worked on to its end, whether its sender waits or not.
    streams.detach_all();
}

async fn answer(
    receiver: &Arc<Receiver>,
    request: http::Request<RecvStream>,
    mut respond: SendResponse<bytes::Bytes>,
) -> io::Result<()> {
    let (head, body) = request.into_parts();
    let body = whole(body).await.map_err(io::Error::other)?;
    let bytes = as_http_11(&head, &body);
    let (mut ours, theirs) = duplex(BUFFER);
    let mut wire = Wire::new(theirs);
    let mut session = Session::over_http2();
    let asking = async {
        // Who answers early does not read it all.
        let _ = ours.write_all(&bytes).await;
        let mut answer = Vec::new();
        ours.read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answering = async {
        let served = exchange(receiver, &mut wire, &mut session).await;
        drop(wire);
        served
    };
    let (answer, _) = tokio::join!(asking, answering);
    let answer = answer?;
    let mut slots = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Response::new(&mut slots);
    let length = match parsed.parse(&answer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) | Err(_) => return Err(io::ErrorKind::InvalidData.into()),
    };
    let mut head = http::Response::builder().status(parsed.code.unwrap_or(500));
    for header in parsed.headers.iter() {
        if !header.name.eq_ignore_ascii_case("connection") {
            head = head.header(header.name, header.value);
        }
    }
    let head = head.body(()).map_err(io::Error::other)?;
    let mut stream = respond
        .send_response(head, false)
        .map_err(io::Error::other)?;
    let body = bytes::Bytes::copy_from_slice(&answer[length..]);
    stream.send_data(body, true).map_err(io::Error::other)
}

async fn whole(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut bytes = Vec::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        if bytes.len() < MAX_BODY {
            bytes.extend_from_slice(&part);
        }
    }
    Ok(bytes)
}

fn as_http_11(head: &http::request::Parts, body: &[u8]) -> Vec<u8> {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut bytes = format!("{} {path} HTTP/1.1\r\n", head.method).into_bytes();
    for (name, value) in &head.headers {
        if name != "content-length" {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
    }
    bytes.extend(
        format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .bytes(),
    );
    bytes.extend(body);
    bytes
}
