//! Whether the receiver itself answers at the URL, and not something in front of it.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Effects, Stop, Trial};
use crate::sender::{Attempt, Response, Target};
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{Level, RequirementId::Url};
use crate::verdict::{Check, Verdict};

pub(super) const CASES: &[Case] = &[TLS_11, TLS_14];

const TLS_11: Case = Case {
    id: "TLS-11",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-URL-02", "G-URL-07"],
    evidence: &[E1, E3],
    needs: &[Need::Https],
    title: "no page of a tunnel answers in the receiver's place",
    doc: "Delivers three events on connections of their own and looks for an HTML page that is answered with 2xx while the event has no effect.\n\
          Why: tunnels for development show a warning page to new visitors, some with status 200. To the provider that is an acknowledgement, and the event is lost.\n\
          Fix: switch the page off (a paid plan, or another tunnel); a header that skips it helps only senders that can set one, and the provider cannot.",
    body: |trial| Box::pin(tls_11(trial)),
};

/// How often the page gets a chance.
const VISITS: usize = 3;

async fn tls_11(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let mut pages = Vec::new();
    for _ in 0..VISITS {
        let delivery = trial.mint_effective()?;
        let attempt = trial.deliver(&delivery).await?;
        trial.expect_if_acknowledged(&delivery, &attempt);
        verdict.add(expect::taken(trial.scene(), &delivery, &attempt));
        if attempt.answer().is_some_and(is_page) && attempt.is_accepted() {
            pages.push((delivery, attempt));
        }
    }
    let effects = trial.settle().await;
    let expected = "an answer of the receiver's own";
    for (delivery, attempt) in pages {
        let claim = format!("{} reaches the receiver", attempt.request.label);
        let actual = format!("an HTML page with status {}", status(&attempt));
        let (level, kinds, refuted) = match &effects {
            Effects::Seen(account) if account.lost.contains(&delivery.key) => {
                let actual = format!("{actual}, and no effect");
                (Level::Must, &[E3][..], Some(actual))
            }
            Effects::Seen(_) => (Level::Must, &[E3][..], None),
            _ => (Level::Info, &[E1][..], Some(actual)),
        };
        let refuted = refuted.map(|actual| (expected.to_owned(), actual));
        let mut check = Check::judged(level, claim, kinds, refuted).shown_by(attempt.number);
        check.about = Some(delivery.key);
        verdict.add(check);
    }
    Ok(verdict)
}

fn status(attempt: &Attempt) -> u16 {
    attempt.status().unwrap_or_default()
}

/// True for an HTML page, by its type or by how it begins.
fn is_page(answer: &Response) -> bool {
    let content_type = answer.header("content-type").unwrap_or_default();
    let body = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    let body = body.trim_start();
    !body.is_empty()
        && (content_type.to_ascii_lowercase().starts_with("text/html")
            || body.starts_with("<!doctype html")
            || body.starts_with("<html"))
}

const TLS_14: Case = Case {
    id: "TLS-14",
    requirements: &[Url],
    level: Level::Must,
    set: CaseSet::Default,
    schedule: Schedule::Shared,
    clauses: &["G-ACK-01", "G-URL-01"],
    evidence: &[E1],
    needs: &[Need::Https],
    title: "the configured URL is the last one",
    doc: "Delivers one event and looks whether the answer sends on to another URL: another host, another scheme, a slash more or less. It is never followed.\n\
          Why: nothing says that the provider follows redirects. A POST that is followed often becomes a GET, and the token goes where it was not meant to.\n\
          Fix: configure the URL that the redirect names, in the agent and here.",
    body: |trial| Box::pin(tls_14(trial)),
};

async fn tls_14(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let delivery = trial.mint_effective()?;
    let attempt = trial.deliver(&delivery).await?;
    trial.expect_if_acknowledged(&delivery, &attempt);
    let check = expect::no_redirect(&attempt);
    if check.is_refuted() {
        let to = attempt
            .answer()
            .and_then(|answer| answer.header("location"));
        let target = &trial.scene().connector.target;
        verdict.note(to.map_or_else(
            || "the redirect names no URL".to_owned(),
            |to| leads(target, &to),
        ));
    }
    verdict.add(check);
    Ok(verdict)
}

/// Where a redirect leads, in a few words.
fn leads(from: &Target, location: &str) -> String {
    let Ok(to) = from.url().join(location) else {
        return "the redirect leads to what is no URL".to_owned();
    };
    let slashless = |url: &::url::Url| url.path().trim_end_matches('/').to_owned();
    let how = if to.host_str() != from.url().host_str() {
        "to another host"
    } else if to.scheme() == "http" {
        "to plain http, where the token would travel in the clear"
    } else if to.port_or_known_default() != Some(from.port()) {
        "to another port"
    } else if slashless(&to) == slashless(from.url()) && to.path() != from.url().path() {
        "to the same path with a slash more or less"
    } else {
        "to another path"
    };
    format!("the redirect leads {how}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_type_or_its_beginning() {
        let answer = |content_type: &str, body: &str| Response {
            status: 200,
            headers: vec![("Content-Type".to_owned(), content_type.into())],
            body: body.into(),
            ..Response::default()
        };
        for (content_type, body) in [
            ("Text/HTML; charset=utf-8", "hello"),
            ("text/plain", "\n <!DOCTYPE html><p>"),
            ("application/json", "<html>"),
        ] {
            assert!(is_page(&answer(content_type, body)), "{content_type}");
        }
        for (content_type, body) in [
            ("text/html", ""),
            ("application/json", "{\"a\":\"<html>\"}"),
        ] {
            assert!(!is_page(&answer(content_type, body)), "{content_type}");
        }
    }

    #[test]
    fn a_redirect_is_described_by_what_it_changes() {
        let from = Target::parse("https://a.io/hook").unwrap();
        for (location, how) in [
            ("/hook/", "slash"),
            ("/other", "another path"),
            ("http://a.io/hook", "plain http"),
            ("https://b.io/hook", "another host"),
            ("https://a.io:8443/hook", "another port"),
            ("https://:", "no URL"),
        ] {
            let said = leads(&from, location);
            assert!(said.contains(how), "{location}: {said}");
        }
    }
}
