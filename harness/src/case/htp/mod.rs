//! HTP: HTTP as senders and proxies really speak it.

mod address;
mod body;
mod connection;
mod framing;
mod head;
mod http2;
mod method;
mod waiting;

use super::declaration::Case;

pub(super) const CASES: &[&[Case]] = &[
    method::CASES,
    body::CASES,
    waiting::CASES,
    framing::CASES,
    head::CASES,
    connection::CASES,
    http2::CASES,
    address::CASES,
];
