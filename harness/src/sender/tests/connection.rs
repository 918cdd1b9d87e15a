//! Connections: which address is taken, and what a look at an idle one sees.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::sender::Connection;
use crate::sender::attempt::NoAnswer;
use crate::sender::testbed::{AMPLE, accept, body_of, connector, listen, ok, request};

/// Waits until a look at the connection no longer finds it live.
async fn goes_stale(connection: &mut Connection) -> bool {
    let looking = async { while connection.is_live().await {} };
    timeout(AMPLE, looking).await.is_ok()
}

#[tokio::test]
async fn an_idle_connection_is_live_until_it_is_closed() {
    let (listener, address) = listen().await;
    let connector = connector(&[address], AMPLE);
    let mut connection = connector.open().await.unwrap();
    let mut peer = accept(&listener).await;
    let serving = async {
        body_of(&mut peer).await.unwrap();
        peer.write_all(ok("").as_bytes()).await.unwrap();
    };
    let (attempt, ()) = tokio::join!(connector.attempt_on(&mut connection, request(2)), serving);
    assert!(attempt.is_accepted());
    assert!(connection.is_live().await);
    drop(peer);
    assert!(goes_stale(&mut connection).await);
    assert!(!connection.is_open);
}

#[tokio::test]
async fn bytes_that_nobody_asked_for_make_it_stale() {
    let (listener, address) = listen().await;
    let mut connection = connector(&[address], AMPLE).open().await.unwrap();
    let mut peer = accept(&listener).await;
    assert!(connection.is_live().await);
    peer.write_all(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        .await
        .unwrap();
    assert!(goes_stale(&mut connection).await);
}

#[tokio::test]
async fn an_address_that_swallows_packets_leaves_time_for_the_next() {
    // A listener whose queue is full: the system drops what knocks.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let swallowing = full.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(connected) =
        timeout(Duration::from_millis(100), TcpStream::connect(swallowing)).await
    {
        queued.push(connected.unwrap());
    }
    let (listener, address) = listen().await;
    let mut connector = connector(&[swallowing, address], AMPLE);
    connector.limits.connect = Duration::from_millis(300);
    connector.open().await.unwrap();
    accept(&listener).await;
    connector.addresses.pop();
    let Err(NoAnswer::NotConnected(why)) = connector.open().await else {
        panic!("the queue is full");
    };
    assert_eq!(why, "timed out after 300ms");
}

#[tokio::test]
async fn a_refused_connection_is_said_to_be() {
    let (listener, address) = listen().await;
    drop(listener);
    let (attempt, connection) = connector(&[address], AMPLE)
        .attempt_on_new(request(2))
        .await;
    assert!(attempt.never_connected() && connection.is_none());
    assert_eq!(attempt.describe(), "no connection (connection refused)");
}
