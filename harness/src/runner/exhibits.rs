//! Which attempts of a trial are shown in full: those that its findings point at.

use crate::case::Trace;
use crate::sender::Attempt;
use crate::verdict::{Check, Verdict};

/// Attempts that a result shows in full.
const MOST: usize = 4;

/// The attempts behind the refuted checks, the heaviest check first.
pub(super) fn exhibits<'t>(verdict: &Verdict, trace: &'t Trace) -> Vec<&'t Attempt> {
    let mut refuted: Vec<&Check> = verdict
        .checks
        .iter()
        .filter(|check| check.is_refuted())
        .collect();
    refuted.sort_by_key(|check| std::cmp::Reverse(check.level));
    let mut shown: Vec<&Attempt> = Vec::new();
    for check in refuted {
        let pointed_at = trace
            .attempts
            .iter()
            .filter(|a| Some(a.number) == check.attempt);
        for attempt in pointed_at.chain(about(check, trace)) {
            if shown.len() < MOST && !shown.iter().any(|known| known.number == attempt.number) {
                shown.push(attempt);
            }
        }
    }
    shown
}

/// The attempts that delivered the key a check about effects names.
pub(super) fn about<'t>(check: &Check, trace: &'t Trace) -> impl Iterator<Item = &'t Attempt> {
    let call_id = check
        .about
        .as_ref()
        .map(|key| key.call_id.clone())
        .unwrap_or_default();
    trace
        .attempts
        .iter()
        .filter(move |attempt| carries(attempt, &call_id))
}

fn carries(attempt: &Attempt, call_id: &str) -> bool {
    let body = &attempt.request.body;
    let needle = call_id.as_bytes();
    // Bodies of megabytes carry their ids at the front.
    let body = &body[..body.len().min(256 * 1024)];
    !needle.is_empty() && body.windows(needle.len()).any(|window| window == needle)
}
