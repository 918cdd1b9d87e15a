//! P1: the URL can be connected to, and in which version of HTTP it can be spoken to.

use std::sync::Arc;

use super::look::{Blocks, Root};
use crate::error::HarnessError;
use crate::scene::Scene;
use crate::sender::{Attempt, Connector, NoAnswer};
use crate::terms::EvidenceKind::E1;
use crate::terms::Level;
use crate::verdict::Check;

/// P1. A bad certificate is a finding; everything else that prevents a connection leaves no verdict.
pub(super) async fn reach(scene: &Scene) -> Result<Option<Root>, HarnessError> {
    let target = &scene.connector.target;
    if scene.connector.addresses.is_empty() {
        return Err(HarnessError::no_verdict(
            format!("cannot resolve {}: the name has no address", target.host()),
            "check the host name",
        ));
    }
    match scene.connector.open().await {
        Ok(_) => Ok(None),
        Err(NoAnswer::TlsFailed(why)) => {
            let trusting = Connector {
                tls: Arc::new(scene.connector.tls.trusting()),
                ..scene.connector.clone()
            };
            if trusting.open().await.is_ok() {
                let expected = "a certificate that is trusted, current and for this name";
                let refuted = Some((expected.to_owned(), why));
                let claim = "a handshake with every check on succeeds";
                return Ok(Some(Root {
                    case: "TLS-02",
                    blocks: Blocks::Everything,
                    check: Check::judged(Level::Must, claim, &[E1], refuted),
                    attempts: Vec::new(),
                }));
            }
            Err(HarnessError::no_verdict(
                format!("no TLS handshake with {}: {why}", target.shown()),
                "check that the port speaks TLS; a plain HTTP receiver has an http:// URL",
            ))
        }
        Err(why) => Err(HarnessError::no_verdict(
            format!("cannot connect to {}: {}", target.shown(), why.describe()),
            "check that the receiver runs, the host and the port; `--wait 30s` waits until it listens",
        )),
    }
}

/// True when none of these attempts in HTTP/1.1 was understood, and HTTP/2 is.
pub(super) async fn speaks_only_http2(scene: &Scene, attempts: &[Attempt]) -> bool {
    let is_foreign = |attempt: &Attempt| match attempt.no_answer() {
        Some(why) => matches!(
            why,
            NoAnswer::NotHttp(_) | NoAnswer::Closed | NoAnswer::Broken(_)
        ),
        // Upgrade Required, HTTP Version Not Supported.
        None => matches!(attempt.status(), Some(426 | 505)),
    };
    attempts.iter().all(is_foreign) && scene.connector.open_http2().await.is_ok()
}
