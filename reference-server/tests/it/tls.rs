//! TLS: what is served and refused, what a handshake may cost, and certificates that are replaced.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hamsa_reference_server::Settings;
use hamsa_reference_server::transport::Transport;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
#[cfg(feature = "manage")]
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::child::{Process, command};
use crate::support::{Receiver, Reply, Request, SECRET, event, settings};

const LONG: Duration = Duration::from_secs(20);

/// A certificate for `localhost`, and the authority that vouches for it.
struct Pair {
    root: CertificateDer<'static>,
    cert: String,
    key: String,
}

impl Pair {
    fn new() -> Self {
        let authority_key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
        Self {
            root: root.der().clone(),
            cert: leaf.signed_by(&key, &issuer).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    fn write(&self, dir: &Path) {
        fs::write(dir.join("cert.pem"), &self.cert).unwrap();
        fs::write(dir.join("key.pem"), &self.key).unwrap();
    }

    /// A connection by a client that trusts this pair's authority only.
    async fn connect(
        &self,
        address: SocketAddr,
        alpn: &[&str],
    ) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    async fn deliver(&self, address: SocketAddr) -> io::Result<u16> {
        let mut stream = self.connect(address, &[]).await?;
        stream.write_all(&delivery()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Ok(Reply::parse(&bytes).status)
    }
}

fn delivery() -> Vec<u8> {
    let body = event("call.ended", "c", "t").to_string();
    let request = Request {
        body: body.as_bytes(),
        ..Request::default()
    };
    request.bytes()
}

fn with_tls(pair: &Pair) -> Settings {
    let dir = tempfile::tempdir().unwrap();
    pair.write(dir.path());
    let mut settings = settings();
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    settings.transport = Transport::tls(&cert, &key).unwrap();
    settings
}

#[tokio::test]
async fn http_1_1_is_served_by_tls_and_nothing_else_is() {
    let pair = Pair::new();
    let receiver = Receiver::start(with_tls(&pair)).await;
    for offered in [&[][..], &["http/1.1"], &["h2", "http/1.1"]] {
        let mut stream = pair.connect(receiver.address, offered).await.unwrap();
        let agreed = stream.get_ref().1.alpn_protocol();
        assert_eq!(agreed.is_some(), !offered.is_empty());
        assert!(agreed.is_none_or(|name| name == b"http/1.1"));
        stream.write_all(&delivery()).await.unwrap();
        // A sender that says it is done still gets its answer.
        stream.shutdown().await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(Reply::parse(&bytes).status, 200);
    }
    assert!(pair.connect(receiver.address, &["h2"]).await.is_err());
    assert!(Pair::new().deliver(receiver.address).await.is_err());

    let mut plain = TcpStream::connect(receiver.address).await.unwrap();
    plain.write_all(&delivery()).await.unwrap();
    let mut bytes = Vec::new();
    let _ = plain.read_to_end(&mut bytes).await;
    assert!(!bytes.starts_with(b"HTTP/"), "{bytes:?}");
    receiver.stop().await;
}

#[tokio::test]
async fn a_handshake_that_does_not_end_gives_its_place_back() {
    let pair = Pair::new();
    let mut settings = with_tls(&pair);
    settings.max_connections = 1;
    settings.head_time = Duration::from_millis(300);
    let receiver = Receiver::start(settings).await;
    for sent in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let mut half = TcpStream::connect(receiver.address).await.unwrap();
        half.write_all(sent).await.unwrap();
        let next = tokio::time::timeout(LONG, pair.deliver(receiver.address)).await;
        assert_eq!(next.expect("there is a place").unwrap(), 200);
        drop(half);
    }
    receiver.stop().await;
}

#[tokio::test]
async fn a_handshake_does_not_hold_up_the_end() {
    let pair = Pair::new();
    let receiver = Receiver::start(with_tls(&pair)).await;
    let _half = TcpStream::connect(receiver.address).await.unwrap();
    assert_eq!(pair.deliver(receiver.address).await.unwrap(), 200);
    let start = Instant::now();
    receiver.stop().await;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "both limits are 10 s"
    );
}

/// The bearer value is demanded off loopback, so it must not travel in the open there.
#[cfg(feature = "manage")]
#[tokio::test]
async fn management_is_by_tls_off_loopback_and_plain_on_it() {
    let pair = Pair::new();
    for (bound, is_plain) in [("127.0.0.1:0", true), ("0.0.0.0:0", false)] {
        let listener = TcpListener::bind(bound).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver =
            Receiver::start_managed("127.0.0.1:0", Some(listener), with_tls(&pair)).await;
        let request = Request {
            method: "GET",
            path: "/metrics",
            ..Request::default()
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut bytes = Vec::new();
        if is_plain {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&request.bytes()).await.unwrap();
            stream.read_to_end(&mut bytes).await.unwrap();
        } else {
            let mut stream = pair.connect(address, &[]).await.unwrap();
            stream.write_all(&request.bytes()).await.unwrap();
            stream.read_to_end(&mut bytes).await.unwrap();
        }
        assert_eq!(Reply::parse(&bytes).status, 200, "{bound}");
        receiver.stop().await;
    }
}

fn start(dir: &Path) -> Process {
    let mut command = command(&["--listen", "127.0.0.1:0", "--store", "memory"]);
    command
        .env("HAMSA_TLS_CERT", dir.join("cert.pem"))
        .env("HAMSA_TLS_KEY", dir.join("key.pem"));
    Process::spawn(command)
}

#[tokio::test]
async fn a_certificate_is_replaced_and_a_broken_one_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (Pair::new(), Pair::new());
    old.write(dir.path());
    let mut process = start(dir.path());
    let log = process.log();
    log.until("TLS certificate read");
    let mut kept = old.connect(process.address, &[]).await.unwrap();
    let broken = "what was read before stays in force";
    for (cert, key) in [
        ("", old.key.as_str()),
        (
            &old.cert,
            concat!("-----BEGIN", " PRIVATE KEY-----\nt00-secret"),
        ),
        // A pair half replaced.
        (&new.cert, &old.key),
    ] {
        fs::write(dir.path().join("cert.pem"), cert).unwrap();
        fs::write(dir.path().join("key.pem"), key).unwrap();
        let told = log.until(broken);
        assert!(!told.contains("t00-secret"), "{told}");
        assert_eq!(old.deliver(process.address).await.unwrap(), 200);
    }
    fs::write(dir.path().join("key.pem"), &new.key).unwrap();
    log.until("TLS certificate read");
    assert_eq!(new.deliver(process.address).await.unwrap(), 200);
    assert!(old.deliver(process.address).await.is_err());
    // Connections of before go on.
    kept.write_all(&delivery()).await.unwrap();
    let mut bytes = Vec::new();
    kept.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(Reply::parse(&bytes).status, 200);

    process.signal("HUP");
    log.until("TLS certificate read");
    assert_eq!(process.terminate(), 0);
}

#[test]
fn an_unusable_pair_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let (pair, other) = (Pair::new(), Pair::new());
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    for (first, second, said) in [
        ("", pair.key.as_str(), "cert.pem: it holds no certificate"),
        (
            &pair.cert,
            "t00-secret",
            "key.pem: it holds nothing of that kind",
        ),
        (
            &pair.cert,
            &pair.cert,
            "key.pem: it holds nothing of that kind",
        ),
        (&pair.cert, &other.key, "cert.pem"),
    ] {
        fs::write(&cert, first).unwrap();
        fs::write(&key, second).unwrap();
        let arguments = [
            "--tls-cert",
            cert.to_str().unwrap(),
            "--tls-key",
            key.to_str().unwrap(),
        ];
        let output = command(&arguments).env("WEBHOOK_SECRET", SECRET).output();
        let output = output.unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            text.contains(said) && !text.contains("t00-secret"),
            "{text}"
        );
    }
}
