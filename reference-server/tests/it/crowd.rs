//! Clients that are slow or many do not keep others from being answered in time (R1).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hamsa_reference_server::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

use crate::support::{Receiver, Request, SECRET, event, read_reply, settings};

/// The sender's patience.
const DEADLINE: Duration = Duration::from_secs(5);

/// Sends some bytes at once and then one at a time until it is cut.
async fn trickle(address: SocketAddr, start: String, drop: &'static str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(start.as_bytes()).await.unwrap();
    while stream.write_all(drop.as_bytes()).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Fifty clients, each slow in one of five ways.
fn slow_clients(address: SocketAddr) -> (JoinSet<()>, Vec<AbortHandle>) {
    let head = "POST /webhook HTTP/1.1\r\nHost: x\r\n";
    let valid = format!("{head}Authorization: {SECRET}\r\n");
    let mut clients = JoinSet::new();
    let handles = (0..50).map(|n| {
        let (start, drop) = match n % 5 {
            0 => (String::new(), "P"),
            1 => (head.to_owned(), "x"),
            2 => (format!("{valid}Content-Length: 1000000\r\n\r\n"), " "),
            3 => (
                format!("{valid}Transfer-Encoding: chunked\r\n\r\n"),
                "1\r\n \r\n",
            ),
            _ => (format!("{head}Content-Length: 1000000\r\n\r\n"), " "),
        };
        clients.spawn(trickle(address, start, drop))
    });
    let handles = handles.collect();
    (clients, handles)
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_do_not_delay_the_others() {
    let mut settings = settings();
    settings.max_connections = 60;
    let receiver = Receiver::start(settings).await;
    let (mut slow, handles) = slow_clients(receiver.address);
    for n in 0..200 {
        let start = Instant::now();
        let reply = receiver
            .deliver(&event("call.ended", &format!("c{n}"), "t"))
            .await;
        assert_eq!(reply.status, 200);
        assert!(start.elapsed() < DEADLINE, "{n}: {:?}", start.elapsed());
    }
    // They were there all the time, but for those without a token, who are answered and cut.
    let there = handles
        .iter()
        .filter(|handle| !handle.is_finished())
        .count();
    assert!(there >= 40, "{there}");
    assert_eq!(receiver.settled("c", 200).await.len(), 200);
    slow.abort_all();
    while slow.join_next().await.is_some() {}
    receiver.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_that_have_every_place_lose_it_in_time() {
    let mut settings = settings();
    settings.max_connections = 50;
    settings.head_time = Duration::from_millis(500);
    settings.body_time = Duration::from_millis(500);
    let receiver = Receiver::start(settings).await;
    let (mut slow, _) = slow_clients(receiver.address);
    // Each of them comes again when it was cut.
    let address = receiver.address;
    let again = tokio::spawn(async move {
        while slow.join_next().await.is_some() {
            slow.spawn(trickle(address, String::new(), "P"));
        }
    });
    for n in 0..5 {
        let start = Instant::now();
        let reply = receiver
            .deliver(&event("call.ended", &format!("c{n}"), "t"))
            .await;
        assert_eq!(reply.status, 200);
        assert!(start.elapsed() < DEADLINE, "{n}: {:?}", start.elapsed());
    }
    again.abort();
    let _ = again.await;
    receiver.stop().await;
}

/// Connects from an address of our choice: on loopback all of 127.0.0.0/8 are ours.
async fn connect_from(own: &str, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(own.parse().unwrap(), 0))
        .unwrap();
    socket.connect(address).await.unwrap()
}

fn capped() -> Settings {
    let mut settings = settings();
    settings.max_connections_per_client = 10;
    settings
}

async fn status_from(own: &str, address: SocketAddr) -> u16 {
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    };
    let mut stream = connect_from(own, address).await;
    stream.write_all(&request.bytes()).await.unwrap();
    read_reply(&mut stream).await.status
}

#[tokio::test]
async fn one_client_cannot_have_every_place() {
    let receiver = Receiver::start(capped()).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(connect_from("127.0.0.2", receiver.address).await);
    }
    let mut further = connect_from("127.0.0.2", receiver.address).await;
    let closed = tokio::time::timeout(DEADLINE, further.read(&mut [0; 1])).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
    assert_eq!(status_from("127.0.0.3", receiver.address).await, 200);

    held.pop();
    // The end of a connection is on its way through the kernel.
    for _ in 0..100 {
        let mut stream = connect_from("127.0.0.2", receiver.address).await;
        let _ = stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await;
        if stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {
            return receiver.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a place was not given back");
}

#[tokio::test]
async fn a_trusted_proxy_brings_as_many_as_it_likes() {
    let mut settings = capped();
    settings.trusted_proxies = ["127.0.0.2".parse().unwrap()].into_iter().collect();
    let receiver = Receiver::start(settings).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(connect_from("127.0.0.2", receiver.address).await);
    }
    assert_eq!(status_from("127.0.0.2", receiver.address).await, 200);
    receiver.stop().await;
}
