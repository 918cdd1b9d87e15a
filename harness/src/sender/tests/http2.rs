//! HTTP/2: who speaks it, and when copies on one connection overlap.

use bytes::Bytes;
use h2::server;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::sender::testbed::{AMPLE, accept, connector, head_of, listen, request};
use crate::sender::{NoAnswer, Response};

/// Serves one connection: answers when all of this many bodies are there, at once or one by one.
async fn serve(listener: TcpListener, bodies: usize) {
    let peer = accept(&listener).await;
    let mut connection = server::handshake(peer).await.unwrap();
    let mut waiting = Vec::new();
    while let Some(stream) = connection.accept().await {
        let (request, respond) = stream.unwrap();
        waiting.push((request, respond));
        if waiting.len() < bodies {
            continue;
        }
        let held = std::mem::take(&mut waiting);
        tokio::spawn(async move {
            let mut ready = Vec::new();
            for (request, respond) in held {
                let mut body = request.into_body();
                while let Some(part) = body.data().await {
                    part.unwrap();
                }
                ready.push(respond);
            }
            for mut respond in ready {
                let head = http::Response::builder().status(207).body(()).unwrap();
                let mut stream = respond.send_response(head, false).unwrap();
                stream
                    .send_data(Bytes::from_static(b"taken"), true)
                    .unwrap();
            }
        });
    }
}

#[tokio::test]
async fn copies_on_one_connection_overlap_and_are_answered() {
    let (listener, address) = listen().await;
    let serving = tokio::spawn(serve(listener, 4));
    let mut connection = connector(&[address], AMPLE).open_http2().await.unwrap();
    for _ in 0..2 {
        let copies = (0..4).map(|_| request(2000)).collect();
        let released = connection.release(copies).await;
        assert_eq!(released.overlaps(), 3);
        for attempt in &released.attempts {
            assert_eq!(attempt.status(), Some(207));
            assert_eq!(
                attempt.answer().map(|a: &Response| a.body.clone()).unwrap(),
                b"taken"
            );
            assert!(attempt.timing.last_byte_read >= attempt.timing.first_byte_read);
            assert!(attempt.timing.first_byte_read > attempt.timing.last_byte_written);
        }
    }
    serving.abort();
}

#[tokio::test]
async fn a_receiver_of_http_1_is_told_from_one_of_http_2() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let serving = async {
        let mut peer = accept(&listener).await;
        head_of(&mut peer).await.unwrap();
        let refusal = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        peer.write_all(refusal).await.unwrap();
    };
    let (opened, ()) = tokio::join!(connector.open_http2(), serving);
    assert!(matches!(opened.err(), Some(NoAnswer::NotHttp(_))));
}
