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
