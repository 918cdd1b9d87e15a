//! Who may read what holds personal data.
//!
//! On a loopback address everybody, but only who asks for a loopback name: a page in a browser may have had its own name
//! pointed here. In all other cases the bearer value is demanded.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::AppState;
use crate::acknowledgement::Acknowledgement;
use crate::admission::{authenticate, refused};
use crate::auth::Auth;
use crate::client::client_of;

/// Lets a request through to a listener that `is_loopback` or is not, or refuses it.
pub(crate) async fn admit_reader(
    state: &AppState,
    is_loopback: bool,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if is_loopback && names_loopback(headers) {
        return next.run(request).await;
    }
    let settings = &state.settings;
    let client = client_of(request.extensions(), headers, &settings.trusted_proxies);
    let admitted = match settings.auth {
        Auth::Accept(_) => authenticate(state, client, headers),
        // Everybody may deliver, but a page that had its name pointed here may not read.
        Auth::Nobody => Err(Acknowledgement::Forbidden),
    };
    match admitted {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(state, client, refusal).into_response(),
    }
}

/// Whether the request asks for a name that no other machine can have. Browsers always send one.
fn names_loopback(headers: &HeaderMap) -> bool {
    let is_loopback = |host: &str| {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let literal = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
        name.eq_ignore_ascii_case("localhost")
            || literal
                .unwrap_or(name)
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.to_canonical().is_loopback())
    };
    let mut hosts = headers.get_all(header::HOST).iter();
    hosts.all(|host| host.to_str().is_ok_and(is_loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_local() {
        let names = |hosts: &[&str]| {
            let host = |host: &&str| (header::HOST, host.parse().unwrap());
            names_loopback(&hosts.iter().map(host).collect())
        };
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "127.0.0.1:3000",
            "127.9.9.9",
            "[::1]:80",
            "[::1]",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(names(&[host]), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:3000",
            "127.0.0.1.evil.example",
            "10.0.0.1:3000",
            "0.0.0.0:3000",
            "[::2]",
            "localhost:x",
            "127.1",
        ] {
            assert!(!names(&[host]), "{host}");
        }
        assert!(names(&[]), "no browser leaves it out");
        assert!(!names(&["localhost", "evil.example"]));
    }
}
