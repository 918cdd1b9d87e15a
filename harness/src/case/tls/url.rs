//! What the URL itself says, before anything is sent there.

use std::net::IpAddr;

use url::Host;

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::trial::{Stop, Trial};
use crate::redact::Redactor;
use crate::sender::{Target, is_local};
use crate::terms::EvidenceKind::E1;
use crate::terms::{
    Level,
    RequirementId::{R3, Url},
};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_06, TLS_10];

const TLS_06: Case = Case {
    id: "TLS-06",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-URL-02", "G-URL-03", "G-URL-04"],
    evidence: &[E1],
    needs: &[Need::PublicProfile],
    title: "the host is a public one",
    doc: "Looks at the host of the URL and at every address that it resolves to. Applies to the public profile only.\n\
          Why: the provider delivers over the internet, where loopback and private addresses lead nowhere; a bare address gets no certificate of most authorities and changes with the machine.\n\
          Fix: configure a public host name; during development, that of a tunnel.",
    body: |trial| Box::pin(tls_06(trial)),
};

async fn tls_06(trial: &mut Trial) -> Result<Verdict, Stop> {
    let connector = &trial.scene().connector;
    let addresses = connector.addresses.iter().map(|address| address.ip());
    let mut verdict = Verdict::new();
    verdict.add_all(host_is_public(&connector.target, addresses));
    Ok(verdict)
}

fn host_is_public(target: &Target, addresses: impl Iterator<Item = IpAddr>) -> [Check; 2] {
    let host = target.host();
    let local: Vec<String> = addresses
        .filter(|address| is_local(*address))
        .map(|address| address.to_string())
        .collect();
    let refuted = (!local.is_empty()).then(|| {
        let expected = "addresses that the internet can reach".to_owned();
        (expected, format!("{host} is {}", local.join(", ")))
    });
    let claim = "no address of the host is loopback, private or link-local";
    let reachable = Check::judged(Level::Must, claim, &[E1], refuted);

    let is_bare = !matches!(target.url().host(), Some(Host::Domain(_)));
    let refuted = is_bare.then(|| ("a host name".to_owned(), format!("the address {host}")));
    // What is bad about a local address has been said.
    let level = match reachable.is_refuted() {
        true => Level::Info,
        false => Level::Should,
    };
    let claim = "the host is a name, not an address";
    [reachable, Check::judged(level, claim, &[E1], refuted)]
}

const TLS_10: Case = Case {
    id: "TLS-10",
    requirements: &[R3],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-SEC-01", "D-05"],
    evidence: &[E1],
    needs: &[Need::Secret],
    title: "the URL carries no secret",
    doc: "Looks for user and password in the URL, for the token in its path and query, and for query parameters that are named like secrets.\n\
          Why: URLs end up in logs, consoles and error reports of everybody on the way; the Authorization header does not.\n\
          Fix: take the secret out of the URL; the provider sends it in the Authorization header.",
    body: |trial| Box::pin(tls_10(trial)),
};

async fn tls_10(trial: &mut Trial) -> Result<Verdict, Stop> {
    let connector = &trial.scene().connector;
    let redactor = Redactor::new(connector.secret.as_ref());
    let mut verdict = Verdict::new();
    verdict.add_all(carries_no_secret(&connector.target, &redactor));
    Ok(verdict)
}

/// Names of query parameters that promise a secret, without `-`, `_` and letter case.
const SECRET_NAMES: &[&str] = &[
    "accesstoken",
    "apikey",
    "auth",
    "authorization",
    "authsecret",
    "bearer",
    "password",
    "secret",
    "token",
];

fn carries_no_secret(target: &Target, redactor: &Redactor) -> [Check; 3] {
    let url = target.url();
    let has_user = !url.username().is_empty() || url.password().is_some();
    let refuted = has_user.then(|| {
        let expected = "a URL without user and password".to_owned();
        (expected, "there is something before an @".to_owned())
    });
    let claim = "the URL has no user and no password";
    let user = Check::judged(Level::Must, claim, &[E1], refuted);

    let refuted = redactor.finds_in(&target.path_and_query()).then(|| {
        let expected = "the token in the Authorization header only".to_owned();
        (expected, "it stands in the URL too".to_owned())
    });
    let claim = "the token is not in the URL";
    let token = Check::judged(Level::Must, claim, &[E1], refuted);

    let named: Vec<String> = url
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .filter(|name| SECRET_NAMES.contains(&plain(name).as_str()))
        .collect();
    let refuted = (!named.is_empty()).then(|| {
        let expected = "no secret of another kind in the query".to_owned();
        (expected, format!("parameters named {}", named.join(", ")))
    });
    let claim = "no query parameter is named like a secret";
    [
        user,
        token,
        Check::judged(Level::Should, claim, &[E1], refuted),
    ]
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn refuted(checks: &[Check]) -> Vec<Level> {
        let refuted = checks.iter().filter(|check| check.is_refuted());
        refuted.map(|check| check.level).collect()
    }

    #[test]
    fn a_public_host_is_a_name_without_a_local_address() {
        let judged = |url: &str, addresses: &[&str]| {
            let addresses = addresses.iter().map(|text| text.parse().unwrap());
            refuted(&host_is_public(&Target::parse(url).unwrap(), addresses))
        };
        let public = ["192.0.2.1", "2001:db8::1"];
        assert_eq!(judged("https://hooks.example.com/", &public), []);
        for local in ["127.0.0.1", "10.0.0.7", "169.254.1.1", "fe80::1", "::1"] {
            let both = [public[0], local];
            assert_eq!(
                judged("https://example.com/", &both),
                [Level::Must],
                "{local}"
            );
        }
        let bare = judged("https://192.0.2.1/", &public[..1]);
        assert_eq!(bare, [Level::Should]);
        let loopback = judged("https://[::1]/", &["::1"]);
        assert_eq!(loopback, [Level::Must, Level::Info]);
    }

    #[test]
    fn secrets_in_a_url_are_found_however_they_are_written() {
        let secret = Secret::parse("Bearer kX7/vQ+2mB9zR4tY8wL1nC6p").unwrap();
        let redactor = Redactor::new(Some(&secret));
        let judged =
            |url: &str| refuted(&carries_no_secret(&Target::parse(url).unwrap(), &redactor));
        for fine in ["https://a.io/hook?tenant=7&tokens=5", "http://127.0.0.1:1/"] {
            assert_eq!(judged(fine), [], "{fine}");
        }
        for (url, levels) in [
            ("https://u@a.io/", &[Level::Must][..]),
            ("https://:p@a.io/", &[Level::Must]),
            (
                "https://a.io/?k=kX7%2FvQ%2B2mB9zR4tY8wL1nC6p",
                &[Level::Must],
            ),
            ("https://a.io/kX7/vQ+2mB9zR4tY8wL1nC6p", &[Level::Must]),
            ("https://a.io/?Api-Key=7", &[Level::Should]),
        ] {
            assert_eq!(judged(url), levels, "{url}");
        }
    }
}
