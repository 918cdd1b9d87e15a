//! A head that never ends: what it holds, and what ends it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::sender::testbed::{AMPLE, connection, connector};

const PAUSE: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_dripped_head_has_no_credential_and_no_end() {
    let (own, mut peer) = tokio::io::duplex(16);
    let connector = connector(&[], AMPLE);
    let mut own = connection(own);
    let reading = async {
        let mut read = vec![0; 200];
        peer.read_exact(&mut read).await.unwrap();
        String::from_utf8(read).unwrap()
    };
    let read = tokio::select! {
        () = connector.drip_head(&mut own, PAUSE) => panic!("it ended"),
        read = timeout(AMPLE, reading) => read.unwrap(),
    };
    let (lines, padding) = read.split_once("X-Padding: ").unwrap();
    assert_eq!(lines, "POST /hook HTTP/1.1\r\nHost: 127.0.0.1:9\r\n");
    assert!(padding.bytes().all(|byte| byte == b'a'));
}

#[tokio::test]
async fn an_answer_or_a_close_ends_it() {
    for answer in [&b"HTTP/1.1 408 Request Timeout\r\n\r\n"[..], b""] {
        let (own, mut peer) = tokio::io::duplex(1024);
        peer.write_all(answer).await.unwrap();
        peer.shutdown().await.unwrap();
        let connector = connector(&[], AMPLE);
        let mut own = connection(own);
        let dripping = connector.drip_head(&mut own, PAUSE);
        assert!(timeout(AMPLE, dripping).await.is_ok());
        drop(peer);
    }
}
