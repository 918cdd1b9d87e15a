//! Connections: which address is taken, and what a look at an idle one sees.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{Instant, timeout};

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

/// A listener whose queue is full: the system drops whatever knocks.
fn swallowing() -> (TcpListener, Vec<std::net::TcpStream>, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let knock = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100));
    let queued = std::iter::from_fn(|| knock().ok()).collect();
    (listener, queued, address)
}

#[tokio::test]
async fn an_address_that_swallows_packets_leaves_time_for_the_next() {
    let (_full, _queued, swallowing) = swallowing();
    let (listener, address) = listen().await;
    let mut connector = connector(&[swallowing, address], AMPLE);
    connector.limits.connect = Duration::from_millis(300);
    connector.open().await.unwrap();
    accept(&listener).await;
}

#[tokio::test(start_paused = true)]
async fn every_address_has_its_share_of_the_time() {
    let (_full, _queued, swallowing) = swallowing();
    for (count, limit, share, together) in [
        (1, 5000, "5s", 5000),
        (2, 5000, "2.5s", 5000),
        (10, 5000, "1s", 10_000),
        (2, 300, "300ms", 600),
    ] {
        let began = Instant::now();
        let mut connector = connector(&vec![swallowing; count], AMPLE);
        connector.limits.connect = Duration::from_millis(limit);
        let Err(NoAnswer::NotConnected(why)) = connector.open().await else {
            panic!("the queue is full");
        };
        assert_eq!(why, format!("timed out after {share}"));
        // The runtime's timers are a millisecond coarse.
        let late = began.elapsed() - Duration::from_millis(together);
        assert!(late < Duration::from_millis(50), "{late:?}");
    }
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
