//! Real TLS servers in front of plain receivers, and certificates for them.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hamsa_harness::report::CaseResult;
use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};

use crate::support::{Ended, SECRET, Stranger, run};

/// A server's certificate and what leads to its root.
pub(crate) struct Certified {
    /// The root, as PEM.
    pub(crate) root: String,
    /// The server's own, then the intermediate.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Where a public authority says that its issuer's certificate is (RFC 5280, 4.2.2.1).
fn issuer_is_at(url: &str) -> CustomExtension {
    let tagged = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).expect("short");
        [&[tag, length], content].concat()
    };
    let method = tagged(6, &[0x2b, 6, 1, 5, 5, 7, 0x30, 2]);
    let place = tagged(0x30, &[method, tagged(0x86, url.as_bytes())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], tagged(0x30, &place))
}

/// A certificate for these names that holds for so many days, of an intermediate of a root.
pub(crate) fn certified(names: &[&str], days: u64) -> Certified {
    let (root, issuer) = root();
    let key = KeyPair::generate().expect("a key");
    let params = authority("intermediate");
    let between = params.signed_by(&key, &issuer).expect("an intermediate");
    let mut own = server(names);
    own.not_after = (SystemTime::now() + Duration::from_secs(days * 86_400 + 3600)).into();
    own.custom_extensions = vec![issuer_is_at("http://a.io/i.cer")];
    let mut certified = Certified::new(root, &own, &Issuer::new(params, key));
    certified.chain.push(between.der().clone());
    certified
}

/// A certificate for these names, of a root that nobody has heard of.
pub(crate) fn home_made(names: &[&str]) -> Certified {
    let (root, issuer) = root();
    Certified::new(root, &server(names), &issuer)
}

fn root() -> (String, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().expect("a key");
    let params = authority("root");
    let root = params.self_signed(&key).expect("a root");
    (root.pem(), Issuer::new(params, key))
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn server(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, "server");
    params
}

impl Certified {
    fn new(root: String, own: &CertificateParams, issuer: &Issuer<'_, KeyPair>) -> Self {
        let key = KeyPair::generate().expect("a key");
        let own = own.signed_by(&key, issuer).expect("a certificate");
        Self {
            root,
            chain: vec![own.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        }
    }

    /// A server that shows this chain.
    pub(crate) fn server(&self) -> ServerConfig {
        self.server_of(ALL_VERSIONS)
    }

    /// The same, of these versions of TLS.
    pub(crate) fn server_of(&self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .expect("they fit")
    }
}

/// What else the server does.
#[derive(Clone, Copy, Default)]
pub(crate) struct Front {
    /// How long it thinks before the handshake, and again before it forwards anything.
    pub(crate) thinks: Duration,
    /// Agrees to TLS 1.0 and 1.1.
    pub(crate) is_obsolete: bool,
    /// Answers this to requests with this in them, and keeps them from the receiver.
    pub(crate) answers: Option<(&'static str, &'static str)>,
}

impl Front {
    /// Ends TLS in front of a plain receiver; gives the https URL.
    pub(crate) async fn of(self, plain: &str, config: ServerConfig) -> String {
        let upstream = host_and_port(plain).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = self.serve(stream, acceptor.clone(), upstream.clone());
                tokio::spawn(async {
                    // A client that leaves is no fault.
                    let _ = serving.await;
                });
            }
        });
        format!("https://{address}/webhook")
    }

    async fn serve(
        self,
        mut stream: TcpStream,
        acceptor: TlsAcceptor,
        upstream: String,
    ) -> std::io::Result<()> {
        if self.is_obsolete && offers_obsolete(&stream).await? {
            return agree(&mut stream).await;
        }
        tokio::time::sleep(self.thinks).await;
        let mut outer = acceptor.accept(stream).await?;
        tokio::time::sleep(self.thinks).await;
        let mut inner = TcpStream::connect(upstream).await?;
        let mut early = Vec::new();
        if let Some(mut data) = outer.get_mut().1.early_data() {
            data.read_to_end(&mut early)?;
        }
        inner.write_all(&early).await?;
        if let Some((to, answer)) = self.answers {
            let mut request = vec![0; 64 * 1024];
            let length = outer.read(&mut request).await?;
            if String::from_utf8_lossy(&request[..length]).contains(to) {
                outer.write_all(answer.as_bytes()).await?;
                return outer.shutdown().await;
            }
            inner.write_all(&request[..length]).await?;
        }
        copy_bidirectional(&mut outer, &mut inner).await.map(|_| ())
    }
}

/// True for a ClientHello of less than TLS 1.2; its version stands behind both lengths.
async fn offers_obsolete(stream: &TcpStream) -> std::io::Result<bool> {
    let mut head = [0; 11];
    while stream.peek(&mut head).await? < head.len() {
        stream.readable().await?;
    }
    Ok(head[9] == 3 && head[10] < 3)
}

/// Sends the ServerHello of the version that was offered.
async fn agree(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut head = [0; 11];
    stream.read_exact(&mut head).await?;
    let version = [3, head[10]];
    // 2 of version, 32 random, no session, one suite, no compression.
    let hello = [&version[..], &[9; 32], &[0, 0, 0x2f, 0]].concat();
    let record = [&[22][..], &version, &[0, 42, 2, 0, 0, 38], &hello].concat();
    stream.write_all(&record).await?;
    // Until the client has read it and left.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(|_| ())
}

/// Host and port of a receiver's URL.
pub(crate) fn host_and_port(url: &str) -> &str {
    let rest = url.split("://").nth(1).unwrap_or(url);
    rest.split('/').next().unwrap_or(rest)
}

/// A run against this URL that trusts this root and sees the effects of that receiver.
pub(crate) async fn run_behind(url: &str, root: &str, stranger: &Stranger, args: &[&str]) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("root.pem");
    std::fs::write(&path, root).expect("written");
    let effects = format!(
        "http:http://{}/effects?prefix={{prefix}}",
        host_and_port(&stranger.url)
    );
    let mut all = vec![url, "--cacert", path.to_str().expect("text")];
    all.extend(["--effects", &effects, "--seed", "7"]);
    all.extend(args);
    run(&all, Some(SECRET)).await
}

/// What one case of such a run said.
pub(crate) async fn judged(
    url: &str,
    root: &str,
    stranger: &Stranger,
    id: &str,
    args: &[&str],
) -> CaseResult {
    let args = [&["--only", id], args].concat();
    let ended = run_behind(url, root, stranger, &args).await;
    let report = ended.report.unwrap_or_else(|| panic!("{}", ended.stderr));
    report.case(id).expect("it is listed").clone()
}
