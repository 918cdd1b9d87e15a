//! Answers as bytes: where they end, and what is none.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use crate::sender::reading::{
    MAX_BODY, MAX_HEAD, MAX_HEADERS, MAX_INTERIM, MAX_LINE, MAX_TRAILERS, ReadFault, Reading,
};
use crate::sender::response::Response;

async fn read(bytes: &str) -> Result<Response, ReadFault> {
    let mut reading = Reading::default();
    reading.answer(&mut bytes.as_bytes(), false).await?;
    Ok(reading.head.unwrap())
}

async fn fault(bytes: &str) -> String {
    match read(bytes).await {
        Ok(answer) => format!("status {}", answer.status),
        Err(ReadFault::NotHttp(why)) => why,
        Err(other) => format!("{other:?}"),
    }
}

fn chunked(rest: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{rest}")
}

#[tokio::test]
async fn length_chunks_and_close_all_end_a_body() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5, 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
         2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nhello",
    ] {
        let response = read(answer).await.unwrap();
        assert_eq!(
            (response.status, response.body, response.body_length),
            (200, b"hello".to_vec(), 5),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn bytes_after_an_answer_end_the_connection() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let alone = read(answer).await.unwrap();
    assert_eq!((alone.keeps_open, alone.surplus), (true, 0));
    let followed = read(&format!("{answer}{answer}")).await.unwrap();
    assert_eq!(followed.body, b"hi");
    // How much of it came along with the answer is up to the transport.
    assert!(!followed.keeps_open && followed.surplus > 0);
}

#[tokio::test]
async fn a_connection_that_ends_early_is_told_apart() {
    assert_eq!(fault("").await, "ClosedWithoutAnswer");
    assert_eq!(fault("HTTP/1.1 20").await, "CutShort");
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
    assert_eq!(fault(short).await, "CutShort");
    assert_eq!(fault(&chunked("5\r\nhe")).await, "CutShort");
}

#[tokio::test]
async fn a_reset_inside_an_answer_is_told_from_one_before_it() {
    for (sent, expected) in [("", "ClosedWithoutAnswer"), ("HTTP/1.1 2", "CutShort")] {
        let mut reading = Reading::default();
        let mut stream = bytes_then_reset(sent);
        let fault = reading.answer(&mut stream, false).await.unwrap_err();
        assert_eq!(format!("{fault:?}"), expected);
    }
}

fn bytes_then_reset(sent: &str) -> impl AsyncRead + Unpin {
    std::io::Cursor::new(sent.as_bytes().to_vec()).chain(Reset)
}

struct Reset;

impl AsyncRead for Reset {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Poll::Ready(Err(std::io::ErrorKind::ConnectionReset.into()))
    }
}

#[tokio::test]
async fn bad_lengths_are_not_http() {
    for length in [
        "-1",
        "+5",
        "",
        "5x",
        "99999999999999999999999999",
        "5, 6",
        "5\r\nContent-Length: 6",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nhello");
        let why = fault(&answer).await;
        assert!(why.contains("content length"), "{length}: {why}");
    }
    // A length that a number holds, but no receiver would send.
    let huge = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\nhello",
        usize::MAX
    );
    assert_eq!(fault(&huge).await, "CutShort");
}

#[tokio::test]
async fn bad_chunk_sizes_are_not_http() {
    for size in ["", "-1", "+5", "0x5", "g", "fffffffffffffffff"] {
        let why = fault(&chunked(&format!("{size}\r\nhello\r\n0\r\n\r\n"))).await;
        assert_eq!(why, format!("`{size}` is not a chunk size"));
    }
    let why = fault(&chunked("ffffffffffffffff\r\nhello")).await;
    assert_eq!(why, "CutShort");
    let why = fault(&chunked("4\r\nhello\r\n0\r\n\r\n")).await;
    assert_eq!(why, "a chunk is longer than its size");
    let why = fault(&chunked(&format!("{}\r\n", "g".repeat(MAX_LINE)))).await;
    assert_eq!(
        why,
        format!("`{}` is not a chunk size", "g".repeat(40)),
        "no more of it than tells what it is"
    );
}

#[tokio::test]
async fn whatever_could_go_on_forever_has_a_limit() {
    let interim = "HTTP/1.1 102 Processing\r\n\r\n";
    let answer = "HTTP/1.1 204 No Content\r\n\r\n";
    let most = format!("{}{answer}", interim.repeat(MAX_INTERIM));
    assert_eq!(fault(&most).await, "status 204");
    let flood = format!("{}{answer}", interim.repeat(MAX_INTERIM + 1));
    assert_eq!(fault(&flood).await, "more than 16 interim answers");

    let trailers = |count: usize| chunked(&format!("0\r\n{}\r\n", "T: 1\r\n".repeat(count)));
    assert_eq!(fault(&trailers(MAX_TRAILERS)).await, "status 200");
    let flood = fault(&trailers(MAX_TRAILERS + 1)).await;
    assert_eq!(flood, "more than 100 trailers");

    let extension = |length: usize| chunked(&format!("0;{}\r\n\r\n", "a".repeat(length - 2)));
    assert_eq!(fault(&extension(MAX_LINE)).await, "status 200");
    let flood = fault(&extension(MAX_LINE + 1)).await;
    assert_eq!(flood, "a line among its chunks is longer than 8192 bytes");

    let headers = |count: usize| {
        format!(
            "HTTP/1.1 204 No Content\r\n{}\r\n",
            "A: b\r\n".repeat(count)
        )
    };
    assert_eq!(fault(&headers(MAX_HEADERS)).await, "status 204");
    assert_eq!(fault(&headers(MAX_HEADERS + 1)).await, "too many headers");

    let head = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(MAX_HEAD + 10));
    assert_eq!(fault(&head).await, "TooLong");
    let body = format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(MAX_BODY + 10));
    assert_eq!(fault(&body).await, "TooLong");
}

#[tokio::test]
async fn other_protocols_are_not_http() {
    assert!(matches!(
        read("SSH-2.0-OpenSSH\r\n").await,
        Err(ReadFault::NotHttp(_))
    ));
}
