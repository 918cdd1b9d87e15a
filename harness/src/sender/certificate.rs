//! What a certificate says of itself, as far as cases judge it.

use std::time::Duration;

use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use x509_cert::Certificate as X509;
use x509_cert::der::Decode as _;
use x509_cert::der::oid::db::rfc5280::ID_AD_CA_ISSUERS;
use x509_cert::ext::pkix::AuthorityInfoAccessSyntax;

/// A certificate that a server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Time since 1970 at which it expires.
    pub not_after: Duration,
    /// True when it says where its issuer's certificate can be fetched. Public authorities say so
    /// in every certificate that an intermediate of theirs has signed.
    pub tells_where_its_issuer_is: bool,
}

impl Certificate {
    /// Reads a certificate; `None` when it is none.
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let parsed = X509::from_der(der).ok()?.tbs_certificate;
        let access = parsed.get::<AuthorityInfoAccessSyntax>().ok().flatten();
        Some(Self {
            subject: parsed.subject.to_string(),
            issuer: parsed.issuer.to_string(),
            not_after: parsed.validity.not_after.to_unix_duration(),
            tells_where_its_issuer_is: access.is_some_and(|(_, access)| {
                let mut places = access.0.iter();
                places.any(|place| place.access_method == ID_AD_CA_ISSUERS)
            }),
        })
    }

    /// True for a root: it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// How long it still holds; zero when it has expired.
    pub fn remaining(&self) -> Duration {
        let now = Duration::from_secs(UnixTime::now().as_secs());
        self.not_after.saturating_sub(now)
    }
}
