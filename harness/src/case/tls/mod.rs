//! TLS: the URL, its certificate, its handshakes, and what stands behind its addresses.

mod addresses;
mod certificate;
mod chain;
mod early_data;
mod handshake;
mod plain;
mod stranger;
mod url;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    certificate::CASES,
    chain::CASES,
    handshake::CASES,
    url::CASES,
    addresses::CASES,
    plain::CASES,
    stranger::CASES,
    early_data::CASES,
];

/// What tests of these cases run on: a trial in a scene without a probe.
#[cfg(test)]
mod testbed {
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use tokio::sync::oneshot;

    use crate::case::{Case, Trial};
    use crate::faults::Faults;
    use crate::hooks::Hooks;
    use crate::load::Punctuality;
    use crate::payloads::Payloads;
    use crate::probe::Patience;
    use crate::pulse::Pulse;
    use crate::scene::{Observed, Scene};
    use crate::sender::Connector;
    use crate::sender::testbed::AMPLE;
    use crate::throttle::Throttle;

    pub(super) fn trial(case: &'static Case, scene: Scene) -> Trial {
        Trial::new(Arc::new(scene), case, None, oneshot::channel().0)
    }

    /// A run that has seen this receiver answer 200 to `call.ended`.
    pub(super) fn scene(connector: Connector) -> Scene {
        Scene {
            connector,
            probe: None,
            hooks: Hooks::default(),
            faults: Faults::default(),
            process: None,
            durable: false,
            also: Vec::new(),
            log_file: None,
            dedup_window: AMPLE,
            blindness: "no probe".to_owned(),
            payloads: Payloads::new(None, &[]).unwrap(),
            run_id: "r".to_owned(),
            seed: 7,
            deadline: AMPLE,
            budget: AMPLE,
            is_local: true,
            is_thorough: false,
            max_rate: None,
            capacity: Mutex::new(None),
            punctuality: Punctuality::default(),
            observed: Observed {
                effect_types: Vec::new(),
                usual_status: vec![("call.ended".to_owned(), 200)],
                patience: Patience {
                    longest: Duration::ZERO,
                    quiet: Duration::ZERO,
                },
            },
            throttle: Throttle::default(),
            throttled: Mutex::new(None),
            pulse: Pulse::default(),
            down: Mutex::new(None),
            epoch_ms: 0,
            started: Instant::now(),
        }
    }
}
