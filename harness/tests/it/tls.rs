//! Certificates: a receiver behind a real TLS server.

use std::sync::Arc;

use hamsa_harness::terms::Outcome;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{SECRET, run, stranger};

/// An authority of our own, and a certificate of it for these names.
fn certificate(names: &[&str]) -> (String, ServerConfig) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).expect("a root");
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let leaf = CertificateParams::new(names)
        .expect("names")
        .signed_by(&key, &issuer);
    let chain = vec![leaf.expect("a leaf").der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they fit");
    (root.pem(), config)
}

/// Ends TLS in front of a plain receiver; gives the https URL.
async fn in_front_of(plain: &str, config: ServerConfig) -> String {
    let upstream = plain
        .trim_start_matches("http://")
        .trim_end_matches("/webhook")
        .to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!(
        "https://{}/webhook",
        listener.local_addr().expect("an address")
    );
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                let (Ok(mut outer), Ok(mut inner)) = (
                    acceptor.accept(stream).await,
                    TcpStream::connect(upstream).await,
                ) else {
                    return;
                };
                let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_is_one_finding() {
    let stranger = stranger("plain").await;
    let (_, config) = certificate(&["127.0.0.1"]);
    let url = in_front_of(&stranger.url, config).await;
    let ended = run(&[&url], Some(SECRET)).await;
    assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
    let report = ended.report.expect("a report");
    let failed: Vec<&str> = report
        .cases
        .iter()
        .filter(|case| case.outcome == Outcome::Fail)
        .map(|case| case.id.as_str())
        .collect();
    assert_eq!(failed, ["TLS-02"]);

    // The run goes on when the user insists, and the certificate is judged all the same.
    let ended = run(
        &[&url, "--insecure", "--only", "TLS-02,ACK-01"],
        Some(SECRET),
    )
    .await;
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    let report = ended.report.expect("a report");
    assert_eq!(
        report.case("TLS-02").expect("it ran").outcome,
        Outcome::Fail
    );
    assert_eq!(
        report.case("ACK-01").expect("it ran").outcome,
        Outcome::Pass
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_the_users_own_authority_is_trusted_for_its_name_only() {
    let stranger = stranger("plain").await;
    for (name, outcome) in [("127.0.0.1", Outcome::Pass), ("example.com", Outcome::Fail)] {
        let (root, config) = certificate(&[name]);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("root.pem");
        std::fs::write(&path, root).expect("written");
        let url = in_front_of(&stranger.url, config).await;
        let cacert = path.to_str().expect("text");
        let args = [&*url, "--cacert", cacert, "--only", "TLS-02,ACK-01,IDM-04"];
        let report = run(&args, Some(SECRET)).await.report.expect("a report");
        assert_eq!(
            report.case("TLS-02").expect("judged").outcome,
            outcome,
            "{name}"
        );
    }
}
