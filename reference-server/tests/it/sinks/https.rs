//! Analytics over https: a server whose certificate is vouched for is told, any other is not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{dead_letters, ended, tell, with_sinks, write_certificates};
use crate::child::{Process, command};
use crate::support::deliver;

/// Answers every request with 204 and hands it on; returns its URL.
async fn serve(dir: &Path) -> (String, mpsc::UnboundedReceiver<String>) {
    let cert = CertificateDer::from_pem_file(dir.join("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = vec![0; 64 << 10];
            let mut length = 0;
            while !request[..length].ends_with(b"}}") {
                let read = stream.read(&mut request[length..]).await.unwrap();
                assert_ne!(read, 0, "a whole request");
                length += read;
            }
            let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = seen.send(String::from_utf8_lossy(&request[..length]).into_owned());
        }
    });
    (format!("https://localhost:{port}/track"), requests)
}

#[tokio::test]
async fn a_server_that_is_vouched_for_is_told() {
    let dir = tempdir().unwrap();
    write_certificates(dir.path());
    let (url, mut requests) = serve(dir.path()).await;
    let config = dir.path().join("receiver.toml");
    let text =
        format!("store = \"memory\"\nlisten = \"127.0.0.1:0\"\n[sinks.analytics]\nurl = \"{url}\"");
    std::fs::write(&config, text).unwrap();
    let mut command = command(&["--config", config.to_str().unwrap()]);
    command
        .env("SSL_CERT_FILE", dir.path().join("root.pem"))
        .env("HAMSA_LOG", "error")
        // A proxy in the environment is not asked.
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
    let receiver = Process::spawn(command);
    assert_eq!(
        deliver(receiver.address, &ended("a", "t2")).await.status,
        200
    );
    let told = tokio::time::timeout(Duration::from_secs(20), requests.recv());
    let request = told.await.unwrap().unwrap();
    assert!(request.starts_with("POST /track HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\"callId\":\"a\""), "{request}");
    assert_eq!(receiver.terminate(), 0);
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_not() {
    let dir = tempdir().unwrap();
    write_certificates(dir.path());
    let (url, mut requests) = serve(dir.path()).await;
    let table = "attempts = 2\n[sinks.analytics]\nurl = \"{url}\"";
    tell(with_sinks(dir.path(), table, &url), &[ended("a", "t2")]).await;
    assert!(requests.try_recv().is_err());
    let dead = dead_letters(dir.path()).await;
    assert_eq!(dead[0].attempts, 2);
    let reason = "no connection to localhost: invalid peer certificate: UnknownIssuer";
    assert_eq!(dead[0].reason, reason);
}
